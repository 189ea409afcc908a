"""docs/exam.md shows this exam: each scenario, each verdict, the gateways in the versions that are pinned, and totals that add up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from finestream.exam.candidates import PRESETS
from finestream.exam.grading import Verdict
from finestream.exam.report import AGAIN, surroundings
from finestream.exam.scenarios import play, scenarios
from finestream.exam.scenes import Stage

PAGE = (Path(__file__).parents[2] / "docs" / "exam.md").read_text(encoding="utf-8")
BEFORE, AFTER = surroundings(PAGE)
TABLES = PAGE[len(BEFORE) : -len(AFTER)].strip().split("\n\n")
STAGE = Stage("key", "/tmp/project", 0)


def rows(table: str) -> list[list[str]]:
    """The cells of a table, its head first."""
    lines = [line.strip("|").split("|") for line in table.splitlines() if not line.startswith("|---")]
    return [[cell.strip() for cell in line] for line in lines]


TOTALS = {name: cells for name, *cells in rows(TABLES[0])}
HEAD, *GRADES = rows(next(table for table in TABLES if table.startswith("| scenario |")))
GATEWAYS = HEAD[1:]


def test_each_scenario_is_in_the_table_and_marked_as_it_is() -> None:
    shown = {name: "" if play(scenario, STAGE).is_recoverable else " ·" for scenario in scenarios() for name in [scenario.name]}
    assert [row[0] for row in GRADES] == [f"`{name}`{mark}" for name, mark in shown.items()]


def test_the_gateways_are_those_that_are_pinned() -> None:
    names = {candidate.name: f"{candidate.name} {candidate.version}".strip() for candidate in PRESETS.values()}
    assert [title.partition(" ")[0] for title in GATEWAYS] == list(names)
    assert [title for title in GATEWAYS if not title.startswith("finestream ")] == [names[name] for name in names if name != "finestream"]


@pytest.mark.parametrize("column", range(len(GATEWAYS)), ids=GATEWAYS)
def test_the_totals_are_those_of_the_table(column: int) -> None:
    cells = {row[0]: row[column + 1].split() for row in GRADES}
    for verdict in Verdict:
        assert TOTALS[verdict.value][column] == str(sum(cell[0] == verdict.value for cell in cells.values()))
    assert TOTALS["requests"][column] == str(sum(int(cell[-2]) for cell in cells.values()))
    assert TOTALS["whole call generated again"][column] == str(sum(AGAIN in cell for cell in cells.values()))
    recoverable = [cell for name, cell in cells.items() if not name.endswith("·")]
    saved = sum(cell[0] == "exact" and AGAIN not in cell for cell in recoverable)
    share = TOTALS["recoverable, and exact without the whole call again"][column]
    assert share == f"{saved} of {len(recoverable)} ({saved / len(recoverable):.0%})"


def test_finestream_passes() -> None:
    """What this project demands of itself; a page on which it does not may not be shown as if it did."""
    column = next(place for place, title in enumerate(GATEWAYS) if title.startswith("finestream "))
    assert [TOTALS[verdict.value][column] for verdict in (Verdict.WRONG, Verdict.HANG, Verdict.VOID)] == ["0", "0", "0"]
    saved, recoverable = re.findall(r"\d+", TOTALS["recoverable, and exact without the whole call again"][column])[:2]
    assert int(saved) >= 0.9 * int(recoverable)


def test_the_page_says_what_each_verdict_means_and_what_made_it() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", BEFORE, re.MULTILINE)) == {verdict.value for verdict in Verdict}
    assert re.search(r"Claude Code \d+\.\d+\.\d+, .*seed \d+: `finestream exam --gateway none .*--markdown docs/exam.md`\)$", TABLES[-1])
