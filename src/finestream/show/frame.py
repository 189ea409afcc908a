"""A picture on a terminal that is drawn over again. SHELL. Its one law: a drawing takes the place of the one before, and of nothing else.

rich's own Live loses its place when the terminal becomes narrower: what it has drawn then stands in more rows than it remembers.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.text import Text

from finestream.show.look import Look

Draw = Callable[[Look], list[Text]]

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"  # the cursor
_CLEAR_LINE, _CLEAR_BELOW = "\x1b[K", "\x1b[J"
_FALLBACK = (80, 24)


def give_back(stream: TextIO) -> None:
    """Show the cursor of a terminal again, past every buffer: for a process that ends at once."""
    with suppress(OSError, ValueError):
        if stream.isatty():
            os.write(stream.fileno(), _SHOW.encode())


class Frame:
    """The lines above the cursor."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console = Console(file=stream, force_terminal=True, highlight=False, legacy_windows=False)
        self._widths: list[int] = []

    def draw(self, draw: Draw, aside: str = "") -> None:
        """Draw what fits into the terminal as it is now, below whole lines that others had to say."""
        columns, lines = self._size()
        self._put(draw(Look(columns, max(1, lines - 1), self._encoding)), columns, _HIDE, aside)

    def finish(self, draw: Draw, aside: str = "") -> None:
        """Draw it for the last time, and whole; it stays."""
        columns, _ = self._size()
        self._put(draw(Look(columns, None, self._encoding)), columns, "", aside)
        self._widths.clear()

    def leave(self) -> None:
        """Give the cursor back."""
        self._stream.write(_SHOW)
        self._stream.flush()

    @property
    def _encoding(self) -> str:
        return self._stream.encoding or "ascii"

    def _put(self, rows: list[Text], columns: int, before: str, aside: str) -> None:
        # A terminal that has become narrower has broken the lines in two.
        above = sum(max(1, -(-width // columns)) for width in self._widths)
        up = f"\x1b[{above}A" if above else ""
        self._console.width = columns
        # In one piece, so that nobody sees half of it.
        said = aside.replace("\n", f"{_CLEAR_LINE}\n")
        self._stream.write(f"{before}\r{up}{said}" + "".join(f"{self._styled(row)}{_CLEAR_LINE}\n" for row in rows) + _CLEAR_BELOW)
        self._stream.flush()
        self._widths = [row.cell_len for row in rows]

    def _styled(self, row: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(row, end="", soft_wrap=True)
        return capture.get()

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:
            return _FALLBACK
        return columns or _FALLBACK[0], lines or _FALLBACK[1]
