"""The entries of a run become spans of the run, of its steps and of the documents on their way."""

from __future__ import annotations

import pytest

from finestream.figures import Handoff
from finestream.telemetry import runs
from finestream.telemetry.values import Attributes, EventValue, Measure

HANDOFF = Handoff("pm", "qa", 2.0, 10.0, 110.0)


@pytest.mark.parametrize(
    ("entry", "event"),
    [
        ({"kind": "began", "session": "s1"}, EventValue("finestream.session", {"gen_ai.conversation.id": "s1"})),
        (
            {"kind": "part", "number": 3, "text": "ä secret"},
            EventValue("finestream.part", {"finestream.part.number": 3, "finestream.part.bytes": 9}),
        ),
        ({"kind": "turn", "cost": 0.5}, EventValue("finestream.turn", {"finestream.cost": 0.5})),
        ({"kind": "turn", "cost": None}, EventValue("finestream.turn", {})),
        ({"kind": "retry", "cause": "whatever the client said"}, EventValue("finestream.retry", {})),
        ({"kind": "given"}, None),
    ],
)
def test_what_happens_in_a_step(entry: dict[str, object], event: EventValue | None) -> None:
    assert runs.step_event(entry) == event


@pytest.mark.parametrize(
    ("outcomes", "outcome", "error"),
    [
        (["done", "skipped"], "done", None),
        (["done", "failed", None], "failed", "failed"),
        (["done", "blocked"], "failed", "failed"),
        (["done", None], "interrupted", "interrupted"),
    ],
)
def test_how_a_run_has_ended(outcomes: list[str | None], outcome: str, error: str | None) -> None:
    assert (runs.outcome_of_run(outcomes), runs.error_of(outcome)) == (outcome, error)


def test_a_document_on_its_way_is_a_span_and_two_measurements() -> None:
    span = runs.handoff_span(HANDOFF)
    assert (span.name, span.start, span.end, span.error) == ("handoff pm qa", 100.0, 110.0, None)
    labels: Attributes = {"finestream.handoff.from": "pm", "finestream.handoff.to": "qa"}
    assert span.attributes == {**labels, "finestream.handoff.first_part": 2.0}
    assert list(runs.handoff_measures(HANDOFF)) == [
        Measure("finestream.handoff.first_part", 2.0, labels),
        Measure("finestream.handoff.duration", 10.0, labels),
    ]


def test_a_run_and_a_step_say_who_they_are() -> None:
    assert runs.run_attributes("r1", "quick-flow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "quick-flow",
        "finestream.run.id": "r1",
    }
    assert runs.step_attributes("r1", "plan", "pm")["gen_ai.agent.name"] == "pm"
