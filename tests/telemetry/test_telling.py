"""What happens is told to a real collector over a real socket: one tree for a response, one for a run; a fault in here stays in here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from finestream.telemetry.opening import opened
from finestream.telemetry.telling import Telemetry
from tests.figures.test_handoffs import run as entries_of_a_run
from tests.telemetry.collector import Collector, collecting
from tests.telemetry.records import a_correction, a_cut, a_recovery, an_input, began, ended

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CARRIER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@contextmanager
def telling(monkeypatch: pytest.MonkeyPatch, said: list[str] | None = None, **environ: str) -> Iterator[tuple[Collector, Telemetry]]:
    """Telemetry in front of a collector, which has everything when the context has ended."""
    with collecting() as collector:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **environ}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        with opened(environ, (said if said is not None else []).append, {"a17": "qa"}.get) as telemetry:
            assert telemetry
            yield collector, telemetry


def test_a_response_is_a_tree_of_itself_and_its_tool_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"OTEL_SERVICE_NAME": "mine", "OTEL_RESOURCE_ATTRIBUTES": "team=x", "OTEL_EXPORTER_OTLP_HEADERS": "k=v"}
    retry = {"event": "retry", "stream": "8080-1", "error": "x"}
    with telling(monkeypatch, None, **environ) as (there, telemetry):
        telemetry.began(began())
        for record in (a_cut(), a_recovery(), a_correction(tool_use_id="t2"), an_input(), retry):
            telemetry.record(record)
        telemetry.ended(ended())
    [chat], [written] = there.named("chat claude-x"), there.named("tool_input Write")
    assert (chat.parent, chat.kind, chat.is_error, chat.start, chat.end) == ("", 3, False, 1000.0, 1008.0)
    assert (written.parent, written.trace, written.kind) == (chat.id, chat.trace, 1)
    assert [name for name, _ in written.events] == ["finestream.cut", "finestream.recovery"]
    assert [name for name, _ in chat.events] == ["finestream.correction", "finestream.retry"]
    assert chat.attributes["gen_ai.response.model"] == "claude-y"
    assert {"service.name": "mine", "team": "x"}.items() <= there.resources[0].items()
    assert there.headers[0]["k"] == "v"
    [(labels, point)] = there.metrics["gen_ai.client.operation.duration"]
    assert (labels["gen_ai.request.model"], point.count, point.sum) == ("claude-x", 1, 8.0)
    assert there.units["gen_ai.client.operation.duration"] == "s"
    assert [point.as_int for _, point in there.metrics["finestream.streams.open"]] == [0]
    assert not any(b"docs/a.md" in raw or b"content" in raw for raw in there.raw)


def test_of_an_answer_without_end_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with collecting(status=400, is_endless=True) as collector:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_METRIC_EXPORT_INTERVAL": "50"}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        with opened(environ, said.append, lambda _: None) as telemetry:
            assert telemetry
            telemetry.began(began())
            telemetry.ended(ended())
    assert "HTTP 400" in "".join(said)
    assert len(collector.raw) >= 1
    assert collector.answered / len(collector.raw) < 2**25  # what two sockets hold


def test_what_is_not_ended_well_is_an_error_and_agents_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    who = {"agent_id": "a17", "agent_from": "a17"}
    with telling(monkeypatch) as (there, telemetry):
        telemetry.began(began(**who))
        telemetry.record(an_input("cut", **who))
        telemetry.ended(ended(outcome="cut", **who))
        telemetry.ended(ended(stream="never began"))
    [chat], [written] = there.named("chat claude-x"), there.named("tool_input Write")
    assert (chat.is_error, chat.attributes["error.type"], chat.attributes["gen_ai.agent.name"]) == (True, "aborted", "qa")
    assert (written.is_error, written.attributes["gen_ai.agent.name"]) == (True, "qa")
    assert there.resources[0]["service.name"] == "finestream"


def test_the_trace_of_the_client_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch) as (there, telemetry):
        telemetry.began(began(carrier=CARRIER))
        telemetry.ended(ended())
        telemetry.began(began(carrier={"traceparent": "nonsense"}))
        telemetry.ended(ended())
    first, second = there.named("chat claude-x")
    assert (first.trace, first.parent) == (TRACE, PARENT)
    assert second.trace != TRACE and second.parent == ""


def play_run(telemetry: Telemetry, *, carrier: dict[str, str] | None = None, kinds: tuple[str, ...] = ()) -> None:
    told = [(entry["at"], step, entry) for step, own in entries_of_a_run().items() for entry in own]
    more: dict[str, Any] = {"session": "s-first", "number": 1, "text": "secret", "cost": 0.1}
    with telemetry.run("r1", "pair", {"first": "pm", "second": "qa"}) as take:
        for at, step, entry in sorted(told, key=lambda each: each[0]):
            if entry["kind"] not in kinds:
                take(step, {**more, **entry, "session": f"s-{step}"})
            if at == 101:
                telemetry.began(began(session_id="s-first", agent_from="pm", carrier=carrier or {}))
                telemetry.ended(ended(session_id="s-first", agent_from="pm"))


def test_a_run_is_a_tree_of_steps_requests_and_handoffs(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch) as (there, telemetry):
        play_run(telemetry)
    [run], [pm], [qa] = there.named("invoke_workflow pair"), there.named("invoke_agent pm"), there.named("invoke_agent qa")
    [chat], [handoff] = there.named("chat claude-x"), there.named("handoff first second")
    assert run.parent == "" and {pm.parent, qa.parent, handoff.parent} == {run.id}
    assert chat.parent == pm.id and chat.trace == run.trace
    assert (pm.start, pm.end, qa.start, qa.end) == (90.0, 111.0, 95.0, 120.0)
    assert (handoff.start, handoff.end, handoff.links) == (100.0, 110.0, [pm.id, qa.id])
    assert [name for name, _ in handoff.events] == ["finestream.first_part"]
    assert (run.attributes["finestream.outcome"], run.is_error) == ("done", False)
    assert [name for name, _ in pm.events] == ["finestream.session", "finestream.part", "finestream.part"]
    assert there.metrics["finestream.handoff.first_part"][0][1].sum == 2.0
    assert {labels["gen_ai.agent.name"] for labels, _ in there.metrics["finestream.step.duration"]} == {"pm", "qa"}
    assert not any(b"secret" in raw for raw in there.raw)


def test_a_request_of_a_run_with_a_trace_of_its_own_is_linked_to_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch) as (there, telemetry):
        play_run(telemetry, carrier=CARRIER)
    [chat], [pm] = there.named("chat claude-x"), there.named("invoke_agent pm")
    assert (chat.parent, chat.links) == (PARENT, [pm.id])


def test_a_run_that_is_interrupted_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch) as (there, telemetry):
        play_run(telemetry, kinds=("done", "began"))
        play_run(telemetry, kinds=("done",))
    assert [run.attributes["finestream.outcome"] for run in there.named("invoke_workflow pair")] == ["interrupted", "interrupted"]
    assert [step.is_error for step in there.spans if step.name.startswith("invoke_agent")] == [True, True]
    assert not there.named("handoff first second")


def test_a_fault_in_here_is_said_once_and_costs_nobody_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with telling(monkeypatch, said) as (there, telemetry):
        telemetry.began({"stream": "no record of ours"})
        telemetry.began(began())
        telemetry.record(an_input())
        telemetry.ended(ended())
    assert said == ["telemetry has failed and is silent from now on: KeyError"]
    assert there.spans == []


def test_what_happens_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch) as (there, telemetry):
        telemetry.began(began())
        for _ in range(1000):
            telemetry.record(a_cut())
        telemetry.ended(ended())
    assert len(there.named("chat claude-x")[0].events) == 100


def test_whatever_upstream_calls_a_tool_the_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with telling(monkeypatch, said) as (there, telemetry):
        telemetry.began(began())
        for tool in ("Wr\ud800ite", "W" * 10_000, "Edit"):
            telemetry.record(an_input(tool=tool))
        telemetry.ended(ended(model="\udfff", stop_reason="\ud83d"))
    assert sorted(span.name[:20] for span in there.spans) == [
        "chat claude-x",
        "tool_input Edit",
        "tool_input WWWWWWWWW",
        "tool_input Wr?ite",
    ]
    assert there.named("tool_input Wr?ite")[0].attributes["gen_ai.tool.name"] == "Wr?ite"
    assert len(there.metrics["finestream.tool_input.size"]) == 3
    assert said == []
    assert max(map(len, there.raw)) < 10_000


def test_the_logger_of_the_sdk_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("opentelemetry")
    before = (list(logger.handlers), logger.propagate)
    with telling(monkeypatch):
        assert logger.handlers != before[0]
    assert (list(logger.handlers), logger.propagate) == before
