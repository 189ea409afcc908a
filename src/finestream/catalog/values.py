"""The values of definitions: sizes, priorities, times, percentages. PURE: text -> value.

Its one law: a text that cannot be obeyed raises ValueError, whose text says what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from finestream.quantities import choice, count, seconds, size

Priority: TypeAlias = Literal["high", "medium", "low"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

_KB = 2**10
SMALL, LARGE = _KB, 5 * _KB  # bytes: below the one a document is handed on as a whole, from the other up waiting for the whole hurts


class ImpossibleSize(ValueError):
    """A size that is written well and that no document can have."""


@dataclass(frozen=True, slots=True)
class SizeRange:
    """How large a document is expected to be, in bytes, both ends included."""

    low: int
    high: int

    def overlaps(self, other: SizeRange) -> bool:
        """Say whether a document can have a size of both."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        unit, factor = next((unit, factor) for unit, factor in _UNITS if self.high % factor == 0 and self.low % factor == 0)
        ends = dict.fromkeys((self.low // factor, self.high // factor))
        return "-".join(map(str, ends)) + unit


_UNITS = (("MB", _KB * _KB), ("KB", _KB), ("B", 1))
_SIZE = size("0B", "1GB")


def size_range(text: str) -> SizeRange:
    """Parse ``5-10KB``, ``512B-2KB`` or ``3KB``.

    Raises:
        ImpossibleSize: The first end is above the second, or a document of nothing.
    """
    match = re.fullmatch(r"([0-9.]+) ?([A-Za-z]*) ?(?:-|to) ?([0-9.]+ ?([A-Za-z]*))", text)
    try:
        low, high = (_SIZE(match[1] + (match[2] or match[4])), _SIZE(match[3])) if match else (_SIZE(text),) * 2
    except ValueError:
        raise ValueError(f"must be a size such as 3KB or a range such as 5-10KB, not '{text}'") from None
    if low > high:
        raise ImpossibleSize(f"begins above its end: '{text}'")
    if low == 0:
        raise ImpossibleSize(f"is nothing: '{text}'")
    return SizeRange(low, high)


def priority(text: str) -> Priority:
    """Parse a streaming priority."""
    found = next((each for each in PRIORITIES if each == text), None)
    if found is None:
        raise ValueError(f"must be one of {', '.join(PRIORITIES)}, not '{text}'")
    return found


def percentage(text: str) -> float:
    """Parse ``71%`` to 71.0; the sign may be missing."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?", text)
    if match is None or float(match[1]) > 100:
        raise ValueError(f"must be a percentage such as 71%, not '{text}'")
    return float(match[1])


def streaming(text: str) -> bool:
    """Parse ``enabled`` or ``disabled``."""
    return choice("enabled", "disabled")(text) == "enabled"


latency = seconds("0s", "24h")
step_timeout = seconds("1s", "24h")
tokens = count("1", "1000000")
retries = count("0", "20")
turns = count("1", "10000")
