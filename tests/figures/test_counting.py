"""Each record counts by itself, for what docs/metrics.md says; a line counts for what its record does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from finestream.figures.counting import UNKNOWN, count, count_at_once, may_count, named
from finestream.figures.sums import Place, Sums, minute_of
from finestream.journal.journal import _line
from finestream.story import parse_moment
from finestream_hooks.jsontext import spell
from tests.figures.strategies import records
from tests.story.records import at, correction, gateway, hook, row, tool_input

MINUTE = minute_of(parse_moment("2026-11-25T10:00:00Z") or 0)


def counted(record: dict[str, Any]) -> Sums:
    found = count(record)
    assert found
    return found[1]


def given_input(outcome: str, **figures: Any) -> Sums:
    return counted(tool_input(1, outcome, **{"cuts": 0, "fallbacks": 0, **figures}))


def test_a_healthy_input_counts_where_and_when_it_came() -> None:
    assert count(tool_input(59)) == (Place(MINUTE, "a17"), Sums(inputs=1, size=100, chunks=2))
    assert count({**tool_input(1), "timestamp": "yesterday"}) is None
    assert count(at(1, event="tool_input", outcome="complete")) == (Place(MINUTE, UNKNOWN), Sums(inputs=1))


@pytest.mark.parametrize(
    ("outcome", "figures", "sums"),
    [
        ("continued", {"attempts": 1, "cuts": 1}, {"incomplete": 1, "retries": 1, "retried": 1, "rescued": 1, "rescued_at_once": 1}),
        ("corrected", {"attempts": 3, "cuts": 2}, {"incomplete": 1, "retries": 3, "retried": 1, "rescued": 1}),
        ("surfaced", {"attempts": 1, "cuts": 1}, {"incomplete": 1, "retries": 1, "retried": 1}),
        ("cut", {}, {"incomplete": 1}),
        ("surfaced", {}, {}),
        ("surfaced", {"cuts": 1}, {"incomplete": 1}),
        ("complete", {"attempts": 2, "cuts": 1, "fallbacks": 1}, {"fallbacks": 1, "fallbacks_whole": 1, "incomplete": 1, "retries": 2}),
        ("cut", {"attempts": 2, "cuts": 1, "fallbacks": 2}, {"fallbacks": 1, "incomplete": 1, "retries": 2, "retried": 1}),
    ],
)
def test_an_input_counts_for_what_became_of_it(outcome: str, figures: dict[str, int], sums: dict[str, int]) -> None:
    found = given_input(outcome, **figures)
    wanted = {"inputs": 1, "size": 100, "chunks": 2, **sums}
    if outcome == "complete":
        wanted |= {"retried": 1, "rescued": 1}
    assert found == Sums(**wanted)


def test_what_nobody_saw_the_end_of_counts_for_nothing_else() -> None:
    assert given_input("blind", cuts=1, attempts=1) == given_input("client_left") == Sums(unwatched=1)
    assert count(tool_input(1, "odd")) is None


def test_an_input_without_a_chunk_has_no_part_in_their_size() -> None:
    assert given_input("complete", chunks=0) == Sums(inputs=1)


def test_corrections_count_where_something_was_malformed() -> None:
    assert counted(correction(1)) == Sums(malformed=1, corrected=1)
    assert counted(correction(1, outcome="surfaced")) == Sums(malformed=1)
    assert count(correction(1, outcome="odd")) is None
    assert count(correction(1, outcome="surfaced", error="incomplete_json")) is None


def test_a_request_sent_again_before_anything_had_come_is_told_apart() -> None:
    assert counted(gateway(1, "retry", error="stream_error", outcome="pending")) == Sums(repeated=1)


def test_other_records_count_for_nothing() -> None:
    assert [count(record) for record in (row(1), row(1, "cut"), hook(1, "tool_started"), {"event": ["tool_input"]}, {})] == [None] * 5


@given(records())
def test_a_line_counts_for_what_its_record_does(record: dict[str, Any]) -> None:
    line = _line(record)
    for ending in (b"", b"\n"):
        at_once = count_at_once(line + ending)
        assert at_once is None or (at_once[0], Sums(1, size=at_once[1], chunks=at_once[2])) == count(record)
        assert may_count(line + ending) or count(record) is None


def test_most_lines_need_not_be_parsed() -> None:
    record = tool_input(1)
    del record["attempts"], record["spans"], record["outcome"]
    line = _line({**record, "attempts": 0, "cuts": 0, "fallbacks": 0, "spans": [[["a"], 1, 2, "text", 2.0]], "outcome": "complete"})
    assert count_at_once(line) == (Place(MINUTE, "a17"), 100, 2)
    assert count_at_once(line.replace(b"2026-11", b"2026-13")) is None
    assert count_at_once(line[:-1]) is None
    assert count_at_once(line.replace(b'"chunks": 2', b'"chunks": 0')) == (Place(MINUTE, "a17"), 0, 0)


def test_lines_of_no_interest_are_told_by_their_event() -> None:
    compact = [spell({"timestamp": "x", **record}).encode() for record in (hook(1, "tool_started"), hook(1, "subagent_started"))]
    assert [may_count(line) for line in compact] == [False, True]
    assert [may_count(line) for line in (_line(row(1)), _line(correction(1)), b'{"even', b"\n")] == [False, True, True, True]
    text = json.dumps({"event": "correction", "INVALID_JSON": ', "event": "cut"'}).encode()
    assert may_count(text)


def test_agents_are_named_by_records_that_tell_both() -> None:
    assert named(hook(1, "subagent_started", agent_type="qa")) == ("a17", "qa")
    assert named(hook(1, "subagent_started", agent_type="")) is None
    assert named({"agent_id": 7, "agent_type": "qa"}) is None


def test_a_name_with_half_a_character_can_be_kept() -> None:
    counted = count(tool_input(1, agent_from="a\ud800b"))
    assert counted and counted[0].agent == "a?b"
    assert named({"agent_id": "\ud800", "agent_type": "qa\udfff"}) == ("?", "qa?")
