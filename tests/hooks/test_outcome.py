"""The status line says the last thing that was mended or lost in this session, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.story import parse_moment
from finestream_hooks.glance import ended
from finestream_hooks.outcome import ago, latest, seconds_of
from tests.story.records import at, correction, hook, refused, rejected, row, tool_input

NOW = 1795600800.0


def said(records: list[dict[str, Any]], session: str | None, now: float) -> str | None:
    call = latest(records, session)
    return ended(call, ago(call.moment, now), 100).removeprefix("finestream: ") if call else None


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([], None),
        ([tool_input(1), hook(2, "tool_ended", outcome="ok"), at(3, event="session_started")], None),
        ([hook(2, "tool_ended", outcome="failed")], None),
        ([refused(2)], None),
        ([tool_input(1, "continued", attempts=1)], "continued Write docs/a.md (1 attempt) 11 s ago"),
        ([tool_input(1, "continued", attempts=2), hook(2, "tool_ended", outcome="ok")], "continued Write docs/a.md (2 attempts) 10 s ago"),
        ([row(1, "cut"), row(2, attempt=2), tool_input(2, "continued")], "continued Write docs/a.md (2 attempts) 10 s ago"),
        ([correction(1), tool_input(1, "corrected")], "corrected Write docs/a.md 11 s ago"),
        ([row(1, "cut")], "mending Write (1 attempt) 11 s ago"),
        ([row(1, "cut"), row(2, outcome="given_up")], None),
        ([tool_input(1, "cut")], "lost Write docs/a.md 11 s ago"),
        ([tool_input(1, "surfaced")], "could not mend Write docs/a.md 11 s ago"),
        ([tool_input(1, "blind")], "did not watch Write docs/a.md 11 s ago"),
        ([hook(1, "x", error="malformed_json")], "refused by the client: Write 11 s ago"),
        ([row(1, "cut"), tool_input(1, "cut"), rejected(2)], "refused by the client: Write docs/a.md 10 s ago"),
        ([tool_input(5, "cut", tool_use_id="t0"), tool_input(9, tool_use_id="t2")], "lost Write docs/a.md 7 s ago"),
        ([{**tool_input(1, "cut"), "timestamp": None}], "lost Write docs/a.md"),
        ([tool_input(1, "cut", session_id="s2")], None),
        ([tool_input(1, "cut", session_id=None)], "lost Write docs/a.md 11 s ago"),
        ([tool_input(1, "cut", tool=5, target=["x"], attempts="many")], "lost  11 s ago"),
    ],
)
def test_the_line(records: list[dict[str, Any]], line: str | None) -> None:
    assert said(records, "s1", NOW + 12) == line


def test_without_a_session_all_count_each_by_itself() -> None:
    assert said([tool_input(1, "cut", session_id="s2")], None, NOW + 1) == "lost Write docs/a.md 0 s ago"
    same_id = [tool_input(1, "cut", session_id="s2"), tool_input(3, session_id="s1"), hook(4, "tool_ended", outcome="ok")]
    assert said(same_id, None, NOW + 5) == "lost Write docs/a.md 4 s ago"


@pytest.mark.parametrize(("seconds", "told"), [(59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86400, "1 d"), (-100, "0 s")])
def test_how_long_ago(seconds: int, told: str) -> None:
    assert ago("2026-11-25T10:00:00.000Z", NOW + seconds) == f" {told} ago"


@pytest.mark.parametrize(
    "moment", ["1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2026-03-01T00:00:00.500Z", "2100-12-31T12:34:56.789Z"]
)
def test_a_moment_is_that_of_the_journal(moment: str) -> None:
    assert seconds_of(moment) == pytest.approx(parse_moment(moment), abs=1e-6)


@pytest.mark.parametrize(
    "moment", ["", "yesterday", "2026-11-25", "2026-xx-25T10:00:00.000Z", "2026-11-25T10:00:nan", "2026-11-25T10:00:inf"]
)
def test_what_is_no_moment_is_no_time_ago(moment: str) -> None:
    assert ago(moment, NOW) == ""
