"""Rows of the journal on a terminal. SHELL: rich lives here. Its one law: a cell is text, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from finestream.story import Row

Clock = Callable[[float | None], str]
"""Seconds since 1970, or None -> the time as the reader's clock shows it."""

_STYLES = {"well": "", "mended": "green", "bad": "red"}
_WIDE = 140  # columns; a narrower terminal gets the end of an id, which `finestream logs show` takes as well
_SHORT_ID = 10
_NARROW = 80  # columns; below, a table has no room for what a call was about


def print_table(rows: Iterable[Row], clock: Clock, console: Console) -> None:
    """Print rows under a head, or on a narrow terminal each by itself."""
    if console.width < _NARROW:
        for row in rows:
            console.print(_line(row, clock, console.width))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("time", "agent", "call"):
        table.add_column(name, overflow="fold")
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    table.add_column("outcome", overflow="fold")
    table.add_column("id", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, clock, console.width))
    console.print(table)


def print_line(row: Row, clock: Clock, console: Console) -> None:
    """Print one row that cannot wait for the others, so that no column knows its width."""
    console.print(_line(row, clock, console.width), soft_wrap=True)


def _line(row: Row, clock: Clock, width: int) -> Text:
    when, agents, what, size, took, outcome, name = _cells(row, clock, width)
    figures = ", ".join(text.plain for text in (Text(f"{size.plain} bytes" if size.plain else ""), took) if text.plain)
    parts = [when, agents, what, Text(f"({figures})" if figures else ""), outcome, name]
    return Text("  ").join(part for part in parts if part.plain)


def _cells(row: Row, clock: Clock, width: int) -> tuple[Text, ...]:
    name = row.id if width >= _WIDE or len(row.id) <= _SHORT_ID else row.id[-_SHORT_ID:]
    style = _STYLES[row.mood]
    return (
        Text(clock(row.when), "dim"),
        Text(row.agents),
        Text(row.what),
        Text(row.size),
        Text(row.took, "dim"),
        Text(row.outcome, style),
        Text(name, "dim"),
    )
