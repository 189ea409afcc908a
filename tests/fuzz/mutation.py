"""New inputs from old ones. All chance comes from the `Random` that is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_ODD_BYTES = b'\x00\t\n\r "#%&\\\x7f\x80\xbf\xc3\xed\xef\xf0\xff{}[],:-09'
_NUMBERS = (b"0", b"-1", b"1", b"255", b"65536", b"2147483648", b"99999999999999999999", b"1e400", b"0.5", b"1" * 310)


class Mutator:
    """Makes inputs of at most ``longest`` bytes from those of a corpus and the ``tokens`` of a target."""

    def __init__(self, random: Random, tokens: Sequence[bytes], longest: int) -> None:
        self._random = random
        self._tokens = tokens
        self._longest = longest
        self._ways = (self._flip, self._put_byte, self._cut_out, self._repeat, self._put_token, self._put_token, self._cross, self._move)

    def make(self, corpus: Sequence[bytes]) -> bytes:
        """One new input: some input of the corpus, changed once or a few times."""
        data = self._random.choice(corpus) if corpus else b""
        for _ in range(1 << self._random.randrange(4)):
            data = self._random.choice(self._ways)(data, corpus)[: self._longest]
        return data

    def _at(self, data: bytes) -> int:
        return self._random.randrange(len(data) + 1)

    def _span(self, data: bytes) -> tuple[int, int]:
        """A stretch of the data, most often a short one."""
        start = self._at(data)
        most = self._random.choice((1, 4, 16, 64, len(data)))
        return start, min(len(data), start + self._random.randrange(most + 1))

    def _flip(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        at = self._at(data)
        return data[:at] + bytes((byte ^ (1 << self._random.randrange(8))) for byte in data[at : at + 1]) + data[at + 1 :]

    def _put_byte(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        at = self._at(data)
        byte = self._random.choice((self._random.randrange(256), *self._random.choices(_ODD_BYTES, k=3)))
        return data[:at] + bytes((byte,)) + data[at + self._random.randrange(2) :]

    def _cut_out(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        start, end = self._span(data)
        return data[:start] + data[end:]

    def _repeat(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        start, end = self._span(data)
        times = self._random.choice((1, 1, 1, 2, 8, 64, 1000))
        return data[:end] + data[start:end] * min(times, self._longest // max(1, end - start)) + data[end:]

    def _put_token(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        start, end = self._span(data)
        end = end if self._random.randrange(3) == 0 else start
        return data[:start] + self._random.choice((*self._tokens, self._random.choice(_NUMBERS))) + data[end:]

    def _cross(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        other = self._random.choice(corpus) if corpus else b""
        start, end = self._span(other)
        if self._random.randrange(2):
            return data[: self._at(data)] + other[start:]
        at = self._at(data)
        return data[:at] + other[start:end] + data[at:]

    def _move(self, data: bytes, corpus: Sequence[bytes]) -> bytes:
        start, end = self._span(data)
        piece, rest = data[start:end], data[:start] + data[end:]
        at = self._at(rest)
        return rest[:at] + piece + rest[at:]
