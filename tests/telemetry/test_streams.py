"""Records become spans, events and measurements: names, sizes, times and outcomes, and no word of what was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.telemetry import streams
from finestream.telemetry.instruments import INSTRUMENTS
from finestream.telemetry.values import Attributes, Measure, agent_of, attributes, number, outcome_of
from tests.story.records import TEXT
from tests.telemetry.records import USAGE, a_correction, a_cut, a_recovery, an_input, began, ended

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"}
MODELS = {"gen_ai.request.model": "claude-x", "gen_ai.response.model": "claude-y"}


def test_a_response_is_a_client_span_of_the_conventions() -> None:
    span = streams.request_span(began(), ended())
    assert (span.name, span.start, span.end, span.error) == ("chat claude-x", 1000.0, 1008.0, None)
    assert span.attributes == {
        **CHAT,
        **MODELS,
        "gen_ai.conversation.id": "s1",
        "gen_ai.agent.name": "main",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["tool_use"],
        "gen_ai.response.time_to_first_chunk": 0.75,
        "gen_ai.usage.input_tokens": 115,
        "gen_ai.usage.output_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_creation.input_tokens": 5,
        "finestream.stream": "8080-1",
        "finestream.requests": 2,
        "finestream.outcome": "complete",
    }


@pytest.mark.parametrize(
    ("more", "name", "error"),
    [
        ({"requested": None}, "chat claude-y", None),
        ({"requested": None, "model": None, "usage": 5, "stop_reason": None, "first": None}, "chat", None),
        ({"outcome": "cut"}, "chat claude-x", "aborted"),
        ({"outcome": "client_left"}, "chat claude-x", "client_left"),
        ({"outcome": "blind"}, "chat claude-x", None),
    ],
)
def test_what_is_not_known_of_a_response_is_left_out(more: dict[str, Any], name: str, error: str | None) -> None:
    span = streams.request_span(began(), ended(**more))
    assert (span.name, span.error) == (name, error)
    assert None not in span.attributes.values()


def test_a_tool_input_is_a_span_from_its_first_byte_to_its_last() -> None:
    span = streams.input_span(an_input())
    assert (span.name, span.start, span.end, span.error) == ("tool_input Write", 1004.0, 1005.0, None)
    assert span.attributes["finestream.tool_input.bytes"] == 100
    assert span.attributes["finestream.tool_input.first_chunk"] == 0.1
    assert span.attributes["gen_ai.tool.call.id"] == "t1"
    assert "docs/a.md" not in json.dumps(span.attributes)
    assert streams.input_span(an_input("cut", duration_ms=None)).error == "cut"
    assert streams.input_span(an_input("complete", duration_ms=None)).start == 1005.0


def test_what_happens_in_a_span_is_an_event_without_any_text() -> None:
    told = streams.event_of(a_recovery(outcome="failed: HTTP 529: you are overloaded"))
    assert told
    assert (told.name, told.attributes["finestream.outcome"], told.attributes["error.type"]) == (
        "finestream.recovery",
        "failed",
        "network_interruption",
    )
    fixed = streams.event_of(a_correction())
    assert fixed and fixed.attributes["finestream.auto_fixed"] == "dropped_trailing_comma"
    for record in (a_cut(), a_recovery(), a_correction()):
        event = streams.event_of(record)
        assert event and TEXT not in repr(event) and "file_path" not in repr(event)
    assert streams.event_of(an_input()) is None
    assert streams.event_of({}) is None


def test_a_response_is_measured() -> None:
    common: Attributes = {**CHAT, **MODELS}
    assert list(streams.response_measures(began(), ended())) == [
        Measure("gen_ai.client.operation.duration", 8.0, common),
        Measure("gen_ai.client.operation.time_to_first_chunk", 0.75, common),
        Measure("gen_ai.client.token.usage", 115, {**common, "gen_ai.token.type": "input"}),
        Measure("gen_ai.client.token.usage", 40, {**common, "gen_ai.token.type": "output"}),
    ]
    [only] = streams.response_measures(began(), ended(outcome="cut", usage={}, first=None))
    assert only.attributes["error.type"] == "aborted"


MAIN = {"gen_ai.agent.name": "main"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (an_input(duration_ms="x"), [("finestream.tool_input.size", 100), ("finestream.tool_input.chunks", 2)]),
        (
            an_input(),
            [("finestream.tool_input.duration", 1.0), ("finestream.tool_input.size", 100), ("finestream.tool_input.chunks", 2)],
        ),
        (a_recovery(), [("finestream.recoveries", 1)]),
        (a_correction(), [("finestream.corrections", 1)]),
        ({"event": "unreachable", "error": "network_interruption"}, [("finestream.faults", 1)]),
        ({"event": "blind", "reason": "a frame"}, [("finestream.faults", 1)]),
        (a_cut(), []),
        ({"event": "tool_started"}, []),
    ],
)
def test_a_record_is_measured(record: dict[str, Any], expected: list[tuple[str, float]]) -> None:
    assert [(measure.instrument, measure.value) for measure in streams.record_measures(record)] == expected


def test_the_labels_are_few_and_known() -> None:
    measures = [measure for record in (a_recovery(), a_correction(), an_input()) for measure in streams.record_measures(record)]
    assert measures[0].attributes == {
        **MAIN,
        "error.type": "network_interruption",
        "finestream.action": "continue",
        "finestream.outcome": "recovered",
    }
    assert measures[1].attributes == {**MAIN, "error.type": "malformed_json", "finestream.outcome": "corrected"}
    assert measures[2].attributes == {**MAIN, "gen_ai.tool.name": "Write", "finestream.outcome": "continued"}
    assert {measure.instrument for measure in measures} <= set(INSTRUMENTS)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"agent_from": "qa", "agent_id": "a17"}, "qa"),
        ({"agent_from": "a17", "agent_id": "a17"}, "subagent"),
        ({"agent_from": None}, "subagent"),
        ({"agent_from": ""}, "subagent"),
    ],
)
def test_an_id_is_no_label(record: dict[str, Any], name: str) -> None:
    assert agent_of(record) == name


def test_only_values_get_out() -> None:
    pairs = {"a": 1, "b": "x", "c": ["x"], "d": None, "e": "", "f": [], "g": [1], "h": {}, "i": 1.5, "j": False}
    assert attributes(pairs) == {"a": 1, "b": "x", "c": ["x"], "i": 1.5, "j": False}
    assert [number({"n": value}, "n") for value in (1, 1.5, True, -1, "1", None, 2**60)] == [1, 1.5, None, None, None, None, None]
    assert (outcome_of({"outcome": 5}), outcome_of({"outcome": "given_up"})) == (None, "given_up")
    assert USAGE
