"""What is counted, to be added up in any order and any pieces. PURE. Its one law: whole numbers alone, for their sums are exact.

Each sum and each record that counts for it is told in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import add
from typing import NamedTuple


class Sums(NamedTuple):
    """The sums of an agent in a minute, or of any number of both. Times are microseconds."""

    inputs: int = 0
    unwatched: int = 0
    size: int = 0
    chunks: int = 0
    incomplete: int = 0
    retries: int = 0
    retried: int = 0
    rescued: int = 0
    rescued_at_once: int = 0
    fallbacks: int = 0
    fallbacks_whole: int = 0
    malformed: int = 0
    corrected: int = 0
    repeated: int = 0
    handoffs: int = 0
    first: int = 0
    saved: int = 0
    whole: int = 0

    def plus(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums._make(map(add, self, other))


NOTHING = Sums()


class Place(NamedTuple):
    """Where a sum belongs: a minute since 1970, and an agent as it is called there."""

    minute: int
    agent: str


class Counts:
    """Sums by place."""

    def __init__(self, counted: Iterable[tuple[Place, Sums]] = ()) -> None:
        self._sums: dict[Place, Sums] = {}
        self._healthy: dict[Place, list[int]] = {}
        for place, sums in counted:
            self.add(place, sums)

    def add(self, place: Place, sums: Sums) -> None:
        """Add what was counted at a place."""
        known = self._sums.get(place)
        self._sums[place] = sums if known is None else known.plus(sums)

    def add_healthy(self, place: Place, size: int, chunks: int) -> None:
        """Add an input of which only these are to be told. Most are, and this is quick."""
        known = self._healthy.setdefault(place, [0, 0, 0])
        known[0] += 1
        known[1] += size
        known[2] += chunks

    def __iter__(self) -> Iterator[tuple[Place, Sums]]:
        """Yield each place once."""
        for place, (inputs, size, chunks) in self._healthy.items():
            self.add(place, Sums(inputs=inputs, size=size, chunks=chunks))
        self._healthy.clear()
        return iter(self._sums.items())


class Span(NamedTuple):
    """Whole minutes, the last one included."""

    first: int
    last: int


def span_of(now: float, seconds: float) -> Span:
    """Return the minutes of the last ``seconds``. The one in which they begin counts whole."""
    return Span(minute_of(now - seconds), minute_of(now))


def minute_of(moment: float) -> int:
    """Return the minute in which a moment lies, which is given in seconds since 1970."""
    return int(moment // 60)


def by_agent(counted: Iterable[tuple[Place, Sums]], span: Span) -> dict[str, Sums]:
    """Add up what was counted in ``span`` of each agent."""
    found: dict[str, Sums] = {}
    for place, sums in counted:
        if span.first <= place.minute <= span.last:
            found[place.agent] = found.get(place.agent, NOTHING).plus(sums)
    return found
