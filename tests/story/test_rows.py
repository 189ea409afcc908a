"""A line of the table says what happened, and nothing in it can disturb the table."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.story import Names, Row, Story, row_of_record, row_of_story
from finestream.story.rows import duration
from tests.story.records import at, correction, gateway, hook, refused, row, tool_input


def line(*records: dict[str, Any], names: Names | None = None) -> Row:
    story = Story("t1")
    for record in records:
        story.add(record)
    return row_of_story(story, names or Names())


def test_a_call_in_a_line() -> None:
    told = line(tool_input(2, agent_to="b2"), hook(3, "tool_ended", outcome="ok"), names=Names({"b2": "qa"}))
    assert told == Row(1795600801.0, "writer → qa", "Write docs/a.md", "100", "1.0 s", "ok", "t1", "well")


@pytest.mark.parametrize(
    ("records", "outcome", "mood"),
    [
        ([tool_input(1, "continued", attempts=1)], "continued (1 attempt)", "mended"),
        ([tool_input(1, "continued", attempts=2), hook(2, "tool_ended", outcome="ok")], "continued (2 attempts), ok", "mended"),
        ([tool_input(1, "continued")], "continued", "mended"),
        ([correction(1), tool_input(1, "corrected")], "corrected (dropped_trailing_comma)", "mended"),
        ([hook(2, "tool_ended", outcome="failed", error_class="EACCES")], "failed, EACCES", "bad"),
        ([refused(2)], "failed, no_match", "bad"),
        ([tool_input(1, "surfaced"), hook(2, "x", error="malformed_json")], "refused, malformed_json", "bad"),
        ([hook(1, "tool_started")], "running", "well"),
    ],
)
def test_how_it_went(records: list[dict[str, Any]], outcome: str, mood: str) -> None:
    told = line(*records)
    assert (told.outcome, told.mood) == (outcome, mood)


def test_what_is_not_known_is_left_empty() -> None:
    assert line({}) == Row(None, "", "?", "", "", "unknown", "t1", "well")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (row(1), Row(1795600801.0, "a17", "recovery Write", "47", "", "network_interruption, recovered, continue", "t1", "mended")),
        (gateway(1, "blind", reason="why", tool=None, tool_use_id=None), Row(1795600801.0, "a17", "blind", "", "", "why", "8080-1", "bad")),
        (at(1, event="session_started"), Row(1795600801.0, "", "session_started", "", "", "", "", "well")),
        (at(1, error="incomplete_json"), Row(1795600801.0, "", "incomplete_json", "", "", "", "", "bad")),
        (at(1, event="tool_ended", size=5, latency_ms=12), Row(1795600801.0, "", "tool_ended", "5", "12 ms", "", "", "well")),
        (
            at(1, event="tool_ended", outcome="failed", error="call_refused", error_class="stale"),
            Row(1795600801.0, "", "tool_ended", "", "", "call_refused, failed, stale", "", "bad"),
        ),
        ({}, Row(None, "", "record", "", "", "", "", "well")),
    ],
)
def test_a_record_in_a_line(record: dict[str, Any], told: Row) -> None:
    assert row_of_record(record, Names()) == told


def test_foreign_text_is_made_harmless_and_short() -> None:
    bad = "\x1b[2J\n" + "x" * 500
    for told in (
        line(tool_input(1, bad, tool=bad, target=bad, agent_to=bad)),
        row_of_record(at(1, event=bad, tool=bad, reason=bad), Names()),
    ):
        cells = [cell for cell in told if isinstance(cell, str)]
        assert not any("\x1b" in cell or "\n" in cell or len(cell) > 120 for cell in cells)


@pytest.mark.parametrize(("milliseconds", "told"), [(None, ""), (0, "0 ms"), (999.4, "999 ms"), (1000, "1.0 s"), (61250, "61.2 s")])
def test_durations(milliseconds: float | None, told: str) -> None:
    assert duration(milliseconds) == told
