"""Strict parsing. PURE. Its one law: accept what the client's ``JSON.parse`` accepts, and nothing else.

``JSON.parse`` knows no NaN, takes a lone surrogate, and the client removes a byte order mark first (observed, Claude Code 2.1.330).
"""

from __future__ import annotations

import json
import re
from typing import Final

DEEPEST: Final = 200
"""Containers inside each other; past it the recursive parts of the standard library and of jsonschema are near their own limits."""

# How this is written, and why: see ``locate``.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS: Final = re.compile(r"[^\[\]{}]++")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NotJson(Exception):
    """The text is not JSON; ``offset`` counts characters."""

    def __init__(self, offset: int, rule: str = "") -> None:
        super().__init__(rule)
        self.offset = offset
        self.rule = rule


class _NotANumber(Exception):
    """Python's parser met NaN or Infinity."""


class _RepeatedName(Exception):
    """An object gave one name twice."""


def parse_strictly(text: str) -> object:
    """Return the value.

    Raises:
        NotJson: With the rule ``nested_too_deeply`` where the text may be JSON but is more than ``DEEPEST`` deep.
    """
    start = text.startswith("\ufeff")
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(text)
    try:
        return json.loads(text[start:], parse_constant=_refuse, parse_int=_parse_integer)
    except json.JSONDecodeError as error:
        raise NotJson(error.pos + start) from None
    except _NotANumber as error:
        raise NotJson(text.find(str(error))) from None
    except RecursionError:
        raise NotJson(0, "nested_too_deeply") from None


def read_strictly(text: str, pos: int) -> tuple[int, bool]:
    """Read one object or array as far as it is JSON: return where it ends, or where it stops being JSON, and which of the two it is.

    Raises:
        NotJson: With the rule ``nested_too_deeply``.
    """
    try:
        return _DECODER.raw_decode(text, pos)[1], True
    except json.JSONDecodeError as error:
        return error.pos, False
    except _NotANumber:
        return pos, False
    except RecursionError:
        raise NotJson(pos, "nested_too_deeply") from None


def has_repeated_names(text: str) -> bool:
    """Say whether an object of this JSON text gives one name twice, so that a value is lost when it is parsed."""

    def check(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            raise _RepeatedName

    try:
        json.loads(text.removeprefix("\ufeff"), object_pairs_hook=check, parse_int=str, parse_float=str)
    except _RepeatedName:
        return True
    return False


def write(value: object) -> str:
    """Return the value as JSON text that can be encoded as UTF-8."""
    return encodable(json.dumps(value, ensure_ascii=False))


def encodable(text: str) -> str:
    """Return the same JSON text with its lone surrogates escaped, which UTF-8 has no bytes for."""
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _refuse(name: str) -> object:
    raise _NotANumber(name)


def _parse_integer(digits: str) -> int | float:
    # int() may refuse more than 640 digits (PYTHONINTMAXSTRDIGITS); JavaScript reads any number as a float.
    return int(digits) if len(digits) <= 640 else float(digits)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=str)


def _check_depth(text: str) -> None:
    """Take away the innermost brackets as often as they may be nested."""
    brackets = _NO_BRACKETS.sub("", _STRING.sub("", text))
    for _ in range(DEEPEST):
        fewer = brackets.replace("[]", "").replace("{}", "")
        if fewer == brackets:
            return  # it is no JSON, and the parser will say where
        brackets = fewer
    if brackets:
        raise NotJson(0, "nested_too_deeply")
