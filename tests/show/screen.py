"""A terminal's screen as a grid, for tests of what is drawn over again: it breaks lines anew when it becomes narrower, as terminals do."""

from __future__ import annotations

import re

from rich.cells import cell_len

_TOKENS = re.compile(r"\x1b\[(?P<figures>[?0-9;]*)(?P<letter>[A-Za-z])|(?P<text>[^\x1b\r\n]+)|(?P<end>\r?\n)|(?P<return>\r)")


class Screen:
    """Lines of text with a cursor at the beginning of one of them; whatever else is asked of it is an error."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.is_cursor_shown = True
        self.lines = [""]
        self._at = 0
        self._column = 0

    def feed(self, text: str) -> None:
        """Show what a program has written."""
        for token in _TOKENS.finditer(text):
            if token["text"] is not None:
                line = self.lines[self._at]
                self.lines[self._at] = line[: self._column] + token["text"] + line[self._column + len(token["text"]) :]
                self._column += len(token["text"])
            elif token["end"]:
                self._at, self._column = self._at + 1, 0
                if self._at == len(self.lines):
                    self.lines.append("")
            elif token["return"]:
                self._column = 0
            else:
                self._obey(token["letter"], token["figures"])

    def _obey(self, letter: str, figures: str) -> None:
        if letter == "A":
            assert self._column == 0
            self._go_up(int(figures))
        elif letter == "K":
            self.lines[self._at] = self.lines[self._at][: self._column]
        elif letter == "J":
            assert self._column == 0
            self.lines[self._at :] = [""]
        elif figures == "?25":
            self.is_cursor_shown = letter == "h"
        else:
            assert letter == "m", (letter, figures)

    def _go_up(self, rows: int) -> None:
        while rows > 0 and self._at > 0:
            self._at -= 1
            rows -= max(1, -(-cell_len(self.lines[self._at]) // self.width))
        assert rows == 0, "the cursor stands in the middle of a line"
