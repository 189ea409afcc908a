"""A table shows what it is given, on terminals of any width, and takes no text for markup."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from finestream.show.table import print_line, print_table
from finestream.story import Row

ROW = Row(5.0, "main → qa", "Write docs/[bold]a.md", "1,234", "1.5 s", "continued (1 attempt), ok", "toolu_0123456789abcdef", "mended")
EMPTY = Row(None, "", "session_started", "", "", "", "", "well")


def clock(moment: float | None) -> str:
    return "" if moment is None else f"at {moment:g}"


def printed(width: int, *, is_line: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    if is_line:
        for row in (ROW, EMPTY):
            print_line(row, clock, console)
    else:
        print_table([ROW, EMPTY], clock, console)
    return out.getvalue()


def test_a_wide_terminal_shows_everything() -> None:
    lines = printed(160).splitlines()
    assert [name.strip() for name in lines[0].split("  ") if name.strip()] == ["time", "agent", "call", "bytes", "took", "outcome", "id"]
    assert lines[2].split("   ")[:3] == ["at 5", "main → qa", "Write docs/[bold]a.md"]
    assert "continued (1 attempt), ok" in lines[2] and lines[2].rstrip().endswith("toolu_0123456789abcdef")
    assert "session_started" in lines[3]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_one_shows_the_end_of_the_id_and_loses_no_figure(width: int) -> None:
    text = printed(width)
    assert "6789abcdef" in text and "toolu_" not in text
    assert "1,234" in text and "1.5 s" in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [20, 40, 79])
def test_where_no_table_has_room_each_row_is_a_line_that_loses_nothing(width: int) -> None:
    lines = printed(width).splitlines()
    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "main → qa" in said and "Write docs/[bold]a.md" in said and "continued (1 attempt), ok" in said and "6789abcdef" in said
    assert "session_started" in said


def test_a_line_by_itself() -> None:
    assert printed(160, is_line=True).splitlines() == [
        "at 5  main → qa  Write docs/[bold]a.md  (1,234 bytes, 1.5 s)  continued (1 attempt), ok  toolu_0123456789abcdef",
        "session_started",
    ]
