"""A report is told as data, read back, and compared value by value."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from finestream.cli.measuring import utc
from finestream.figures.report import Report, checks, renamed, span_told
from finestream.figures.sums import Span, Sums

SPAN = Span(29_000_000, 29_000_060)
AGENTS = {"qa": Sums(inputs=3, incomplete=1), "main": Sums(inputs=1, fallbacks=1)}
REPORT = Report(SPAN, AGENTS, {"incomplete_json_rate": 0.05, "fallback_rate": 0.5}, begins=SPAN.first + 1, damaged=2)


def data(report: Report = REPORT) -> dict[str, Any]:
    """As it comes back from a file."""
    told: dict[str, Any] = json.loads(json.dumps(report.data(utc)))
    return told


def test_it_tells_figures_and_counts_of_all_and_of_each() -> None:
    told = data()
    assert (told["figures"]["incomplete_json_rate"], told["counts"]["inputs"], told["damaged_lines"]) == (0.25, 4, 2)
    assert list(told["agents"]) == ["main", "qa"]
    assert told["agents"]["main"]["figures"]["fallback_rate"] == 1.0
    assert told["alerts"] == [{"figure": "incomplete_json_rate", "value": 0.25, "limit": 0.05}]
    assert (told["from"], told["to"]) == ("2025-02-19T21:20:00.000Z", "2025-02-19T22:20:59.000Z")
    assert told["journal_begins"] == "2025-02-19T21:21:00.000Z"
    assert data(replace(REPORT, begins=None))["journal_begins"] is None


def test_its_span_is_read_back() -> None:
    assert span_told(data()) == SPAN
    assert span_told({"from": "x", "to": data()["to"]}) is None


def test_whether_it_reaches_back_is_told_by_what_came_before() -> None:
    assert [replace(REPORT, begins=begins).reaches_back for begins in (None, SPAN.first, SPAN.first + 1)] == [False, True, False]


def test_agents_with_one_name_are_one() -> None:
    agents = {"a1": Sums(inputs=1), "a2": Sums(inputs=2), "main": Sums(inputs=4), "qa": Sums(inputs=8)}
    assert renamed(agents, {"a1": "qa", "a2": "qa"}) == {"qa": Sums(inputs=11), "main": Sums(inputs=4)}


def test_every_value_is_compared() -> None:
    told = data()
    assert all(check.is_same for check in checks(told, data()))
    told["figures"]["fallback_rate"] = 0
    told["agents"]["qa"]["counts"]["inputs"] = 4
    told["agents"]["nobody"] = {"counts": {"inputs": 1}}
    del told["agents"]["main"]
    told["damaged_lines"] = True
    wrong = {check.name: (check.told, check.found) for check in checks(told, data(replace(REPORT, damaged=1))) if not check.is_same}
    assert wrong["figures.fallback_rate"] == (0, 0.25)
    assert wrong["agents.qa.counts.inputs"] == (4, 3)
    assert wrong["agents.nobody.counts.inputs"] == (1, "absent")
    assert wrong["agents.main.counts.fallbacks"] == ("absent", 1)
    assert wrong["damaged_lines"] == (True, 1)
