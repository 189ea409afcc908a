"""A run before somebody's eyes, or told to a program. SHELL. Its one law: whoever looks on never slows the run down, and never ends it.

A thread of its own shows what happens; the run only puts it into a queue. When nobody is there to be shown anything, it is forgotten.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, suppress
from types import MappingProxyType
from typing import Protocol, TextIO, TypeAlias

from finestream.show.frame import Frame
from finestream.show.milestones import told
from finestream.show.progress import picture
from finestream.workflow.board import Watch
from finestream.workflow.ledger import Entry
from finestream.workflow.plan import Plan
from finestream.workflow.progress import Progress

REST = 1 / 8  # seconds between two drawings, at the least
Told: TypeAlias = tuple[str, Entry]


@contextmanager
def display(plan: Plan, *, as_json: bool, stream: TextIO, before: Mapping[str, Iterable[Entry]] = MappingProxyType({})) -> Iterator[Watch]:
    """Show a run while the context lasts; what comes out is what has to be told of everything.

    Args:
        as_json: One JSON object a line for every entry and notice, with its ``step``.
        stream: Where to; a terminal gets a picture, anything else a line for each thing that matters.
        before: The entries of a run that is taken up.
    """
    make: Callable[[Plan, TextIO], _Face] = _Records if as_json else _Picture if _can_draw(stream) else _Lines
    face = make(plan, stream)
    audience = _Audience(face, stream)
    for step, entries in before.items():
        for entry in entries:
            audience.watch(step, entry)
    try:
        with redirect_stderr(_Aside(sys.stderr, face.say)) if face.say and stream is sys.stderr else nullcontext():
            yield audience.watch
    finally:
        audience.leave()
    audience.complain()


def _can_draw(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


class _Face(Protocol):
    """One way to show a run. ``rest``: seconds to wait between two times."""

    rest: float

    @property
    def say(self) -> Callable[[str], None] | None:
        """Takes what others write to the same stream, where that would do harm."""

    def show(self, news: Iterable[Told]) -> None:
        """Show what is new; nothing, but that time goes on, is new too."""

    def finish(self) -> None:
        """Nothing will be new any more."""

    def close(self) -> None:
        """Give the stream back, whatever has happened."""


class _Audience:
    """The thread that looks on."""

    def __init__(self, face: _Face, stream: TextIO) -> None:
        self._face = face
        self._stream = stream
        self._told: deque[Told] = deque()
        self._news, self._is_over = threading.Event(), threading.Event()
        self._is_gone = False
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._look_on, name="display", daemon=True)
        self._thread.start()

    def watch(self, step: str, entry: Entry) -> None:
        """Tell it of something, which takes no time."""
        if not self._is_gone:
            self._told.append((step, entry))
            self._news.set()

    def leave(self) -> None:
        """Wait until everything has been shown."""
        self._is_over.set()
        self._news.set()
        self._thread.join()

    def complain(self) -> None:
        """Raise what went wrong here, now that the run cannot suffer from it."""
        if self._fault:
            raise self._fault

    def _look_on(self) -> None:
        try:
            self._show()
        except Exception as error:  # whatever it is, the run goes on
            # Where the terminal or the reader has gone, or somebody has closed the stream, there is nobody to complain to.
            if not (isinstance(error, OSError) or self._stream.closed):
                self._fault = error
        finally:
            self._is_gone = True
            self._told.clear()
            self._part()

    def _show(self) -> None:
        is_last = False
        while not is_last:
            self._news.wait(REST)
            self._news.clear()
            is_last = self._is_over.is_set()
            self._face.show([self._told.popleft() for _ in range(len(self._told))])
            self._is_over.wait(self._face.rest)
        self._face.finish()

    def _part(self) -> None:
        """Leave the stream as it was; when it is broken, what is still in its buffer goes nowhere at the interpreter's end."""
        with suppress(OSError, ValueError):
            self._face.close()
            return
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class _Aside(io.TextIOBase):
    """Standard error while a picture is drawn on it: what somebody writes stands above, and no drawing covers it."""

    def __init__(self, stream: TextIO, say: Callable[[str], None]) -> None:
        self._stream = stream
        self._say = say

    def write(self, text: str) -> int:
        if not isinstance(text, str):  # click asks a stream in this way whether it takes bytes
            raise TypeError(f"a text is written here, not {type(text).__name__}")
        self._say(text)
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute there, and it follows the stream here
        return self._stream.encoding


class _Picture:
    """For a terminal."""

    rest = REST

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._said: deque[str] = deque()
        self._rest_of_line = ""
        self.say = self._said.append
        self._progress = Progress(plan, time.time())
        self._frame = Frame(stream)

    def show(self, news: Iterable[Told]) -> None:
        for step, entry in news:
            self._progress.take(step, entry)
        view = self._progress.view(time.time())
        *lines, self._rest_of_line = self._heard().split("\n")
        self._frame.draw(lambda look: picture(view, look), "".join(f"{line}\n" for line in lines))

    def finish(self) -> None:
        view = self._progress.view(time.time())
        said = self._heard()
        self._frame.finish(lambda look: picture(view, look), f"{said}\n" if said else "")

    def _heard(self) -> str:
        return self._rest_of_line + "".join(self._said.popleft() for _ in range(len(self._said)))

    def close(self) -> None:
        self._frame.leave()


class _Lines:
    """For a file, a pipe, or a terminal that can do no better."""

    rest = 0.0
    say = None

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._since = time.time()
        self._progress = Progress(plan, self._since)
        self._stream = stream

    def show(self, news: Iterable[Told]) -> None:
        for step, entry in news:
            for milestone in self._progress.take(step, entry):
                # What was before this process is known, and no news.
                if milestone.at >= self._since:
                    self._stream.write(told(milestone, self._since, self._stream.encoding or "ascii") + "\n")
                    self._stream.flush()

    def finish(self) -> None:
        pass

    def close(self) -> None:
        self._stream.flush()


class _Records:
    """For a program."""

    rest = 0.0
    say = None

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._stream = stream

    def show(self, news: Iterable[Told]) -> None:
        for step, entry in news:
            self._stream.write(json.dumps({"step": step, **entry}) + "\n")
            self._stream.flush()

    def finish(self) -> None:
        pass

    def close(self) -> None:
        self._stream.flush()
