"""Quotes inside a string that nobody escaped. PURE. Its one law: each has its partner, or the text is not certain."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from finestream.repair.outcome import Stuck
from finestream.repair.rules import CONTROLS

_MARKS: Final = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_OPENS: Final = frozenset(" \t\n\r([{=:,>")


def check_quotes(text: str, start: int, end: int, inner: Sequence[int]) -> None:
    """Go on only where the quotes inside a literal, which begins at ``start`` and ends at ``end``, belong to each other.

    An opening one needs its closing one, and only the mark for inches may stand alone: a quote that has no partner may as well be the
    end of the string, and what follows the trace of something that was lost.

    Raises:
        Stuck: At the quote that has no partner.
    """
    if text.startswith('"""', start):
        raise Stuck("unescaped_quote", start)  # a string without end in Python, an empty one with more behind it in JSON
    plain: list[int] = []
    typographic = 0
    for match in _MARKS.finditer(text, start + 1, end):
        pos = match.start()
        if match[0] != '"':
            typographic = max(0, typographic + _weight(match[0], is_open=typographic > 0))
        elif not _is_at(inner, pos):
            continue  # an escaped quote: the writer knew what it was
        elif plain and _closes(text, start, pos):
            plain.pop()
        elif typographic and _closes(text, start, pos):
            typographic -= 1
        elif _opens(text, start, pos) and not plain:
            plain.append(pos)
        elif not _is_inch(text, pos):
            raise Stuck("unescaped_quote", pos)
    if plain or typographic:
        raise Stuck("unescaped_quote", plain[-1] if plain else inner[-1])


def _weight(mark: str, *, is_open: bool) -> int:
    """Count what a typographic mark opens; the upper one of English closes in German."""
    if mark == "\u201c":
        return -1 if is_open else 1
    return 1 if mark in "\u201e\u00ab" else -1


def _is_at(ordered: Sequence[int], pos: int) -> bool:
    place = bisect_left(ordered, pos)
    return place < len(ordered) and ordered[place] == pos


def _before(text: str, start: int, pos: int) -> str:
    """Return the decoded character in front of ``pos``, or a space where the literal begins."""
    if pos == start + 1:
        return " "
    backslashes = 0
    while text[pos - 2 - backslashes] == "\\" and pos - 2 - backslashes > start:
        backslashes += 1
    return CONTROLS.get(text[pos - 1], "?") if backslashes % 2 else text[pos - 1]


def _opens(text: str, start: int, pos: int) -> bool:
    before, after = _before(text, start, pos), text[pos + 1]
    return before in _OPENS and not (before.isspace() and after.isspace())


def _closes(text: str, start: int, pos: int) -> bool:
    return not text[pos + 1].isalnum() and (not _before(text, start, pos).isspace() or text[pos + 1].isspace())


def _is_inch(text: str, pos: int) -> bool:
    return text[pos - 1].isdigit() and not text[pos + 1].isalnum() and text[pos + 1] != '"'
