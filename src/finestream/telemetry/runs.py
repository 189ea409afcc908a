"""The entries of a run -> spans, events and measurements. PURE. Its one law: as in `streams`, nothing of a document gets out."""

from __future__ import annotations

from collections.abc import Iterator

from finestream.figures import Handoff
from finestream.telemetry.values import Attributes, EventValue, Measure, Record, SpanValue, attributes, number

ENDS = frozenset({"done", "skipped", "failed", "blocked"})
"""Kinds of entries with which a step ends; each is its outcome."""
BEGINNINGS = frozenset({"began"})
"""Kinds of entries with which the work of an agent begins."""
KEPT = frozenset({"began", "handing", "part", "given", "lost", "done"})
"""Kinds of entries from which handoffs are measured."""
_ENDED_BADLY = ("failed", "blocked")


def run_attributes(run: str, workflow: str) -> Attributes:
    """Return what is known of a run when it begins."""
    return {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": workflow, "finestream.run.id": run}


def step_attributes(run: str, step: str, agent: str) -> Attributes:
    """Return what is known of an agent's work when it begins."""
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.agent.name": agent,
        "finestream.step": step,
        "finestream.run.id": run,
    }


def step_event(entry: Record) -> EventValue | None:
    """Return what an entry says of its step: that the session was opened, a turn ended, something stood in the way."""
    if entry["kind"] == "part":
        size = len(str(entry["text"]).encode("utf-8", "surrogatepass"))
        return EventValue("finestream.part", attributes({"finestream.part.number": entry["number"], "finestream.part.bytes": size}))
    if entry["kind"] == "began":
        return EventValue("finestream.session", attributes({"gen_ai.conversation.id": entry.get("session")}))
    if entry["kind"] == "turn":
        return EventValue("finestream.turn", attributes({"finestream.cost": number(entry, "cost")}))
    return EventValue("finestream.retry", {}) if entry["kind"] == "retry" else None


def outcome_of_run(outcomes: list[str | None]) -> str:
    """Return how a run has ended, from the ends of its steps; None is a step that has not come to one."""
    if any(outcome in _ENDED_BADLY for outcome in outcomes):
        return "failed"
    return "interrupted" if None in outcomes else "done"


def error_of(outcome: str) -> str | None:
    """Return the type of the error, where an outcome is one."""
    return outcome if outcome in (*_ENDED_BADLY, "interrupted") else None


def handoff_span(handoff: Handoff) -> SpanValue:
    """Return the span of a document on its way, from its first token to its last part."""
    told: Attributes = {
        "finestream.handoff.from": handoff.sender,
        "finestream.handoff.to": handoff.receiver,
        "finestream.handoff.first_part": handoff.first,
    }
    return SpanValue(f"handoff {handoff.sender} {handoff.receiver}", handoff.at - handoff.whole, handoff.at, told)


def handoff_measures(handoff: Handoff) -> Iterator[Measure]:
    """Yield what is measured of a document on its way."""
    labels: Attributes = {"finestream.handoff.from": handoff.sender, "finestream.handoff.to": handoff.receiver}
    yield Measure("finestream.handoff.first_part", handoff.first, labels)
    yield Measure("finestream.handoff.duration", handoff.whole, labels)
