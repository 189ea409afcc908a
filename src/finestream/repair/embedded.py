"""JSON in quotes whose own quotes were not escaped. PURE. Its one law: it must be JSON by itself, up to the very quote that ends it.

``{"todos": "[{"content": "x"}]"}`` is a list that was put in quotes, or a text that happens to be JSON: the schema must say which.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from finestream.repair.edits import Edit
from finestream.repair.literal import can_end
from finestream.repair.strict import write

_START: Final = re.compile(r'"\s*+(?=[{\[])')
_STOP: Final = re.compile(r'\s*"')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = frozenset('"\\/bfnrtu')


class Embedded(NamedTuple):
    """Edits that make one value of it, and where it ends."""

    edits: list[Edit]
    end: int


def unwrap_value(text: str, pos: int) -> Embedded | None:
    """Read it as the object or array itself, where its escapes say the same as if they stood inside of a string."""
    end = _end_of(text, pos)
    if end is None or any(match[1] == "\\" and text[match.end()] in _ESCAPED for match in _ESCAPE.finditer(text, pos, end)):
        return None
    return Embedded([Edit("dropped_quotes", pos, pos + 1, ""), Edit("dropped_quotes", end - 1, end, "")], end)


def unwrap_text(text: str, pos: int) -> Embedded | None:
    """Read it as a string that holds JSON. With an escape in it, it is not certain at which level that counts."""
    end = _end_of(text, pos)
    if end is None or "\\" in text[pos:end]:
        return None
    return Embedded([Edit("escaped_quotes", pos, end, write(text[pos + 1 : end - 1]))], end)


def _end_of(text: str, pos: int) -> int | None:
    start = _START.match(text, pos)
    if start is None:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text, start.end())
    except (ValueError, RecursionError):
        return None
    stop = _STOP.match(text, end)
    if stop is None or not can_end(text, stop.end()) or '"' not in text[start.end() : end]:
        return None  # without a quote inside it is a string like any other
    return stop.end()
