"""Closing brackets that do not fit. PURE. Its one law: a run of them has one correction or none.

A run is what stands between two pieces of content: closers and white space. How many there are, against how many are needed, says what
happened: as many but others (one mistyped, or the order is wrong), one too few, one too many. A bracket that slipped past the quote of the
string in front of it explains the same: ``["x", "y]"}`` may be ``["x", "y"]}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from finestream.repair.edits import Edit

_PARTNERS: Final = {"}": "{", "]": "[", "{": "}", "[": "]"}
_WORD: Final = re.compile(r"\S{2,60}")
_QUOTES: Final = ('"', "'")
_BEHIND: Final = frozenset("]} \t\n\r")


class Closer(NamedTuple):
    offset: int
    mark: str


class Fix(NamedTuple):
    """The edits that make a run fit, and how many containers it closes then."""

    edits: list[Edit]
    closed: int


def replace(run: Sequence[Closer], needed: Sequence[str]) -> Fix | None:
    """Read the run as closing as many containers as it has closers."""
    wanted = needed[: len(run)]
    given = [closer.mark for closer in run]
    wrong = [index for index, mark in enumerate(wanted) if given[index] != mark]
    is_reordered = sorted(given) == sorted(wanted)
    if len(wanted) < len(given) or not (is_reordered or len(wrong) == 1):
        return None
    rule = "reordered_closers" if is_reordered else "replaced_closer"
    return Fix([Edit(rule, run[at].offset, run[at].offset + 1, wanted[at]) for at in wrong], len(run))


def insert(run: Sequence[Closer], needed: Sequence[str]) -> Fix | None:
    """Read the run as lacking one closer: that of a list which is a member's value, and whose items are no lists.

    Where lists or objects stand inside of their like, the closer may be missing at the end of any of the items or members, too.
    """
    given = [closer.mark for closer in run]
    at = _first_difference(given, needed)
    if needed[at : at + 2] != ["]", "}"] or given[at - 1 : at] == ["]"] or given[at:] != list(needed[at + 1 : len(given) + 1]):
        return None
    return Fix([Edit("added_closer", run[at].offset, run[at].offset, "]")], len(given) + 1)


def insert_brace(run: Sequence[Closer], needed: Sequence[str]) -> Fix | None:
    """Read the run as lacking the brace of an item, in which nothing else was open."""
    given = [closer.mark for closer in run]
    if needed[:2] != ["}", "]"] or given != list(needed[1 : len(given) + 1]):
        return None
    return Fix([Edit("added_closer", run[0].offset, run[0].offset, "}")], len(given) + 1)


def drop(run: Sequence[Closer], needed: Sequence[str]) -> Fix | None:
    """Read the run as holding one brace too many; a bracket too many may as well lack its partner."""
    given = [closer.mark for closer in run]
    at = _first_difference(given, needed)
    if given[at] != "}" or given[at + 1 :] != list(needed[at : len(given) - 1]):
        return None
    return Fix([Edit("dropped_closer", run[at].offset, run[at].offset + 1, "")], len(given) - 1)


FIXES: Final[Mapping[str, Callable[[Sequence[Closer], Sequence[str]], Fix | None]]] = {
    "replace_closers": replace,
    "insert_closer": insert,
    "insert_brace": insert_brace,
    "drop_closer": drop,
}


def has_slipped(text: str, end: int, marks: Iterable[str]) -> bool:
    """Say whether the string in front of ``end`` has a bracket too many at its end, or lacks one of the closers that stand behind it."""
    string = last_string(text, end)
    return (string[-1:] in ("}", "]") and is_short(string, _PARTNERS[string[-1]])) or any(is_short(string, mark) for mark in marks)


def is_short(string: str, mark: str) -> bool:
    """Say whether a string has fewer brackets of this kind than of the other that makes a pair with it."""
    return string.count(mark) < string.count(_PARTNERS[mark])


def lacks_only(string: str, mark: str) -> bool:
    """Say whether this bracket behind a string is all that it lacks: one word that is open, such as ``${HOME``. Code is cut anywhere."""
    return string.count(mark) + 1 == string.count(_PARTNERS[mark]) and _WORD.fullmatch(string) is not None


def last_string(text: str, end: int) -> str:
    """Return what stands between the quotes of the string in front of ``end`` and of closers; "" where there is none."""
    while text[end - 1 : end] in _BEHIND:
        end -= 1
    quote = text[end - 1 : end]
    if quote not in _QUOTES:
        return ""
    start = text.rfind(quote, 0, end - 1)
    while start > 0 and _is_escaped(text, start):
        start = text.rfind(quote, 0, start)
    return text[start + 1 : end - 1]


def _is_escaped(text: str, at: int) -> bool:
    first = at
    while text[first - 1] == "\\" and first:
        first -= 1
    return (at - first) % 2 == 1


def _first_difference(given: Sequence[str], needed: Sequence[str]) -> int:
    """Return where the run goes wrong; the caller has seen that it does."""
    return next(index for index, mark in enumerate(given) if needed[index : index + 1] != [mark])
