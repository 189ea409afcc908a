"""What leaves for the page. PURE. Its one law: no text gets out that is not plainly to be seen, whoever wrote it.

The browser shows texts as texts; here, besides, everything is spelled out that would turn the direction of writing, hide, or be no
character at all. What the page needs to ask again travels as ASCII.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote

from finestream.printable import printable

LONGEST = 20_000  # characters of one text
_DEEPEST = 20


def shown(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with every text made safe to be shown, and none of them endless."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(str(key)): shown(each, depth + 1) for key, each in value.items()} if depth < _DEEPEST else "…"
    if isinstance(value, (list, tuple)):
        return [shown(each, depth + 1) for each in value] if depth < _DEEPEST else "…"
    return value


def text(foreign: str) -> str:
    """Return a text as it may be shown; of one that is too long, the beginning and how much more there is."""
    rest = len(foreign) - LONGEST
    if rest <= 0:
        return printable(foreign, lines=True)
    return f"{printable(foreign[:LONGEST], lines=True)} … and {rest:,} characters more"


def encoded(body: Any) -> bytes:
    """Return the JSON of what is shown, in ASCII; what is no number of JSON is null."""
    return json.dumps(_finite(shown(body))).encode("ascii")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value


def key_of(name: str) -> str:
    """Return a name so that it comes back as it was."""
    return quote(name, safe="", errors="surrogatepass")


def name_of(key: str) -> str:
    """Return the name of a key."""
    return unquote(key, errors="surrogatepass")
