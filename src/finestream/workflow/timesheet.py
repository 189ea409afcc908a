"""When agents were at work. PURE. Its one law: only what was seen counts; a process that vanished has worked until it was last heard of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import TypeAlias

Spell: TypeAlias = tuple[float, float]


class Timesheet:
    """The hours of one agent. Moments may come in any order; no spell ends before it begins."""

    def __init__(self, since: float | None = None) -> None:
        """Begin to write.

        Args:
            since: When this process began; what was open before then was ended by nobody.
        """
        self._since = float("-inf") if since is None else since
        self._is_open = False
        self._spells: list[Spell] = []

    @property
    def is_open(self) -> bool:
        """Whether it is at work."""
        return self._is_open and self._spells[-1][1] >= self._since

    def work(self, at: float) -> None:
        """It is at work."""
        start, end = self._spells.pop() if self._goes_on(at) else (at, at)
        self._spells.append((start, max(end, at)))
        self._is_open = True

    def rest(self, at: float) -> None:
        """It has stopped."""
        if self._goes_on(at):
            self.work(at)
        self._is_open = False

    def break_off(self) -> None:
        """Nobody has seen how it ended."""
        self._is_open = False

    def spells(self, now: float) -> list[Spell]:
        """Return the hours until now."""
        if not self.is_open:
            return list(self._spells)
        *before, (start, end) = self._spells
        return [*before, (start, max(end, now))]

    def _goes_on(self, at: float) -> bool:
        return self._is_open and not self._spells[-1][1] < self._since <= at


def total(spells: Iterable[Spell]) -> float:
    """Add up the seconds of everybody."""
    return sum(end - start for start, end in spells)


def most(spells: Iterable[Spell]) -> int:
    """Return how many were at work at once, at most. One that begins as another ends is not beside it."""
    edges = sorted(edge for start, end in spells if start < end for edge in ((start, 1), (end, -1)))
    return max(accumulate(by for _, by in edges), default=0)


def covered(spells: Iterable[Spell]) -> float:
    """Return the seconds in which at least one was at work."""
    seconds, until = 0.0, float("-inf")
    for start, end in sorted(spells):
        seconds += max(0.0, end - max(start, until))
        until = max(until, end)
    return seconds
