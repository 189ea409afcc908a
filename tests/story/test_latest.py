"""The status line says the last thing that was mended or lost in this session, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.story import latest
from tests.story.records import at, correction, hook, row, tool_input

NOW = 1795600800.0


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([], "nothing to mend"),
        ([tool_input(1), hook(2, "tool_ended", outcome="ok"), at(3, event="session_started")], "nothing to mend"),
        ([hook(2, "tool_ended", outcome="failed")], "nothing to mend"),
        ([tool_input(1, "continued", attempts=1)], "continued Write docs/a.md (1 attempt) 11 s ago"),
        ([tool_input(1, "continued", attempts=2), hook(2, "tool_ended", outcome="ok")], "continued Write docs/a.md (2 attempts) 10 s ago"),
        ([correction(1), tool_input(1, "corrected")], "corrected Write docs/a.md 11 s ago"),
        ([row(1, "cut")], "mending Write (1 attempt) 11 s ago"),
        ([tool_input(1, "cut")], "lost Write docs/a.md 11 s ago"),
        ([tool_input(1, "surfaced")], "could not mend Write docs/a.md 11 s ago"),
        ([tool_input(1, "blind")], "did not watch Write docs/a.md 11 s ago"),
        ([hook(1, "x", error="malformed_json")], "refused by the client: Write 11 s ago"),
        ([tool_input(5, "cut", tool_use_id="t0"), tool_input(9, tool_use_id="t2")], "lost Write docs/a.md 7 s ago"),
        ([{**tool_input(1, "cut"), "timestamp": None}], "lost Write docs/a.md"),
        ([tool_input(1, "cut", session_id="s2")], "nothing to mend"),
        ([tool_input(1, "cut", session_id=None)], "lost Write docs/a.md 11 s ago"),
        ([tool_input(1, "cut", target="\x1b[31m" + "x" * 99)], "lost Write \\x1b[31m" + "x" * 45 + "… 11 s ago"),
    ],
)
def test_the_line(records: list[dict[str, Any]], line: str) -> None:
    assert latest(records, "s1", NOW + 12) == f"finestream: {line}"


def test_without_a_session_all_count() -> None:
    assert latest([tool_input(1, "cut", session_id="s2")], None, NOW + 1) == "finestream: lost Write docs/a.md 0 s ago"


@pytest.mark.parametrize(("seconds", "ago"), [(59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86400, "1 d"), (-100, "0 s")])
def test_how_long_ago(seconds: int, ago: str) -> None:
    assert latest([tool_input(0, "cut")], None, NOW + seconds).endswith(f" {ago} ago")
