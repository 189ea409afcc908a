"""Quotes inside a string that nobody escaped. PURE. Its one law: each has its partner, or the text is not certain."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from finestream.repair.outcome import Stuck
from finestream.repair.rules import CONTROLS

_MARKS: Final = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_OPENS: Final = frozenset(" \t\n\r(=>")


def check_quotes(text: str, start: int, end: int, inner: Sequence[int]) -> None:
    """Go on only where the quotes inside a literal, which begins at ``start`` and ends at ``end``, belong to each other.

    An opening one needs its closing one, and only the mark for inches may stand alone: a quote that has no partner may as well be the
    end of the string, and what follows the trace of something that was lost.

    Raises:
        Stuck: At the quote that has no partner.
    """
    if text.startswith('""', start):
        raise Stuck("unescaped_quote", start)  # quoted twice, an empty string with more behind it, or three quotes as in Python
    opened: list[str] = []
    for match in _MARKS.finditer(text, start + 1, end):
        pos, mark = match.start(), match[0]
        if mark != '"':
            _pair_typographic(opened, mark)
        elif _is_at(inner, pos) and not _pair(opened, text, start, pos):  # an escaped one needs no partner: the writer knew what it was
            raise Stuck("unescaped_quote", pos)
    if opened:
        raise Stuck("unescaped_quote", end)


def _pair(opened: list[str], text: str, start: int, pos: int) -> bool:
    """Find this quote a place: as the end of a quotation, as the beginning of one, or as the mark for inches."""
    if opened and _closes(text, start, pos):
        opened.pop()
        return True
    if '"' not in opened and _opens(text, start, pos):
        opened.append('"')
        return True
    return text[pos - 1].isdigit() and not text[pos + 1].isalnum() and text[pos + 1] != '"'


def _pair_typographic(opened: list[str], mark: str) -> None:
    """Take note of a typographic mark; the upper one that opens in English closes in German."""
    others = [index for index, other in enumerate(opened) if other != '"']
    if mark in "\u201e\u00ab" or (mark == "\u201c" and not others):
        opened.append(mark)
    elif others:
        del opened[others[-1]]


def _is_at(ordered: Sequence[int], pos: int) -> bool:
    place = bisect_left(ordered, pos)
    return place < len(ordered) and ordered[place] == pos


def _before(text: str, start: int, pos: int) -> str:
    """Return the decoded character in front of ``pos``."""
    backslashes = 0
    while text[pos - 2 - backslashes] == "\\" and pos - 2 - backslashes > start:
        backslashes += 1
    return CONTROLS.get(text[pos - 1], "?") if backslashes % 2 else text[pos - 1]


def _opens(text: str, start: int, pos: int) -> bool:
    before, after = _before(text, start, pos), text[pos + 1]
    return before in _OPENS and not (before.isspace() and after.isspace())


def _closes(text: str, start: int, pos: int) -> bool:
    return not text[pos + 1].isalnum() and (not _before(text, start, pos).isspace() or text[pos + 1].isspace())
