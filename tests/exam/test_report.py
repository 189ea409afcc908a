"""The result told: counted right, and put where the page wants it."""

from __future__ import annotations

import json

import pytest

from finestream.exam.grading import Grade, Verdict
from finestream.exam.report import BEGIN, END, Sheet, cell, data, line, place, read, surroundings, table, totals, troubles
from finestream.exam.scenarios import scenarios

GOOD = Grade(Verdict.EXACT, False, "", requests=2, tokens=100, cost=1.0, seconds=1.25, is_recoverable=True)
DEAR = GOOD._replace(again=True, requests=3, cost=1.504)
TOLD = GOOD._replace(verdict=Verdict.SAFE, why="known", is_recoverable=False)
BAD = GOOD._replace(verdict=Verdict.WRONG, why="a wrong file")

OURS = Sheet("ours", "1.0", {"a": GOOD, "b": GOOD, "c": TOLD})
THEIRS = Sheet("none", "", {"a": DEAR, "b": BAD, "c": TOLD})


def test_what_a_gateway_has_missed() -> None:
    assert not OURS.has_missed
    assert THEIRS.has_missed
    assert all(Sheet("x", "", {"a": GOOD._replace(verdict=verdict)}).has_missed for verdict in (Verdict.HANG, Verdict.VOID))


def test_recoverable_is_saved_only_when_exact_and_not_again() -> None:
    assert OURS.saved == (2, 2)
    assert THEIRS.saved == (0, 2)


def test_a_row_for_each_scenario_and_a_column_for_each_gateway() -> None:
    assert list(table([OURS, THEIRS])) == [
        "| scenario | ours 1.0 | none |",
        "|---|---|---|",
        "| `a` | exact 2 1.00 | exact ↻ 3 1.50 |",
        "| `b` | exact 2 1.00 | WRONG 2 1.00 |",
        "| `c` · | safe 2 1.00 | safe 2 1.00 |",
    ]


def test_the_totals() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in totals([OURS, THEIRS]) if " | " in row)
    assert rows == {
        "of 3 scenarios": "ours 1.0 | none",
        "exact": "2 | 1",
        "safe": "1 | 1",
        "WRONG": "0 | 1",
        "HANG": "0 | 0",
        "VOID": "0 | 0",
        "recoverable, and exact without the whole call again": "2 of 2 (100%) | 0 of 2 (0%)",
        "meanwhile the gateway ceased to answer anybody": "0 | 0",
        "whole call generated again": "0 | 1",
        "requests": "6 | 7",
        "output tokens of tool inputs": "300 | 300",
        "seconds, all sessions together": "4 | 4",
    }


def test_nothing_recoverable_is_no_share() -> None:
    assert any(row == "| recoverable, and exact without the whole call again | - |" for row in totals([Sheet("x", "", {"c": TOLD})]))


def test_what_went_wrong_is_told_in_words() -> None:
    assert list(troubles([OURS, THEIRS])) == ["none: b: WRONG: a wrong file"]
    assert line("ours 1.0", "a", GOOD) == "ours 1.0: a: exact, 2 requests, 1.00 of the output, 1.2 s"
    assert line("none", "b", DEAR._replace(why="x")) == "none: b: exact, 3 requests, 1.50 of the output, the whole call again, 1.2 s: x"


def test_a_grade_is_data() -> None:
    assert data("none", "b", BAD) == {
        "gateway": "none",
        "scenario": "b",
        "verdict": "wrong",
        "recoverable": True,
        "again": False,
        "requests": 2,
        "output_tokens": 100,
        "of_meant": 1.0,
        "seconds": 1.25,
        "died": False,
        "why": "a wrong file",
    }
    assert cell(BAD) == "WRONG 2 1.00"


def test_a_gateway_that_died_has_missed_something() -> None:
    dead = GOOD._replace(died=True)
    assert Sheet("x", "", {"a": dead}).has_missed
    assert cell(dead._replace(again=True)) == "exact ↻ † 2 1.00"
    assert line("x", "a", dead) == "x: a: exact, 2 requests, 1.00 of the output, 1.2 s, after the gateway had to be started anew"


def test_data_can_be_read_again() -> None:
    sheets = [OURS, Sheet("none", "", {"a": DEAR._replace(cost=1.5), "b": BAD, "c": TOLD._replace(died=True)})]
    lines = [json.dumps({**data(sheet.title, name, grade), "more": 1}) for sheet in sheets for name, grade in sheet.grades.items()]
    found = read(lines)
    assert [sheet.grades for sheet in found] == [sheet.grades for sheet in sheets]
    assert [sheet.title for sheet in found] == ["ours 1.0", "none"]
    assert read(lines[:3]) == found[:1]


def test_what_is_read_stands_in_the_order_of_the_scenarios() -> None:
    names = [scenario.name for scenario in scenarios()][:4]
    lines = [json.dumps(data("x", name, GOOD)) for name in ("of an older exam", *reversed(names))]
    (sheet,) = read(lines)
    assert list(sheet.grades) == [*names, "of an older exam"]


@pytest.mark.parametrize(
    "more",
    [
        *({"verdict": 5}, {"verdict": "fine"}, {"gateway": []}, {"scenario": None}, {"why": 1}, {"again": 2**70}, {"died": "no"}),
        *(
            {"requests": "x"},
            {"of_meant": None},
            {"seconds": float("inf")},
            {"output_tokens": 10**400},
            {"requests": True},
            {"seconds": -1},
        ),
    ],
)
def test_a_grade_that_cannot_be_told_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="line 1 is no result of an exam"):
        read([json.dumps({**data("x", "a", GOOD), **more})])


@pytest.mark.parametrize(
    "lines", [[], ["{}"], ["[]"], ["[" * 99_999], ["no"], [json.dumps(data("x", "a", GOOD)), json.dumps(data("y", "b", GOOD))]]
)
def test_what_is_no_data_is_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"line 1 is no result|not the same scenarios"):
        read(lines)


def test_the_tables_go_between_the_marks() -> None:
    page = f"Before.\n\n{BEGIN}\n\nold\n\n{END}\n\nAfter.\n"
    placed = place(page, [OURS], "(today)")
    assert placed.startswith(f"Before.\n\n{BEGIN}\n\n| of 3 scenarios | ours 1.0 |\n")
    assert placed.endswith(f"\n\n(today)\n\n{END}\n\nAfter.\n")
    assert "old" not in placed
    assert place(placed, [OURS], "(today)") == placed
    assert "\n\n- none: b: WRONG: a wrong file\n\n" in place(page, [OURS, THEIRS], "(today)")


@pytest.mark.parametrize("page", ["", BEGIN, f"{END} {BEGIN}"])
def test_a_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="there are no lines"):
        surroundings(page)
