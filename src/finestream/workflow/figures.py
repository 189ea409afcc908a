"""What handing on early has brought: the entries of a run -> figures. PURE. Its one law: every figure comes from moments that were kept.

The *bound* is how long the same documents would have taken if nothing but the model needed time: every part is generated in the time that
it took, begins when the part before it and what it depends on are there, and something new costs the time to the first token, for a model
reads it only in a new request. No pipeline of these agents can be faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from finestream.catalog.graph import order
from finestream.workflow.ledger import Entry
from finestream.workflow.plan import Plan
from finestream.workflow.samples import Documents, needed

Entries = Mapping[str, Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Handoff:
    """One document on its way to one receiver, in seconds since the first token of it.

    ``first``: until the receiver was told the first part. ``whole``: until the document was complete.
    """

    sender: str
    receiver: str
    first: float
    whole: float

    @property
    def reduction(self) -> float:
        """By which share the receiver waited less than for the whole document."""
        return 1 - self.first / self.whole if self.whole else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run, in seconds. ``starting``: of the first client; ``makespan``: from the first question to the last answer."""

    starting: float
    makespan: float
    handoffs: tuple[Handoff, ...]


def figures_of(plan: Plan, entries: Entries, launched: float) -> Figures:
    """Compute them from the entries of a run that is complete. ``launched``: when it was begun, in seconds since 1970."""
    asked = min(_moments(entries, "given"))
    return Figures(asked - launched, max(_moments(entries, "done")) - asked, tuple(_handoffs(plan, entries)))


def _moments(entries: Entries, kind: str) -> list[float]:
    return [entry["at"] for own in entries.values() for entry in own if entry["kind"] == kind]


def _handoffs(plan: Plan, entries: Entries) -> Iterator[Handoff]:
    for receiver, assignment in plan.assignments.items():
        for sender in assignment.needs:
            told = [entry["at"] for entry in entries[receiver] if entry["kind"] == "given" and entry["upto"].get(sender)]
            begun = [entry["at"] for entry in entries[sender] if entry["kind"] == "handing"]
            parts = [entry["at"] for entry in entries[sender] if entry["kind"] == "part"]
            if told and begun and parts:
                yield Handoff(sender, receiver, min(told) - begun[0], parts[-1] - begun[0])


def bound_of(plan: Plan, entries: Entries, documents: Documents, first_token: float) -> float:
    """Return the bound in seconds. ``documents``: what each step has handed on; ``first_token``: seconds until a model begins to answer."""
    needs = {step: assignment.needs for step, assignment in plan.assignments.items()}
    ends: dict[str, list[float]] = {}
    for step in order(needs):
        ends[step] = _ends([ends[sender] for sender in needs[step]], _generated(entries[step], list(documents[step])), first_token)
    # Whoever has handed everything on says so: an answer of its own.
    return max(own[-1] for own in ends.values()) + first_token


def _ends(senders: Sequence[Sequence[float]], generated: Sequence[float], first_token: float) -> list[float]:
    """Return when each member is complete, if it waits for nothing but what it needs."""
    ends: list[float] = []
    for place, seconds in enumerate(generated):
        read = [sender[needed(place, len(generated), len(sender)) - 1] for sender in senders]
        before = ends[-1] if ends else 0.0
        # What was there when the request before was made costs no new one.
        asked = max(read, default=0.0) + first_token
        ends.append(max(before, asked) + seconds)
    return ends


def _generated(entries: Sequence[Entry], members: Sequence[str]) -> list[float]:
    """Return the seconds that each member took from where the model was before."""
    marks = [entry for entry in entries if entry["kind"] in ("handing", "part")]
    taken = dict.fromkeys(members, 0.0)
    for before, mark in pairwise(marks):
        if mark["kind"] == "part":
            taken[mark["member"]] += mark["at"] - before["at"]
    return list(taken.values())


def described(figures: Figures) -> dict[str, Any]:
    """Return them as JSON values."""
    return {
        "starting": figures.starting,
        "makespan": figures.makespan,
        "handoffs": [
            {"sender": each.sender, "receiver": each.receiver, "first": each.first, "whole": each.whole, "reduction": each.reduction}
            for each in figures.handoffs
        ],
    }
