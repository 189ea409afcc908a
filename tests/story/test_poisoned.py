"""A journal may be anybody's: whatever its records hold, they are told, and never a fault."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finestream.cli.journals import clock, date_and_time, iso
from finestream.story import Names, Stories, Story, arrived, candidates, row_of_record, row_of_story, tell
from finestream.story.joining import once
from finestream_hooks.glance import ended
from finestream_hooks.outcome import ago, latest

FIELDS = (
    *("timestamp", "event", "source", "stream", "session_id", "agent_id", "agent_from", "agent_to", "agent_type", "tool", "target"),
    *("tool_use_id", "INVALID_JSON", "after", "outcome", "error", "reason", "bytes", "bytes_received", "duration_ms", "latency_ms"),
    *("first_chunk_ms", "spans", "chunks", "changes", "changes_in_total", "attempt", "attempts", "tokens_used", "tokens_needed", "size"),
)
MOMENTS = ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "0000-01-01T00:00:00Z", "9999-99-99T99:99:99Z", "2026-11-25T10:00:00Z")
EVENTS = ("tool_input", "cut", "recovery", "correction", "tool_started", "tool_ended", "input_rejected", "subagent_started")
NUMBERS = st.sampled_from([10**400, -(10**400), 1e308, float("inf"), float("nan"), 0, -1, True])
VALUES = st.recursive(
    st.none() | NUMBERS | st.integers() | st.text(max_size=5) | st.sampled_from([*MOMENTS, *EVENTS, "t1"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["omitted", "before", "bytes"]), inner, max_size=2),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8).flatmap(
    lambda record: st.fixed_dictionaries(
        {}, optional={"timestamp": st.sampled_from(MOMENTS), "event": st.sampled_from(EVENTS), "tool_use_id": st.just("t1")}
    ).map(lambda usual: {**record, **usual})
)


@given(st.lists(RECORDS, min_size=1, max_size=4))
@example([{"timestamp": moment} for moment in MOMENTS])
@example([{"tool_use_id": "t1", "event": "tool_input", "outcome": ["x"], "INVALID_JSON": "{"}])
@example([{"tool_use_id": "t1", "event": "tool_input", "duration_ms": 10**400, "timestamp": MOMENTS[-1]}])
@example([{"tool_use_id": "t1", "event": "tool_ended", "latency_ms": 10**400}])
@example([{"tool_use_id": "t1", "event": "tool_input", "spans": [[[], 0, 1, "text", float("nan")]]}])
def test_whatever_stands_in_a_record_is_told(records: list[dict[str, Any]]) -> None:
    names = Names()
    stories = Stories(names)
    for record in records:
        stories.add(record)
        show(row_of_record(record, names).when)
    for entry in stories.entries:
        if isinstance(entry, Story):
            show(row_of_story(entry, names).when, entry.began, entry.ended)
    for found in candidates(records, "").values():
        assert list(tell(once(found), names, date_and_time))
        arrived(once(found))
    call = latest(records, None)
    assert call is None or ended(call, ago(call.moment, datetime.now(UTC).timestamp()), 80)


def show(*moments: float | None) -> None:
    for moment in moments:
        clock(moment)
        iso(moment)


@pytest.mark.parametrize("text", MOMENTS[:4])
def test_a_time_that_no_calendar_of_ours_has_is_none(text: str) -> None:
    assert row_of_record({"timestamp": text}, Names()).when is None
