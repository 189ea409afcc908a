"""What people write for times, sizes, counts and addresses. PURE: text -> value, and a count back.

Its one law: a text that cannot be obeyed raises ValueError, whose text says what would be right:
"must be a time such as 5s, not '5 parsecs'".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

_Value = TypeVar("_Value")


def choice(*words: str) -> Callable[[str], str]:
    """Return a parser for one of ``words``."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not '{text}'")
        return text

    return parse


def switch(text: str) -> bool:
    """Parse on or off, in the spellings that YAML knows."""
    if text.lower() not in _SWITCH:
        raise ValueError(f"must be on or off, not '{text}'")
    return _SWITCH[text.lower()]


def seconds(low: str, high: str) -> Callable[[str], float]:
    """Return a parser for a time: ``500ms``, ``2s``, ``1.5m``, ``1h``, ``7d``; a plain number is seconds. So are the limits."""
    return _quantity(_TIME, low, high)


def size(low: str, high: str) -> Callable[[str], int]:
    """Return a parser for a size in bytes: ``512``, ``16KB``, ``1.5MB``. A KB is 1,024 bytes."""
    parse = _quantity(_BYTES, low, high)
    return lambda text: int(parse(text))


def share(low: str, high: str) -> Callable[[str], float]:
    """Return a parser for a share of a whole: ``5%``, ``0.5%``."""
    return _quantity(_SHARE, low, high)


def count(low: str, high: str) -> Callable[[str], int]:
    """Return a parser for a whole number."""
    parse = _quantity(_WHOLE, low, high)

    def whole(text: str) -> int:
        if "." in text:
            raise ValueError(f"must be a whole number such as 2, not '{text}'")
        return int(parse(text))

    return whole


def counted(number: int, noun: str) -> str:
    """Write ``1 chunk`` or ``1,200 chunks``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def address(text: str) -> str:
    """Parse the base address of an HTTP service; its last slash is dropped."""
    try:
        parts = urlsplit(text)
        is_base = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        is_base = False
    if not is_base or re.search(r"[\s?#]", text):
        raise ValueError(f"must be an http or https address without a query, not '{text}'")
    return text.rstrip("/")


def optional(parse: Callable[[str], _Value]) -> Callable[[str], _Value | None]:
    """Return a parser that also takes nothing: an empty text, ``null`` or ``~``."""
    return lambda text: None if text in ("", "null", "~") else parse(text)


class _Unit(NamedTuple):
    name: str
    factors: Mapping[str, float]
    example: str


def _quantity(unit: _Unit, low: str, high: str) -> Callable[[str], float]:
    least, most = _number(low, unit), _number(high, unit)

    def parse(text: str) -> float:
        number = _number(text, unit)
        if not least <= number <= most:
            raise ValueError(f"must be from {low} to {high}, not '{text}'")
        return number

    return parse


def _number(text: str, unit: _Unit) -> float:
    # Bounded digits: a number of thousands of digits is a mistake, and costs time.
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Za-z]*|%)", text)
    if match is None or match[2].lower() not in unit.factors:
        raise ValueError(f"must be {unit.name} such as {unit.example}, not '{text}'")
    return float(match[1]) * unit.factors[match[2].lower()]


_KILO = {"b": 1.0, "kb": 2.0**10, "kib": 2.0**10, "mb": 2.0**20, "mib": 2.0**20, "gb": 2.0**30, "gib": 2.0**30}
_TIME = _Unit("a time", {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "h": 3600.0, "d": 86400.0}, "5s")
_BYTES = _Unit("a size", {"": 1.0, **_KILO}, "16KB")
_SHARE = _Unit("a share", {"%": 0.01}, "5%")
_WHOLE = _Unit("a whole number", {"": 1.0}, "2")
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
