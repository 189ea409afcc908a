"""The members and items of a valid JSON text, and where they stand in it. PURE. Its law: numbers are compared by their spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

# 1.0 and 1.00 are one value but not one text.
DECODER = json.JSONDecoder(parse_float=lambda text: ("number", text), parse_int=lambda text: ("number", text))
_SPACE = re.compile(r"[ \t\n\r]*")
_UNITS = re.compile(r"([^\\]+)|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


class Part(NamedTuple):
    """A member of an object or an item of a list (key None): where it starts, where its value starts and ends, and the value."""

    key: str | None
    start: int
    value_at: int
    end: int
    value: Any


def parts(text: str, at: int) -> Iterator[Part]:
    """The members or items of the container that starts at ``at`` in a valid JSON text."""
    is_object = text[at] == "{"
    at = skip_space(text, at + 1)
    while text[at] not in "}]":
        start, key = at, None
        if is_object:
            key, at = DECODER.raw_decode(text, at)
            at = skip_space(text, skip_space(text, at) + 1)
        value, end = DECODER.raw_decode(text, at)
        yield Part(key, start, at, end, value)
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)


def skip_space(text: str, at: int) -> int:
    """The offset of the next character that is no white space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def raw_length(raw: str, count: int) -> int:
    """How many characters of the inside of a JSON string spell its first ``count`` decoded characters."""
    at = 0
    for match in _UNITS.finditer(raw):
        if not count:
            break
        size = len(match[1]) if match[1] else 1
        if match[1] and count < size:
            return match.start() + count
        count -= size
        at = match.end()
    return at
