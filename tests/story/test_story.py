"""One call's story is told the same by whoever wrote of it, and in whatever order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from finestream.story import Story
from tests.story.records import at, correction, gateway, hook, refused, rejected, row, tool_input


def story(*records: dict[str, Any]) -> Story:
    told = Story("t1")
    for record in records:
        told.add(record)
    return told


HEALTHY = (
    tool_input(2),
    hook(2.1, "tool_started", size=98, target="other"),
    hook(2.5, "tool_ended", outcome="ok", latency_ms=400, size=98),
)


def test_a_healthy_call_is_told_whole() -> None:
    told = story(*HEALTHY)
    data = told.data()
    assert [told.began, told.ended] == pytest.approx([1795600801.0, 1795600802.5])
    assert {key: data[key] for key in ("tool", "target", "session_id", "stream", "agent_id", "agent_from", "agent_to")} == {
        "tool": "Write",
        "target": "docs/a.md",
        "session_id": "s1",
        "stream": "8080-1",
        "agent_id": "a17",
        "agent_from": "writer",
        "agent_to": None,
    }
    assert (data["bytes"], data["deltas"], data["chunks"], data["attempts"]) == (100, 9, 2, 0)
    assert (data["first_chunk_ms"], data["duration_ms"], data["latency_ms"]) == (100.0, 1000.0, 400)
    assert (data["outcome"], data["mended"], data["errors"], told.is_well) == ("ok", None, [], True)


@pytest.mark.parametrize("records", list(permutations(HEALTHY)))
def test_the_order_of_the_records_changes_no_outcome(records: tuple[dict[str, Any], ...]) -> None:
    told = story(*records)
    assert (told.outcome, told.size, told.agent_from, told.running) == ("ok", 100, "writer", 400)


@pytest.mark.parametrize(
    ("records", "outcome", "mended", "is_well"),
    [
        ([tool_input(1)], "complete", None, True),
        ([row(1, "cut"), row(2), tool_input(3, "continued", attempts=1)], "continued", "continued", True),
        ([correction(1), tool_input(1, "corrected"), hook(2, "tool_ended", outcome="ok")], "ok", "corrected", True),
        ([row(1, "cut")], "recovering", None, True),
        ([row(1, "cut"), row(2, outcome="given_up"), tool_input(2, "cut")], "cut", None, False),
        ([tool_input(1, "surfaced"), hook(1, "x", error="malformed_json", action="surfaced")], "refused", None, False),
        ([tool_input(1, "surfaced"), rejected(2)], "refused", None, False),
        ([hook(1, "input_rejected", reason="it holds INVALID_JSON")], "refused", None, False),
        ([hook(1, "input_rejected")], "refused", None, False),
        ([hook(1, "tool_started", size=5)], "running", None, True),
        ([hook(1, "tool_started"), hook(2, "tool_ended", outcome="failed", error_class="EACCES", size=7)], "failed", None, False),
        ([refused(2)], "failed", None, False),
        ([tool_input(1, "client_left")], "client_left", None, False),
        ([at(1, tool_use_id="t1", error="incomplete_json", bytes_received=9)], "refused", None, False),
        ([gateway(1, "something_new")], "unknown", None, True),
        ([{}], "unknown", None, True),
    ],
)
def test_how_it_went_in_a_word(records: list[dict[str, Any]], outcome: str, mended: str | None, is_well: bool) -> None:
    told = story(*records)
    assert (told.outcome, told.mended, told.is_well) == (outcome, mended, is_well)


def test_errors_are_named_once_and_attempts_counted() -> None:
    told = story(row(1, "cut"), row(2, attempt=2), row(3, error="stream_stalled", attempt=3), hook(4, "y", error="stream_stalled"))
    assert (told.errors, told.attempts, told.size) == (["network_interruption", "stream_stalled"], 3, 47)
    assert (story(rejected(1, attempt=3)).errors, story(rejected(1, attempt=3)).attempts) == (["malformed_json"], 0)
    assert (story(correction(1)).auto_fixed, story(correction(1), correction(2, auto_fixed=None)).auto_fixed) == (
        "dropped_trailing_comma",
    ) * 2


def test_sizes_come_from_whoever_knows_them() -> None:
    assert story(hook(1, "tool_ended", size=7, outcome="ok")).size == 7
    assert story(hook(1, "tool_started", size=5), hook(1, "tool_ended", size=7)).size == 5
    assert story(hook(1, "tool_started", size=5), hook(1, "e", error="x", bytes_received=7)).size == 5


def test_values_that_are_none_of_what_they_should_be_are_not_believed() -> None:
    wrong: dict[str, Any] = {
        "bytes": "many",
        "deltas": True,
        "chunks": 1.5,
        "duration_ms": "long",
        "first_chunk_ms": None,
        "attempts": None,
    }
    told = story(tool_input(1, **wrong) | {"target": 7, "outcome": 5}, {"tool": ["x"], "agent_from": 3, "timestamp": "then"})
    assert (told.size, told.deltas, told.chunks, told.streaming, told.input_outcome, told.target) == (None,) * 6


def test_an_input_without_a_time_of_its_own_begins_nowhere_else() -> None:
    told = story({**tool_input(1), "timestamp": "then"})
    assert told.began is None
    early = story(hook(0.5, "tool_started"), tool_input(2))
    assert early.began == pytest.approx(1795600800.5)
