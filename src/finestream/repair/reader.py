"""One reading of one value. PURE. Its one law: go from left to right, in one pass, and know at each place what can stand there.

The reader knows JSON, its dialects (the quotes, names, literals and comments of Python and JavaScript), and at most one guess, chosen
before it begins: the kind of damage that it may assume. Where neither helps it is stuck. It never builds the value: it collects the edits
that make JSON of the text.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from finestream.repair.closers import FIXES, Closer, has_slipped
from finestream.repair.cursor import Cursor
from finestream.repair.edits import Edit
from finestream.repair.embedded import unwrap_text, unwrap_value
from finestream.repair.literal import GEMMA_QUOTE
from finestream.repair.outcome import Stuck
from finestream.repair.strict import DEEPEST
from finestream.repair.words import (
    bare_name,
    bare_value,
    loose_number,
    python_literal,
    signed_number,
    string_word,
    unclosed_name,
    unopened_name,
    unopened_value,
)

_SCALAR: Final = re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![^\s,:{}\[\]/\\<])")
_FIRST_PAIR: Final = re.compile(r'"[^"\\{}\[\],:]*+"\s*:')
_PAIR: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*:', re.DOTALL)
_SLIPPED: Final = re.compile(r'[}\]]"[}\] \t\n\r]*\Z')
_OPENED: Final = re.compile(r"[\[{,][ \t\n\r]*\Z")
_OTHERS: Final = {"insert_closer": _SLIPPED, "insert_brace": _SLIPPED, "drop_closer": _OPENED}
_TAIL: Final = 2 * DEEPEST
_CLOSERS: Final = re.compile(r"[\]}]")
_CLOSER_RUN: Final = re.compile(r"[\]} \t\n\r]+")
_CLOSING: Final = {"{": "}", "[": "]"}
_NO_VALUE: Final = frozenset(("", "}", "]", ","))
_FOREIGN_QUOTES: Final = frozenset("'`\u2018\u201c")
_EMBEDDED: Final = {"quote_json": unwrap_text, "unquote_json": unwrap_value}
_NAMES: Final = {"open_names": unopened_name, "close_names": unclosed_name}
_BARE: Final = {"add_quotes": bare_value, "open_quotes": unopened_value, "drop_signs": signed_number, "quote_strings": string_word}


class Reader(Cursor):
    """Reads one value, from ``pos`` on; behind it ``pos`` is where the value ends, and ``edits`` make JSON of it."""

    def __init__(self, text: str, pos: int = 0, guess: str = "") -> None:
        super().__init__(text, pos)
        self._guess = guess
        self._stack: list[str] = []
        self._frozen: list[str] = []  # the stack in front of the run of closers
        self._run: list[Closer] = []
        self._is_fixed = False
        self._is_done = False
        self._expect = self._root

    def read(self) -> None:
        """Read the value.

        Raises:
            Stuck: Where no rule, nor the guess, says how it goes on.
        """
        while not self._is_done:
            self._skip()
            self._expect()
        self._check_backslashes(is_guess=self._guess != "")

    # -- what can stand where ------------------------------------------------------------------------------------------

    def _root(self) -> None:
        head = self._head()
        if head == '"' and self._guess == "add_braces" and _FIRST_PAIR.match(self.text, self.pos):
            self.edits.append(Edit("added_brace", self.pos, self.pos, "{"))
            self._stack.append("{")
            self._expect = self._name
        elif head and head in '{["':
            self._value()
        else:
            raise Stuck("not_json" if head else "ends_early", self.pos)

    def _value(self) -> None:
        head = self._head()
        if head == '"' and self._guess in _EMBEDDED and self._embedded():
            return
        if head == '"' or head in _FOREIGN_QUOTES or self.text.startswith(GEMMA_QUOTE, self.pos):
            self._string(holds_quotes=self._guess == "keep_quotes")
            self._after_value("string")
        elif head and head in "{[":
            self._open(head)
        elif head and head in _NO_VALUE:
            raise Stuck("missing_value", self.pos)
        else:
            self._scalar()

    def _item(self) -> None:
        if self._head() in _CLOSING.values():
            self._close()
        else:
            self._value()

    def _name(self) -> None:
        head = self._head()
        bare = _NAMES.get(self._guess, bare_name)(self.text, self.pos)
        if head in _CLOSING.values():
            self._close()
        elif bare is not None:
            self._take(bare)
            self._expect = self._colon
        elif head == '"' or head in _FOREIGN_QUOTES or self.text.startswith(GEMMA_QUOTE, self.pos):
            self._name_string()
            self._expect = self._colon
        else:
            raise Stuck("bare_name" if head else "ends_early", self.pos)

    def _colon(self) -> None:
        if self._head() == ":":
            self.pos += 1
        elif self._guess == "add_colons" and self._is_apart(':"') and self._head() not in _NO_VALUE:
            self.edits.append(Edit("added_colon", self._end, self._end, ":"))
        else:
            raise Stuck("missing_colon" if self._head() else "ends_early", self.pos)
        self._expect = self._value

    def _next(self) -> None:
        head = self._head()
        if head == ",":
            self._end = self.pos = self.pos + 1
            self._comma()
        elif head in _CLOSING.values():
            self._close()
        elif head == "":
            self._finish()
        elif self._guess == "add_commas" and self._is_apart(',"') and self._can_follow(head):
            self.edits.append(Edit("added_comma", self._end, self._end, ","))
            self._comma()
        else:
            raise Stuck("unexpected_text", self.pos)

    # -- tokens --------------------------------------------------------------------------------------------------------

    def _is_apart(self, slipped: str) -> bool:
        """Say whether the last token certainly ended.

        White space must part it from this one: where nothing does, something in between may have been lost. A number has no end of its own,
        and where the string ends with the mark that is missing here, the quote may have slipped.
        """
        return self.pos > self._end and self._last != "number" and self.text[self._end - 2 : self._end] != slipped

    def _can_follow(self, head: str) -> bool:
        if self._stack[-1] == "[":
            return self._last == "bracket" and head in "{["
        return _PAIR.match(self.text, self.pos) is not None

    def _after_value(self, last: str) -> None:
        self._last = last
        self._end = self.pos
        self._is_done = not self._stack
        self._expect = self._next

    def _comma(self) -> None:
        self._last = "comma"
        self._run = []
        self._first()

    def _name_string(self) -> None:
        """Read a quoted name: one that needs a correction inside is no name, but text that has lost its quotes."""
        done = len(self.edits)
        self._string(holds_quotes=False)
        odd = next((edit for edit in self.edits[done:] if edit.rule != "replaced_quotes"), None)
        if odd is not None:
            raise Stuck("odd_name", odd.start)

    def _scalar(self) -> None:
        scalar = _SCALAR.match(self.text, self.pos)
        if scalar:
            self.pos = scalar.end()
            return self._after_value("number" if scalar[0][-1].isdigit() else "word")
        edit = python_literal(self.text, self.pos) or loose_number(self.text, self.pos)
        if edit is None and self._can_be_bare():
            edit = _BARE[self._guess](self.text, self.pos)
        if edit is None:
            raise Stuck("bare_value" if self._head() else "ends_early", self.pos)
        self._take(edit)
        return self._after_value("word")

    def _can_be_bare(self) -> bool:
        """Say whether a word may be read as a string here: not in a list at the root, nor right behind an escape that may belong to it."""
        place = self._stack[-1] == "{" if self._guess == "open_quotes" else self._guess in _BARE and self._stack[0] == "{"
        return place and self.text[self.pos - 2 : self.pos - 1] != "\\"

    def _embedded(self) -> bool:
        found = _EMBEDDED[self._guess](self.text, self.pos)
        if found is None:
            return False
        self.edits += found.edits
        self.pos = found.end
        self._after_value("string")
        return True

    def _open(self, head: str) -> None:
        if not self._stack:
            opened = self._skip_json()
            if opened is not None:
                return self._resume(opened)
        if len(self._stack) == DEEPEST:
            raise Stuck("nested_too_deeply", self.pos)
        self._stack.append(head)
        self.pos += 1
        self._last = "bracket"
        self._end = self.pos
        self._run = []
        return self._first()

    def _resume(self, opened: list[str]) -> None:
        """Go on behind the part that was skipped."""
        self._stack = opened
        if opened:
            self._first()
        else:
            self._after_value("bracket")

    def _first(self) -> None:
        self._expect = self._name if self._stack[-1] == "{" else self._item

    def _close(self) -> None:
        if self._last == "comma":
            if _CLOSING[self._stack[-1]] != self._head():
                raise Stuck("missing_value", self.pos)
            self.edits.append(Edit("dropped_trailing_comma", self._end - 1, self._end, ""))
        if not self._run:
            self._frozen = list(self._stack)
        if _CLOSING[self._stack[-1]] == self._head():
            self._run.append(Closer(self.pos, self._head()))
            self._stack.pop()
            self.pos += 1
        else:
            self._fix_closers()
        self._after_value("bracket")

    def _fix_closers(self) -> None:
        ahead = _CLOSER_RUN.match(self.text, self.pos)
        end = ahead.end() if ahead else self.pos
        most = len(self._frozen) + 2  # no guess explains a longer run
        ahead_of = islice(_CLOSERS.finditer(self.text, self.pos, end), most)
        run = self._run + [Closer(match.start(), match[0]) for match in ahead_of]
        needed = [_CLOSING[bracket] for bracket in reversed(self._frozen)]
        fix = FIXES[self._guess](run, needed) if self._guess in FIXES and not self._is_fixed else None
        if fix is None or self._may_have_slipped(run):
            raise Stuck("wrong_closer", self.pos)
        # More than one closer that is missing, or one too many twice, is more damage than one guess explains.
        self._is_fixed = self._guess != "replace_closers"
        self.edits += fix.edits
        self._stack = self._frozen[: len(self._frozen) - fix.closed]
        self.pos = run[-1].offset + 1

    def _may_have_slipped(self, run: list[Closer]) -> bool:
        """Say whether a bracket on the wrong side of a quote explains as much, or one that was lost right in front."""
        start = run[0].offset
        other = _OTHERS.get(self._guess)
        is_other = other is not None and other.search(self.text, max(0, start - _TAIL), start) is not None
        return is_other or has_slipped(self.text, start, {closer.mark for closer in run})

    def _finish(self) -> None:
        """Read the end of the text where a container is still open."""
        # A bracket at the end of a string may be the one that is missing.
        is_certain = self._last != "number" and not _SLIPPED.search(self.text, max(0, self._end - _TAIL), self._end)
        closes = (self._guess == "add_braces" and len(self._stack) == 1) or (self._guess == "close_objects" and is_certain)
        if not closes or "[" in self._stack:
            raise Stuck("missing_closer", self.pos)
        rule = "added_brace" if self._guess == "add_braces" else "added_closer"
        self.edits.append(Edit(rule, self._end, self._end, "}" * len(self._stack)))
        self._stack = []
        self._after_value("bracket")
