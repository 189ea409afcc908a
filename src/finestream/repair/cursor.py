"""A place in a text that may be JSON. PURE. Its one law: it only goes forward, and each character is looked at once.

What is JSON is skipped at the speed of the standard library; from the last bracket or comma in front of the first fault on, the reader
goes token by token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from finestream.repair.backslash import Written, find_suspect
from finestream.repair.edits import Edit
from finestream.repair.literal import is_foreign_escape, read_foreign_literal, read_literal
from finestream.repair.outcome import Stuck
from finestream.repair.strict import read_strictly

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
# What stands between tokens and says nothing: the white space of other languages, escapes outside of strings, comments,
# the end of a parameter from a model's own notation.
_NOTHING: Final = re.compile(
    r"(?P<dropped_white_space>[\f\v\x85\xa0\u1680\u2000-\u200b\u2028-\u202f\u205f\u2060\u3000\ufeff]+)"
    r"|(?P<dropped_markup></(?:antml:)?(?:parameter|invoke|function_calls)>)"
    r"|(?P<dropped_escape>(?:\\[nrt])+)"
    r"|(?P<dropped_comment>/\*[^\"]*?\*/|//[^\"\n]*(?=\n)|(?<=\s)#[^\"\n]*(?=\n))",
    re.DOTALL,
)
# A bracket, a comma, or a string, which may be cut by the end of the text.
MARK: Final = re.compile(r'[{}\[\],]|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


def strings_of(text: str, start: int, end: int) -> Iterator[Written]:
    """Find the strings with a backslash in a part of a text that is JSON."""
    for mark in MARK.finditer(text, start, end):
        if "\\" in mark[0]:
            yield Written(mark.start() + 1, mark.end() - 1, ())


class Cursor:
    """Goes through a text and collects the edits that make JSON of it."""

    def __init__(self, text: str, pos: int) -> None:
        self.text = text
        self.pos = pos
        self.edits: list[Edit] = []
        self._strings: list[Written] = []
        self._is_foreign = False  # a string in the quotes of another language has been met
        self._start = self._skipped = pos  # the part of the text that was JSON and has been skipped
        self._end = pos  # of the token read last
        self._last = ""  # what it was: "string", "number", "word", "bracket" or "comma"

    def _skip(self) -> None:
        """Go to the next token."""
        while True:
            space = _SPACE.match(self.text, self.pos)
            self.pos = space.end() if space else self.pos
            nothing = _NOTHING.match(self.text, self.pos)
            if nothing is None:
                return
            self.edits.append(Edit(str(nothing.lastgroup), *nothing.span(), ""))
            self.pos = nothing.end()

    def _head(self) -> str:
        return self.text[self.pos : self.pos + 1]

    def _take(self, edit: Edit) -> None:
        self.edits.append(edit)
        self._end = self.pos = edit.end

    def _string(self, *, holds_quotes: bool) -> None:
        start = self.pos
        is_plain = self._head() == '"'
        literal = read_literal(self.text, start, holds_quotes=holds_quotes) if is_plain else read_foreign_literal(self.text, start)
        self._is_foreign = self._is_foreign or not is_plain
        self.edits += literal.edits
        self._end = self.pos = literal.end
        if self.text.find("\\", start, literal.end) >= 0:
            self._strings.append(Written(start + 1, literal.end - 1, literal.doubled))

    def _skip_json(self) -> list[str] | None:
        """Skip what is JSON from the root on: all of it, or up to the last bracket or comma in front of the first fault.

        Returns:
            The containers that are open there, or None where nothing can be skipped.
        """
        end, is_whole = read_strictly(self.text, self.pos)
        if is_whole:
            self.pos = end
            return []
        stack: list[str] = []
        closed: list[str] = []
        last = None
        for mark in MARK.finditer(self.text, self.pos):
            head = mark[0][0]
            if mark.start() >= end:
                break
            if head in "}]":
                closed.append(stack.pop())
            elif head != '"':
                last, closed = mark, []
                stack += head.strip(",")
        if last is None:
            return None
        self._skipped = self._end = self.pos = last.end()
        self._last = "comma" if last[0] == "," else "bracket"
        return stack + closed[::-1]

    def _check_backslashes(self, *, is_guess: bool) -> None:
        """Go on only where a backslash that was doubled says nothing about the escapes around it."""
        self._check_dialect()
        forgotten = [string.doubled[0] for string in self._strings if string.doubled]
        if forgotten:
            # A guess about quotes or brackets is none about text in which an escape may hide a quote.
            suspect = (
                forgotten[0] if is_guess else find_suspect(self.text, [*strings_of(self.text, self._start, self._skipped), *self._strings])
            )
            if suspect is not None:
                raise Stuck("ambiguous_backslash", suspect)

    def _check_dialect(self) -> None:
        """Go on only where no escape of Python was taken for none: it writes double quotes, too, where a string holds single ones."""
        doubled = (at for string in self._strings for at in string.doubled)
        odd = next((at for at in doubled if is_foreign_escape(self.text, at)), None) if self._is_foreign else None
        if odd is not None:
            raise Stuck("ambiguous_escape", odd)
