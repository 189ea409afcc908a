"""The panel shows what the report says, on any terminal, and nothing that a record says is obeyed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from finestream.figures import Report, Span, Sums
from finestream.show.look import Look
from finestream.show.panel import NOT_MEASURED, Panel, percent
from tests.figures.strategies import sums
from tests.show.views import EVIL

LIMITS = {"first_chunk_seconds": 5.0, "incomplete_json_rate": 0.05, "fallback_rate": 0.1}
HANDOFFS = {"handoffs": 4, "first": 3_300_000, "saved": 6_700_000, "whole": 10_000_000}
QA = Sums(inputs=80, size=196_608, chunks=80, incomplete=4, retries=5, retried=4, rescued=3, rescued_at_once=2, fallbacks=1, **HANDOFFS)
MAIN = Sums(inputs=20, malformed=2, corrected=2)


def report(**agents: Sums) -> Report:
    return Report(Span(100, 200), agents, LIMITS, begins=100)


def drawn(shown: Report, width: int = 100, height: int | None = None, *, encoding: str = "utf-8", since: str | None = None) -> list[str]:
    return [row.plain for row in Panel(shown, "The last 24h", since).draw(Look(width, height, encoding))]


def line(rows: list[str], title: str) -> str:
    [found] = [row for row in rows if row.startswith(f"│   {title} ")]
    return found.strip("│ ")


def test_it_shows_each_figure() -> None:
    rows = drawn(report(qa=QA, main=MAIN))
    assert line(rows, "Latency reduction") == "Latency reduction 67% [█████████████░░░░░░░]  4 handoffs"
    assert line(rows, "First chunk after") == "First chunk after 825 ms ✅"
    assert line(rows, "Average chunk") == "Average chunk     2.4 KB  80 chunks"
    assert line(rows, "Incomplete JSON") == "Incomplete JSON   4.00% ✅  4 of 100 inputs"
    assert [row.strip("│ ") for row in rows if "Fallbacks" in row] == [
        "Fallbacks         1.00% ✅  1 of 100 inputs",
        "Fallbacks         1 (0% success)",
    ]
    assert line(rows, "QA") == "QA      67% [██████░░░░]  4 handoffs, 80 inputs"
    assert line(rows, "Main") == f"Main {NOT_MEASURED:17}  20 inputs"
    assert line(rows, "Auto-corrections") == "Auto-corrections  2 (100% success)"
    assert line(rows, "Retries") == "Retries           4 (75% success), 50% at the first"


def test_what_was_not_measured_is_said_to_be_so() -> None:
    rows = drawn(report())
    assert sum(NOT_MEASURED in row for row in rows) == 5
    assert sum(row.endswith(" none" + " " * (len(row) - row.index(" none") - 6) + "│") for row in rows if " none" in row) == 3
    assert not any("%" in row or "✅" in row for row in rows)


def test_an_alert_is_told_beside_the_figure_and_in_words() -> None:
    rows = drawn(report(qa=Sums(inputs=10, incomplete=1, fallbacks=2, handoffs=1, first=5_000_001, saved=1, whole=5_000_002)))
    assert line(rows, "First chunk after") == "First chunk after 5.0s 🚨"
    assert line(rows, "Incomplete JSON").startswith("Incomplete JSON   10% 🚨")
    alerts = [row.strip("│ ") for row in rows if " above " in row]
    assert alerts == ["🚨 The first chunk comes late: above 5.0s", "🚨 Incomplete JSON: above 5%", "🚨 Fallbacks: above 10%"]


def test_it_says_what_is_missing() -> None:
    shown = Report(Span(0, 9), {}, LIMITS, damaged=1)
    assert [row.strip("│ ") for row in drawn(shown, since="10:00:00")[-3:-1]] == [
        "The journal begins at 10:00:00.",
        "1 line is damaged and left out.",
    ]
    assert any("1,200 lines are damaged" in row for row in drawn(Report(Span(0, 9), {}, LIMITS, damaged=1200)))


@given(
    agents=st.dictionaries(st.sampled_from(("qa", EVIL, "日本語のエージェント" * 9, "x" * 300, "e\u0301", "")), sums()),
    width=st.integers(20, 300),
    height=st.none() | st.integers(1, 60),
    encoding=st.sampled_from(("utf-8", "ascii", "latin-1")),
)
def test_it_fits_whatever_there_is_to_show(agents: dict[str, Sums], width: int, height: int | None, encoding: str) -> None:
    rows = drawn(Report(Span(0, 9), agents, LIMITS, damaged=3), width, height, encoding=encoding, since="10:00")
    assert {cell_len(row) for row in rows} == {min(width, 100)}
    assert height is None or len(rows) <= height
    text = "".join(rows)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", text)
    text.encode(encoding)


def test_where_room_is_short_the_agents_of_which_least_is_known_fold_first() -> None:
    shown = report(**{f"agent{number}": Sums(inputs=number) for number in range(1, 30)}, qa=QA)
    full = drawn(shown)
    assert len(full) > 45
    many = {f"agent{number}": Sums(inputs=1) for number in range(2000)}
    assert any("and 1970 agents" in row.replace(",", "") for row in drawn(report(**many)))
    rows = drawn(shown, height=24)
    assert len(rows) <= 24
    assert line(rows, "QA") and any(re.search(r"and 2\d agents more", row) for row in rows)
    assert any("30 agents" in row for row in drawn(shown, height=16))
    assert len(drawn(shown, height=5)) == 5


def test_in_ascii_the_frame_is_ascii() -> None:
    rows = drawn(report(qa=QA), encoding="ascii")
    assert rows[0] == "+" + "-" * 98 + "+"
    assert any("67% [######....]" in row for row in rows) and any("4.00%" not in row and " ok" in row for row in rows)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        *((0, "0%"), (1, "100%"), (0.0002, "0.02%"), (0.00001, "<0.01%"), (0.0999, "9.99%"), (0.666, "67%"), (0.98999, "99%")),
        *((0.99, "99.00%"), (0.99999, "99.99%"), (-0.02, "-2.00%"), (-3.5, "-350%"), (1.01, "101%")),
    ],
)
def test_shares(share: float, text: str) -> None:
    assert percent(share) == text
