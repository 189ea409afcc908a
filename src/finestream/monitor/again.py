"""Whether the text of a tool input says again what a finished call of the turn says: the client is running that one already. PURE."""

from __future__ import annotations

import json
import re

from finestream.events import Json

_VALUE = json.JSONDecoder(strict=False).raw_decode
_STRING = r'"(?:[^"\\]++|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt])*+'
_BEGUN = re.compile(_STRING)
_MEMBER = re.compile(rf'[\s,{{]*({_STRING}")\s*:\s*')


def says_again(text: str, call: Json) -> bool:
    """Whether ``text`` is this input, or may become it when more of it arrives."""
    try:
        return _spelled(json.loads(text, strict=False)) == _spelled(call)
    except (ValueError, RecursionError):
        return _may_become(text, call)


def _spelled(value: object) -> str:
    """In one spelling, in which 1 is not true."""
    return json.dumps(value, sort_keys=True)


def _may_become(text: str, call: Json) -> bool:
    at = 0
    while member := _MEMBER.match(text, at):
        name = json.loads(member[1], strict=False)
        if name not in call:
            return False
        try:
            value, at = _VALUE(text, member.end())
        except (ValueError, RecursionError):
            return _may_begin(text[member.end() :], call[name])
        has_ended = text[at - 1] in '"}]' or text[at : at + 1] in set(" \t\n\r,}")  # a number may go on
        if has_ended and value != call[name]:
            return False
    return True


def _may_begin(raw: str, value: object) -> bool:
    """Whether this may be the beginning of the value. Only of a string is that certain before its end."""
    begun = _BEGUN.match(raw)
    if begun is None:
        return True
    text = str(json.loads(begun[0] + '"', strict=False))
    half = "\ud800" <= text[-1:] <= "\udbff"  # the first half of a surrogate pair
    return isinstance(value, str) and value.startswith(text[: len(text) - half])
