"""Proposals of json-repair. PURE. Its one law: the library proposes, the text decides.

json-repair closes what was cut, drops what it does not understand, and never says so. So its value is laid beside the text, token by
token: brackets and strings must stand there as it says, in its order; only quotes around bare words, commas and colons may be added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from finestream.repair.edits import Edit
from finestream.repair.literal import read_literal
from finestream.repair.locate import Path
from finestream.repair.outcome import Stuck
from finestream.repair.strict import NotJson, parse_strictly

LONGEST: Final = 20_000
"""Characters of a text that is shown to json-repair: its time grows faster than the text (facts: 0.4 s for 100 KB)."""

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_SCALAR: Final = re.compile(r"[^\s,:{}\[\]\"]++")
# Of a token that may go on: a number has no end of its own, and a comma or colon may have slipped into the string.
_OPEN_END: Final = re.compile(r'\d\Z|[,:]"\Z')
_QUOTING: Final = re.compile(r"[\"\\]")
_BARE_END: Final = re.compile(r"[ \t]*[,}\]]")


class Proposal(NamedTuple):
    """Edits that make json-repair's value of the text, and the paths at which it takes bare words for a string."""

    edits: list[Edit]
    bare: list[Path]


def propose(text: str) -> Proposal | None:
    """Return what json-repair makes of the text, or None where the text does not bear it out."""
    if len(text) > LONGEST:
        return None
    import json_repair

    try:
        value = json_repair.loads(text)
    except Exception:  # it promises never to raise, and does, on deep nesting for one
        return None
    aligner = _Aligner(text)
    try:
        for path, token in _tokens(value):
            aligner.take(path, token)
        return aligner.finish()
    except (Stuck, NotJson):
        return None


def _tokens(value: object) -> Iterator[tuple[Path, object]]:
    """Spell a value out, with the path of each part: brackets, commas and colons as ``_Mark``, all else as it is."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict):
            members = [((*path, name), token) for name, inner in part.items() for token in (_Mark(","), name, _Mark(":"), inner)]
            waiting += reversed([(path, _Mark("{")), *members[1:], (path, _Mark("}"))])
        elif isinstance(part, list):
            items = [((*path, index), token) for index, inner in enumerate(part) for token in (_Mark(","), inner)]
            waiting += reversed([(path, _Mark("[")), *items[1:], (path, _Mark("]"))])
        else:
            yield path, part


class _Mark(str):
    __slots__ = ()


class _Aligner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.edits: list[Edit] = []
        self.bare: list[Path] = []
        self.pos = self.end = 0

    def take(self, path: Path, token: object) -> None:
        """Find the next token in the text.

        Raises:
            Stuck: It is not there.
        """
        space = _SPACE.match(self.text, self.pos)
        self.pos = space.end() if space else self.pos
        if isinstance(token, _Mark):
            self._mark(token)
        elif isinstance(token, str) and self.text[self.pos : self.pos + 1] != '"':
            self._bare(token)
            self.bare.append(path)
        else:
            self._written(token)
        self.end = self.pos

    def finish(self) -> Proposal:
        """Return what has been found where the text ends, too.

        Raises:
            Stuck: There is more of it.
        """
        if self.text[self.pos :].strip():
            raise Stuck("text_after_value", self.pos)
        return Proposal(self.edits, self.bare)

    def _mark(self, mark: str) -> None:
        if self.text[self.pos : self.pos + 1] == mark:
            self.pos += 1
        elif mark in ",:" and self.pos > self.end and not _OPEN_END.search(self.text, max(0, self.end - 2), self.end):
            self.edits.append(Edit("added_comma" if mark == "," else "added_colon", self.end, self.end, mark))
        else:
            raise Stuck("wrong_closer", self.pos)

    def _bare(self, word: str) -> None:
        """Take a string without quotes: at both its ends stands structure, so that no quote was lost in the middle of it."""
        end = self.pos + len(word)
        is_bare = self.text[self.pos : end] == word and word == word.strip() and word.isprintable() and not _QUOTING.search(word)
        if not word or not is_bare or not _BARE_END.match(self.text, end):
            raise Stuck("bare_value", self.pos)
        self.edits.append(Edit("added_quotes", self.pos, end, f'"{word}"'))
        self.pos = end

    def _written(self, value: object) -> None:
        if self.text[self.pos : self.pos + 1] == '"':
            literal = read_literal(self.text, self.pos, holds_quotes=False)
            raw, edits, end = self.text[self.pos : literal.end], literal.edits, literal.end
            if edits:
                raise Stuck("unexpected_text", self.pos)
        else:
            scalar = _SCALAR.match(self.text, self.pos)
            raw = scalar[0] if scalar else ""
            end = self.pos + len(raw)
        if not _is_same(parse_strictly(raw), value):
            raise Stuck("unexpected_text", self.pos)
        self.pos = end


def _is_same(left: object, right: object) -> bool:
    return type(left) is type(right) and left == right
