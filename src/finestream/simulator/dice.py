"""Numbers that look arbitrary and are not. PURE. Its one law: the same seed gives the same throws, on every machine and Python."""

from __future__ import annotations

import zlib

_MASK = (1 << 64) - 1


class Dice:
    """A stream of numbers made from ``seed`` (splitmix64; ``random`` is no business of a pure room)."""

    __slots__ = ("_state",)

    def __init__(self, *seed: int | str) -> None:
        text = repr(seed).encode()
        self._state = zlib.crc32(text) << 32 | zlib.crc32(text[::-1])

    def below(self, limit: int) -> int:
        """Throw a number from 0 to ``limit`` - 1."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        return (state ^ state >> 31) % limit
