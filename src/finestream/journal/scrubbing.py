"""What may be written down. PURE: a record -> the same record without credentials and cut to size.

Its one law: no credential leaves this module, whatever the settings say. Tool inputs are other people's text, and must stay usable for a
recovery: there only what is certainly a credential is taken out; everywhere else also what follows the name of a header that carries one.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

CONTENT_KEYS = frozenset({"INVALID_JSON", "before", "after", "text"})
REDACTED = "[redacted]"

# A record of ours has three levels and short strings; the limits keep a foreign value from filling the disk.
_DEPTH = 16
_OTHER_LIMIT = 64 * 2**10
_WORD = 64  # characters
# A credential that begins before the limit is seen whole.
_MARGIN = 4096

_TOKEN = r"[A-Za-z0-9._~+/=-]"
# Anthropic's keys and tokens, and keys of the same make from others: their digits tell them from the names of style sheets.
_KEY = re.compile(r"sk-(?:ant-[A-Za-z0-9_-]*|(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,})")
# What follows the word Bearer and looks like no word.
_BEARER = re.compile(rf"(?<=bearer )(?:(?={_TOKEN}{{0,64}}[0-9]){_TOKEN}{{8,}}|{_TOKEN}{{20,}})", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:authorization|api[-_]?key|auth[-_]token|access[-_]token|cookie|password|secret)\\?[\"']?\s{0,8}[:=]\s{0,8}\\?[\"']?)"
    r"(?!(?:bearer )?\[redacted\])(?:(?:basic|bearer|digest|negotiate)\s+)?[^\s\"',;\\]+",
    re.IGNORECASE,
)
_USER_OF_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_KEY = re.compile(
    r".*(?:authorization|api[-_]?key|(?:auth|access|refresh|session|security|oauth|messaging)[-_]?token"
    r"|secret|passwd|password|cookie|credentials?)|token",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return ``text`` without anything that is, or is called, a credential."""
    text = _without_tokens(text)
    # Each search costs ten times its look, and most of a record is short words.
    if ":" in text or "=" in text:
        text = _NAMED.sub(rf"\g<1>{REDACTED}", text)
    return _USER_OF_ADDRESS.sub(f"{REDACTED}@", text) if "://" in text else text


class Scrubber(NamedTuple):
    """``content``: whether tool inputs are written at all; ``limit``: of each in bytes."""

    content: bool
    limit: int

    def scrub(self, record: Mapping[str, object]) -> dict[str, object]:
        """Return ``record`` as JSON values, with nothing in it that may not be written down."""
        return self._mapping(record, 0)

    def _mapping(self, record: Mapping[str, object], depth: int) -> dict[str, object]:
        return {redact(str(key)): self._member(str(key), value, depth) for key, value in record.items()}

    def _member(self, key: str, value: object, depth: int) -> object:
        if key in CONTENT_KEYS and value is not None:
            return self._content(value)
        return REDACTED if _is_secret(key, value) else self._value(value, depth + 1)

    def _content(self, value: object) -> object:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if self.content:
            return _shortened(text, self.limit, _without_tokens)
        data = text.encode("utf-8", "surrogatepass")
        return {"omitted": True, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def _value(self, value: object, depth: int) -> object:
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if depth > _DEPTH:
            return "[nested too deeply]"
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple)):
            return self._items(value, depth)
        text = str(value)
        return _redacted_word(text) if len(text) <= _WORD else _shortened(text, _OTHER_LIMIT, redact)

    def _items(self, items: Sequence[object], depth: int) -> list[object]:
        if len(items) == 2 and _is_secret(str(items[0]), items[1]):  # a header as a pair
            return [str(items[0]), REDACTED]
        return [item if type(item) is int else self._value(item, depth + 1) for item in items]  # spans are many


@lru_cache(1024)  # the names in the spans of an input are the same again and again
def _redacted_word(text: str) -> str:
    return redact(text)


def _is_secret(key: str, value: object) -> bool:
    return not (value is None or isinstance(value, (int, float))) and _names_secret(key)


@lru_cache(1024)  # a record's keys are always the same few
def _names_secret(key: str) -> bool:
    return _SECRET_KEY.fullmatch(key) is not None


def _shortened(text: str, limit: int, clean: Callable[[str], str]) -> str:
    """Clean ``text`` and keep its first ``limit`` bytes; of a long text only what may be kept is looked at."""
    head = text[: limit + _MARGIN]
    rest = len(text[len(head) :].encode("utf-8", "surrogatepass"))
    return _cut(clean(head), limit, rest)


def _cut(text: str, limit: int, rest: int) -> str:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit and not rest:
        return text
    while 0 < limit < len(data) and data[limit] & 0xC0 == 0x80:  # back to the border of a character
        limit -= 1
    kept = data[:limit]
    return f"{kept.decode('utf-8', 'surrogatepass')}...[{len(data) - len(kept) + rest} bytes omitted]"


def _without_tokens(text: str) -> str:
    if "sk-" in text:
        text = _KEY.sub(REDACTED, text)
    # The search without regard to case takes 40 times as long as this look, and a tool input may be a megabyte.
    return _BEARER.sub(REDACTED, text) if "earer " in text or "EARER " in text else text
