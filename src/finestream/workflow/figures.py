"""What handing on early has brought: the entries of a run -> figures. PURE. Its one law: every figure comes from moments that were kept.

The *bound* is how long the same requests to the model would have taken under perfect overlap: each begins the moment that the one before
it has ended and the parts that it was told are there, takes the time to the first token, and generates as long as it did. What a pipeline
costs is what a run takes longer than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finestream.figures import Handoff, handoffs_of
from finestream.workflow.ledger import Entry

Entries = Mapping[str, Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run, in seconds. ``starting``: of the first client; ``makespan``: from the first question to the last answer."""

    starting: float
    makespan: float
    handoffs: tuple[Handoff, ...]


def figures_of(entries: Entries, launched: float) -> Figures:
    """Compute them from the entries of a run that is complete. ``launched``: when it was begun, in seconds since 1970."""
    asked = min(_moments(entries, "given"))
    return Figures(asked - launched, max(_moments(entries, "done")) - asked, tuple(handoffs_of(entries)))


def _moments(entries: Entries, kind: str) -> list[float]:
    return [entry["at"] for own in entries.values() for entry in own if entry["kind"] == kind]


@dataclass(slots=True)
class _Request:
    """One request to the model: when it was asked with what, when a handoff began in its answer, and which parts came when."""

    step: str
    asked: float
    upto: Mapping[str, int]
    begun: float | None = None
    parts: dict[int, float] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Add what its answer has brought."""
        if entry["kind"] == "handing" and self.begun is None:
            self.begun = entry["at"]
        elif entry["kind"] == "part":
            self.parts[entry["number"]] = entry["at"]

    def is_answered(self, entry: Entry) -> bool:
        """Whether it was one by itself, now that ``entry`` ends it: something has come, or the model has said all that it wanted to."""
        return self.begun is not None or bool(self.parts) or (entry["kind"] == "turn" and entry["fault"] is None)

    def offset(self, moment: float) -> float:
        """Seconds since the handoff began."""
        return 0.0 if self.begun is None else max(0.0, moment - self.begun)


@dataclass(frozen=True, slots=True)
class Bound:
    """In seconds. ``starting``: the bound if each client answers its first request as much later than others as it did."""

    perfect: float
    starting: float


def bound_of(entries: Entries, first_token: float) -> Bound:
    """Compute it. ``first_token``: seconds until the model begins to answer."""
    requests = sorted((request for step, own in entries.items() for request in _requests(step, own)), key=lambda each: each.asked)
    firsts = {request.step: request for request in reversed(requests)}
    late = {step: max(0.0, first.begun - first.asked - first_token) for step, first in firsts.items() if first.begun is not None}
    return Bound(_end(requests, first_token, {}), _end(requests, first_token, late))


_ENDS = frozenset({"given", "turn", "retry", "lost", "done"})


def _requests(step: str, entries: Sequence[Entry]) -> Iterator[_Request]:
    request: _Request | None = None
    for entry in entries:
        if entry["kind"] in _ENDS and request is not None and request.is_answered(entry):
            yield request
            request = None
        if entry["kind"] == "given":
            # The answers to several calls of one message go back in one request.
            request = _Request(step, entry["at"], {**(request.upto if request else {}), **entry["upto"]})
        elif entry["kind"] in _ENDS:  # it never arrived, or failed before anything came of it
            request = None
        elif request is not None:
            request.take(entry)


def _end(requests: Sequence[_Request], first_token: float, late: Mapping[str, float]) -> float:
    """Return when the last request ends under perfect overlap. ``late``: by how much the first answer of a step comes later."""
    ends: dict[str, float] = {}
    there: dict[tuple[str, int], float] = {}
    for request in requests:
        told = [there.get((sender, number), 0.0) for sender, number in request.upto.items()]
        start = max(ends.get(request.step, 0.0), *told, 0.0) + (0.0 if request.step in ends else late.get(request.step, 0.0)) + first_token
        there |= {(request.step, number): start + request.offset(at) for number, at in request.parts.items()}
        ends[request.step] = start + request.offset(max(request.parts.values(), default=0.0))
    return max(ends.values(), default=0.0)


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
