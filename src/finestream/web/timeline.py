"""A run in the course of time: its entries and what the journal says of its sessions -> lanes. PURE.

Its one law: what is drawn was written down; who worked when, and how long, is what the run's own display says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from finestream.figures import Handoff, handoffs_of
from finestream.handoff.document import Part
from finestream.show.titles import title
from finestream.story import parse_moment
from finestream.story.telling import moments_of
from finestream.workflow.ledger import Entry, Ledger
from finestream.workflow.plan import Plan
from finestream.workflow.progress import Progress
from finestream.workflow.timesheet import most, total

Json = dict[str, Any]
Entries = Mapping[str, Sequence[Entry]]
MOST_MARKS = 600  # of a lane; more than a wall has room for

_WELL = ("recovered", "continued", "corrected")
_OF_JOURNAL = ("cut", "recovery", "correction", "retry", "blind", "input_rejected")
_FAULTS = {
    "retry": "something passing stood in the way",
    "lost": "what it was told never arrived",
    "failed": "failed",
    "blocked": "blocked",
}


def timeline(plan: Plan, entries: Entries, records: Iterable[Mapping[str, Any]], now: float) -> Json:
    """Return the lanes of a run. Moments are seconds since 1970.

    Args:
        records: Of the journal, as far as they are of the sessions of this run.
        now: Until when an agent that works now has worked.
    """
    progress, faults = _progress(plan, entries), _by_step(entries, records)
    hours = progress.hours(now)
    known = {step: entries.get(step, ()) for step in plan.assignments}
    lanes = [_lane(Ledger(step, own), own, hours[step], faults.get(step, [])) for step, own in known.items()]
    spells = [spell for own in hours.values() for spell in own]
    moments = [float(entry["at"]) for own in entries.values() for entry in own]
    return {
        "began": min(moments, default=None),
        "ended": max((*moments, *(end for _, end in spells)), default=None),
        "overlapped": progress.view(now).overlapped,
        "peak": most(spells),
        "lanes": lanes,
        "told": list(_told(entries)),
        **_handoffs(handoffs_of({step: list(own) for step, own in entries.items()})),
    }


def _handoffs(found: Iterable[Handoff]) -> Json:
    """Return them, and after how many seconds the first of their chunks came, at least and at most."""
    names = ("sender", "receiver", "first", "whole", "reduction")
    handoffs = [{name: getattr(each, name) for name in names} for each in found]
    firsts = [each["first"] for each in handoffs]
    return {"handoffs": handoffs, "firsts": [min(firsts), max(firsts)] if firsts else None}


def _progress(plan: Plan, entries: Entries) -> Progress:
    told = sorted(((step, entry) for step, own in entries.items() for entry in own), key=lambda each: float(each[1]["at"]))
    progress = Progress(plan)
    for step, entry in told:
        progress.take(step, entry)
    return progress


def _lane(ledger: Ledger, entries: Sequence[Entry], spells: Sequence[tuple[float, float]], faults: Sequence[Json]) -> Json:
    marks = sorted([*_marks(entries), *faults], key=lambda mark: float(mark["at"]))
    return {
        "step": ledger.step,
        "title": title(ledger.step),
        "state": ledger.state,
        "spells": [list(spell) for spell in spells],
        "work": total(spells) if spells else None,
        "marks": marks[:MOST_MARKS],
        "counts": {kind: sum(mark["kind"] == kind for mark in marks) for kind in ("chunk", "fault", "recovery")},
        "more": max(0, len(marks) - MOST_MARKS),
        "given": ledger.times.get("given"),
    }


def _marks(entries: Sequence[Entry]) -> Iterator[Json]:
    for entry in entries:
        kind = entry["kind"]
        if kind == "part":
            part = Part(*(entry[name] for name in Part._fields))
            if part.is_chunk:
                yield {"at": entry["at"], "kind": "chunk", "label": f"chunk {part.number}: {part.member}, {part.size:,} bytes"}
        elif kind in _FAULTS:
            yield {"at": entry["at"], "kind": "fault", "label": str(entry.get("cause") or _FAULTS[kind])}
        elif kind == "again":
            yield {"at": entry["at"], "kind": "recovery", "label": "tried once more"}


def _by_step(entries: Entries, records: Iterable[Mapping[str, Any]]) -> dict[str, list[Json]]:
    """Return what the journal tells of the sessions of each step."""
    sessions = {entry.get("session"): step for step, own in entries.items() for entry in own if entry["kind"] == "began"}
    found: dict[str, list[Json]] = {}
    for record in records:
        at, step = parse_moment(record.get("timestamp")), sessions.get(record.get("session_id"))
        if step is not None and at is not None and record.get("event") in _OF_JOURNAL:
            is_well = record.get("outcome") in _WELL
            label = moments_of([record])[0].lines[0]
            found.setdefault(step, []).append({"at": at, "kind": "recovery" if is_well else "fault", "label": label})
    return found


def _told(entries: Entries) -> Iterator[Json]:
    """Yield when a receiver was told the first parts of a sender."""
    for receiver, own in entries.items():
        known: set[str] = set()
        for entry in own:
            if entry["kind"] == "given":
                for sender, number in entry["upto"].items():
                    if number and sender not in known:
                        known.add(sender)
                        yield {"sender": sender, "receiver": receiver, "at": entry["at"]}
