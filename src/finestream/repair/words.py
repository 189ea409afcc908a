"""Words without quotes. PURE. Its one law: a word is taken whole, and only where it can mean one thing."""

from __future__ import annotations

import re
from typing import Final

from finestream.repair.edits import Edit
from finestream.repair.literal import can_end
from finestream.repair.strict import write

_DELIMITED: Final = r"(?=\s*(?:[,}\]]|/[/*]|\Z))"
# At the end of all that came a number is not known to be whole: more digits may have followed.
_FOLLOWED: Final = r"(?=\s*(?:[,}\]]|/[/*]))"
_PYTHON: Final = re.compile(rf"(?:True|False|None)\b{_DELIMITED}")
LITERALS: Final = {"True": "true", "False": "false", "None": "null"}
"""Python's, and what JSON writes for them."""

_NAME: Final = re.compile(r"[^\W\d][\w$-]*+(?=\s*:)")
_UNOPENED_NAME: Final = re.compile(r'[^\W\d][\w$-]*+(?="\s*:)')
_UNCLOSED_NAME: Final = re.compile(r'"([\w$-]++)(?=\s*:)')
_WORD: Final = re.compile(rf"[^\W\d][\w.$/-]*{_DELIMITED}")
_PATH: Final = re.compile(rf"(?=[~.]{{0,2}}/[\w.]|\.\w)[\w.$/~@+-]++{_DELIMITED}")
_NO_PATH: Final = re.compile(r"//|\.\.\.|\A/[^/]*/[dgimsuvy]*\Z")  # a comment, what was left out, a regular expression of JavaScript
_LOOSE_NUMBER: Final = re.compile(rf"(-?)(?:(\.[0-9]+)|((?:0|[1-9][0-9]*+))\.){_FOLLOWED}")
_SIGNED_NUMBER: Final = re.compile(rf"\+((?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?){_FOLLOWED}")
_PLACEHOLDER: Final = re.compile(rf"\?{_DELIMITED}")
# Spaces may stand in it, but nothing that structure is made of; a colon only inside a word, as in an address. Each branch looks first and
# then takes one character (gh-106052, see ``locate``).
_UNOPENED: Final = re.compile(r'(?=[\w~.]|/[^/])(?:[^\s",:{}\[\]\'`\\]|(?=[: ][^\s"])[: ])++(?=")')
_SPECIAL: Final = frozenset(("true", "false", "null", "none", "nan", "infinity", "inf", "undefined", "nil", "yes", "no", "on", "off"))
_NUMBER: Final = re.compile(r"[\d.+-][\d.eE+-]*")


def python_literal(text: str, pos: int) -> Edit | None:
    """Read True, False or None."""
    match = _PYTHON.match(text, pos)
    return Edit("translated_literal", *match.span(), LITERALS[match[0]]) if match else None


def loose_number(text: str, pos: int) -> Edit | None:
    """Read a number that has no digit in front of its point, or none behind it."""
    match = _LOOSE_NUMBER.match(text, pos)
    return Edit("completed_number", *match.span(), match[1] + (match[3] or f"0{match[2]}")) if match else None


def signed_number(text: str, pos: int) -> Edit | None:
    """Read a number with a plus in front of it. The beginning of many a telephone number, too: the schema must say which."""
    match = _SIGNED_NUMBER.match(text, pos)
    return Edit("dropped_sign", *match.span(), match[1]) if match else None


def bare_name(text: str, pos: int) -> Edit | None:
    """Read a member's name that has no quotes."""
    match = _NAME.match(text, pos)
    return Edit("added_quotes", *match.span(), f'"{match[0]}"') if match else None


def unopened_name(text: str, pos: int) -> Edit | None:
    """Read a member's name that lacks its opening quote."""
    match = _UNOPENED_NAME.match(text, pos)
    return Edit("added_quotes", pos, match.end() + 1, f'"{match[0]}"') if match else None


def unclosed_name(text: str, pos: int) -> Edit | None:
    """Read a member's name that lacks its closing quote."""
    match = _UNCLOSED_NAME.match(text, pos)
    return Edit("added_quotes", *match.span(), f'"{match[1]}"') if match else None


def bare_value(text: str, pos: int) -> Edit | None:
    """Read a value that is a word without quotes, or the placeholder ``?``, which says that there is no value (mastra-ai/mastra#13829).

    A word that is a literal in some language, or nearly one in JSON, can mean that literal as well.
    """
    placeholder = _PLACEHOLDER.match(text, pos)
    if placeholder:
        return Edit("replaced_placeholder", *placeholder.span(), "null")
    word = _WORD.match(text, pos)
    if word is None or "//" in word[0] or _resembles_literal(word[0]):
        return None
    return Edit("added_quotes", *word.span(), f'"{word[0]}"')


def unopened_value(text: str, pos: int) -> Edit | None:
    """Read a string that lacks its opening quote."""
    word = _unopened(text, pos)
    return None if word is None or _resembles_literal(word) else Edit("added_quotes", pos, pos + len(word) + 1, write(word))


def string_word(text: str, pos: int) -> Edit | None:
    """Read a word where a string must stand, though it may be something else: a path, or what is like a literal and has a closing quote."""
    path = _PATH.match(text, pos)
    if path:
        return None if _NO_PATH.search(path[0]) else Edit("added_quotes", *path.span(), f'"{path[0]}"')
    word = _unopened(text, pos)
    if word is not None and word.lower() not in _SPECIAL:
        return Edit("added_quotes", pos, pos + len(word) + 1, write(word))
    bare = bare_value(text, pos)
    return bare if bare and bare.rule == "added_quotes" else None


def _unopened(text: str, pos: int) -> str | None:
    """Return what stands in front of a closing quote, unless it is a number: then it may be the quote that is too many."""
    match = _UNOPENED.match(text, pos)
    return match[0] if match and can_end(text, match.end() + 1) and not _NUMBER.fullmatch(match[0]) else None


def _resembles_literal(word: str) -> bool:
    lowered = word.lower()
    return lowered in _SPECIAL or any(_is_near(lowered, literal) for literal in ("true", "false", "null"))


def _is_near(word: str, literal: str) -> bool:
    """Say whether a slip makes one of the other: the end lost, or a letter, one too many, one wrong, two swapped."""
    wrong = sum(left != right for left, right in zip(word, literal, strict=False))
    if len(word) == len(literal):
        return wrong == 1 or (wrong == 2 and sorted(word) == sorted(literal))
    shorter, longer = sorted((word, literal), key=len)
    return literal.startswith(word) or (len(longer) == len(shorter) + 1 and _is_within(shorter, longer))


def _is_within(part: str, whole: str) -> bool:
    """Say whether the letters of one stand in the other, in their order."""
    letters = iter(whole)
    return all(letter in letters for letter in part)
