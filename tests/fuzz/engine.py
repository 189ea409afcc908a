"""The fuzzer: makes inputs, keeps those that show something new, and boils down the one that breaks an oracle.

New is what runs a line of the product that no input before it has run, or what a target's own account of an input (its features) has not
shown yet. An oracle is broken when the target's check raises anything, or takes longer than `PATIENCE`.
"""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import NamedTuple

from tests.fuzz.lines import Lines
from tests.fuzz.mutation import Mutator

PATIENCE = 10  # seconds of the processor for one input, thousands of times what one takes
_BOILING = 10.0  # seconds for making a finding smaller
_MOST_KEPT = 4000


class TookTooLong(Exception):
    """One input did not come to an end."""


class Target(NamedTuple):
    """Something to be tried.

    ``check`` takes one input, raises when it finds anything wrong, and gives back its features; ``tokens`` are what its inputs are made
    of; ``longest`` is in bytes.
    """

    name: str
    check: Callable[[bytes], Iterable[Hashable]]
    tokens: Sequence[bytes]
    longest: int = 2048


class Finding(NamedTuple):
    """An input that breaks a target, and how."""

    target: str
    data: bytes
    told: str  # the traceback
    mark: tuple[str, str]  # what tells it from other findings: the kind of the error, and where it was raised


class Progress(NamedTuple):
    """How far a target has been tried."""

    target: str
    runs: int
    lines: int
    features: int
    kept: int
    seconds: float


def attempt(target: Target, data: bytes) -> Finding | set[Hashable]:
    """Try one input."""
    try:
        with _in_time():
            return set(target.check(data))
    except Exception as error:  # whatever it is: that it was raised is the finding
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Finding(target.name, data, traceback.format_exc(), (type(error).__name__, f"{place.filename}:{place.lineno}"))


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"more than {PATIENCE} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Fuzzer:
    """Tries one target, beginning with the inputs that are kept of it."""

    def __init__(self, target: Target, corpus: Sequence[bytes], lines: Lines, random: Random) -> None:
        self.target = target
        self.kept: list[bytes] = []
        self.runs = 0
        self._corpus = corpus
        self._lines = lines
        self._features: set[Hashable] = set()
        self._mutator = Mutator(random, target.tokens, target.longest)
        self._first_line = lines.count
        self._random = random

    def run(self, seconds: float) -> Finding | None:
        """Go on until something is found or so much of the processor's time is over; the kept inputs are tried in any case."""
        deadline = time.process_time() + seconds
        for data in (*self._corpus, b""):
            if found := self.take(data, is_seen=True):
                return found
        while time.process_time() < deadline:
            if found := self.take(self._mutator.make(self.kept), is_seen=not self._random.randrange(self._lines.rarity)):
                return found
        return None

    def take(self, data: bytes, *, is_seen: bool) -> Finding | None:
        """Try one input, and keep it where it shows something new; ``is_seen``: its lines are looked at, too."""
        before = self._lines.count
        if is_seen:
            self._lines.start()
        try:
            result = attempt(self.target, data)
        finally:
            self._lines.stop()
        self.runs += 1
        if isinstance(result, Finding):
            return result
        if (self._lines.count > before or result - self._features) and len(self.kept) < _MOST_KEPT:
            self.kept.append(data)
        self._features |= result
        return None

    def progress(self, seconds: float) -> Progress:
        """Say how far it has come."""
        lines = self._lines.count - self._first_line
        return Progress(self.target.name, self.runs, lines, len(self._features), len(self.kept), seconds)


def boiled(target: Target, found: Finding) -> Finding:
    """The shortest input that is found soon and fails at the same place."""
    deadline = time.monotonic() + _BOILING
    size = max(1, len(found.data) // 2)
    while size and time.monotonic() < deadline:
        at, is_shorter = 0, False
        while at < len(found.data) and time.monotonic() < deadline:
            result = attempt(target, found.data[:at] + found.data[at + size :])
            if isinstance(result, Finding) and result.mark == found.mark:
                found, is_shorter = result, True
            else:
                at += size
        if not is_shorter:
            size //= 2
    return found
