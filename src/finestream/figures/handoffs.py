"""Documents on their way from one agent of a run to another: the run's entries -> handoffs. PURE.

Its one law: a handoff is measured from moments that were kept, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from finestream.figures.sums import Place, Sums, minute_of
from finestream.story.story import bounded

Entry: TypeAlias = Mapping[str, Any]
Entries: TypeAlias = Mapping[str, Sequence[Entry]]
"""The entries of a run by step, as `finestream.workflow.ledger` describes them."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """One document on its way to one receiver, in seconds since the model began to write it.

    ``first``: until the receiver was told the first part. ``whole``: until the document was complete, which was ``at`` that moment.
    """

    sender: str
    receiver: str
    first: float
    whole: float
    at: float

    @property
    def reduction(self) -> float:
        """By which share the receiver waited less than for the whole document."""
        return 1 - self.first / self.whole if self.whole else 0.0


def handoffs_of(entries: Entries) -> Iterator[Handoff]:
    """Yield the handoffs of a run whose document is complete and came to its receiver, by receiver and sender.

    Where one of the two had to begin anew, nothing is measured: the pause between would be.
    """
    begun = {step: _moments(own, "handing") for step, own in entries.items()}
    parts = {step: _moments(own, "part") for step, own in entries.items()}
    for receiver, own in entries.items():
        for sender, told in _told(own).items():
            ways = (sender, receiver)
            is_done = any(entry["kind"] == "done" for entry in entries.get(sender, ()))
            is_at_once = all(len(_moments(entries[step], "began")) <= 1 for step in ways if step in entries)
            if is_done and is_at_once and begun[sender] and parts[sender]:
                start, end = min(begun[sender]), max(parts[sender])
                yield Handoff(sender, receiver, told - start, end - start, end)


def _told(entries: Sequence[Entry]) -> dict[str, float]:
    """Return when a receiver was told the first part of each sender. What was lost on the way it was not told."""
    told: list[Entry] = []
    for entry in entries:
        if entry["kind"] == "given":
            told.append(entry)
        elif entry["kind"] == "lost" and told:
            told.pop()
    found: dict[str, float] = {}
    for entry in reversed(told):
        found |= {sender: entry["at"] for sender, number in entry["upto"].items() if number}
    return found


def _moments(entries: Sequence[Entry], kind: str) -> list[float]:
    return [entry["at"] for entry in entries if entry["kind"] == kind]


def count_handoff(handoff: Handoff) -> tuple[Place, Sums] | None:
    """Return what a handoff counts for; a document that was there in no time has nothing to compare."""
    first, whole = round(handoff.first * 1e6), round(handoff.whole * 1e6)
    if not (0 < whole < _LONGEST and 0 <= first < _LONGEST):
        return None
    return Place(minute_of(handoff.at), handoff.sender), Sums(handoffs=1, first=first, saved=whole - first, whole=whole)


_LONGEST = 10**13  # microseconds; four months


_KINDS = frozenset({"began", "handing", "part", "given", "lost", "done"})


def step_of(record: Mapping[str, Any]) -> str | None:
    """Return the step of an entry that counts; None: it does not.

    Raises:
        ValueError: It is no entry.
    """
    step, kind, upto = record.get("step"), record.get("kind"), record.get("upto")
    is_given = isinstance(upto, dict) and all(type(number) is int for number in upto.values())
    if not isinstance(step, str) or bounded(record.get("at")) is None or (kind == "given" and not is_given):
        raise ValueError("this is no entry of a run")
    return step if kind in _KINDS else None
