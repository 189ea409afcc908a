"""``finestream bench handoffs``: its table says what was recorded, and wrong questions are answered before anything is started."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.cli.bench import _table
from finestream.cli.main import main
from finestream.workflow.rehearsal import Pacing


def way(makespan: float, *firsts: float) -> dict[str, Any]:
    return {"starting": 1.0, "makespan": makespan, "handoffs": [{"first": first, "whole": 9.0} for first in firsts]}


ROW = {
    "flow": "Quick Flow",
    "bytes": 4096,
    "claim": (8.0, 2.0),
    "is_exact": True,
    "agents": 4,
    "buffered": way(40.0, 8.0, 10.0, 12.0),
    "streamed": way(24.0, 1.0, 2.5, 4.0),
    "bound": {"perfect": 16.0, "starting": 20.0},
}


def test_the_table_says_what_was_recorded() -> None:
    lines = list(_table([ROW], Pacing(0.5, 500.0)))
    assert lines[0].startswith("The model: 0.5 s to the first token, 500 tokens/s")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert rows[2] == ["Quick Flow", "4", "4096", "10.00", "2.50", "75%", "4.00", "75%"]
    assert rows[5] == ["Quick Flow", "40.0", "24.0", "16.0", "20.0", "1.20", "8.0", "2.0"]
    assert [len(row) for row in rows[:3]] == [8] * 3
    assert [len(row) for row in rows[3:]] == [8] * 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nosuch"], "'nosuch' is not one of 'quick', 'standard', 'enterprise', 'single'."),
        (["quick", "--pacing", "fast"], "must be such as 0.3,300"),
        (["quick", "--pacing", "nan,1"], "not 'nan,1'"),
    ],
)
def test_a_wrong_question_starts_nothing(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "handoffs", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, expected in err) == ("", True)
