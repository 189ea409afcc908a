"""What the scanner is measured against: a slow walk over a whole valid text, a strict parser, and texts of every kind to try it on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from finestream.scanner import Chunk

Path = tuple[str | int, ...]

_CHARACTER = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[\x00-\x7f]|[\x80-\xff][\x80-\xbf]*")
_HIGH = re.compile(rb"\\u[dD][89abAB]|\xed[\xa0-\xaf]")
_BARE = re.compile(rb"[-+.0-9A-Za-z]+")
_SPACE = re.compile(rb"[ \t\r\n]*")


@dataclass
class Reference:
    """What a scanner must say of a valid text: one recursive walk, nothing shared with the scanner.

    ``checkpoints`` and ``chunks`` come with the number of bytes that must have arrived; ``spans`` are (first byte, bytes after which it is
    closed, what it is, path)."""

    data: bytes
    checkpoints: list[tuple[int, int]] = field(default_factory=list)
    chunks: list[tuple[int, Chunk]] = field(default_factory=list)
    spans: list[tuple[int, int, str, Path]] = field(default_factory=list)
    piece: int = 0

    def __post_init__(self) -> None:
        end, known = self.value(self.space(3 if self.data.startswith(b"\xef\xbb\xbf") else 0), (), 0)
        self.end, self.known = end, known
        self.checkpoints.append((known, end))

    def checkpoint(self, offset: int) -> int:
        return max((there for known, there in self.checkpoints if known <= offset), default=0)

    def chunks_until(self, offset: int) -> list[Chunk]:
        return [chunk for known, chunk in self.chunks if known <= offset]

    def innermost(self, offset: int) -> tuple[str, Path, int]:
        """What is open after ``offset`` bytes, its path, and the depth."""
        now = sorted(span for span in self.spans if span[0] < offset < span[1])
        depth = sum(span[2] in ("object", "array") for span in now)
        return (now[-1][2], now[-1][3], depth) if now else ("nothing", (), 0)

    def space(self, at: int) -> int:
        found = _SPACE.match(self.data, at)
        assert found
        return found.end()

    def value(self, at: int, path: Path, arrays: int) -> tuple[int, int]:
        """Walk the value at ``at``; return its end and how many bytes it takes to know it."""
        if len(path) == 1:
            self.piece = at
        first = self.data[at : at + 1]
        if first == b'"':
            end = known = self.string(at, path)
        elif first in (b"{", b"["):
            end = known = self.container(at, path, arrays + (first == b"["))
        else:
            found = _BARE.match(self.data, at)
            assert found
            end, known = found.end(), found.end() + 1
            self.spans.append((at, known, "literal" if first in b"tfn" else "number", path))
        if first in (b"{", b"[", b'"'):
            self.spans.append((at, known, {b"{": "object", b"[": "array", b'"': "string"}[first], path))
        if len(path) == 1:
            self.chunks.append((known, Chunk(path, self.piece, end, "member")))
        return end, known

    def container(self, at: int, path: Path, arrays: int) -> int:
        is_array = self.data[at : at + 1] == b"["
        index = 0
        at = self.space(at + 1)
        while self.data[at] not in b"]}":
            name: str | int = index
            if not is_array:
                end = self.closing_quote(at) + 1
                self.spans.append((at, end, "key", path))
                name = json.loads(self.data[at:end].decode("utf-8", "surrogatepass"))
                at = self.space(self.space(end) + 1)
            end, known = self.value(at, (*path, name), arrays)
            if is_array and len(path) == 1:
                self.chunks.append((known, Chunk((*path, name), at, end, "item")))
                self.piece = end
            if arrays == 0 or (arrays == 1 and is_array):
                self.checkpoints.append((known, end))
            at = self.space(end)
            at = self.space(at + (self.data[at : at + 1] == b","))
            index += 1
        return at + 1

    def characters(self, at: int) -> list[bytes]:
        """The characters from ``at`` to the closing quote."""
        found = []
        while self.data[at : at + 1] != b'"':
            match = _CHARACTER.match(self.data, at)
            assert match
            found.append(match[0])
            at = match.end()
        return found

    def closing_quote(self, at: int) -> int:
        return at + 1 + sum(map(len, self.characters(at + 1)))

    def string(self, at: int, path: Path) -> int:
        body = start = here = at + 1
        before = b""
        for character in self.characters(body):
            here += len(character)
            border = here - len(character) if _HIGH.match(character) else here
            if border - body >= 64:
                self.checkpoints.append((here, border))
            if character == b"\\n" and len(path) == 1 and here - start >= (256 if before == b"\\n" else 1024):
                self.chunks.append((here, Chunk(path, start, here, "text")))
                start = self.piece = here
            before = character
        if here - body >= 64:
            self.checkpoints.append((here + 1, here))
        return here + 1


def accepts(data: bytes) -> bool:
    """Whether a strict parser takes ``data`` (with the two liberties: a byte order mark, lone surrogates)."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        text = data.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
        json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


def can_become_valid(data: bytes) -> bool:
    """Whether some text that a strict parser takes begins with ``data``; by trial."""
    words = (word[at:] for word in (b"true", b"false", b"null") for at in (1, 2, 3, 4))
    tails = [b"", *b'" ":0 :0 0 "":0 \xbb\xbf0 \xbf0'.split(), *words]
    pieces = (b"", b"n", b"\x80", b"\x80\x80", b"\x80\x80\x80", b"\x90\x80\x80", b"\xa0\x80", *(b"0" * count for count in (1, 2, 3, 4)))
    outside = re.sub(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', b"", data, flags=re.DOTALL)
    while (shorter := re.sub(rb"\[[^][{}]*\]|\{[^][{}]*\}", b"", outside)) != outside:
        outside = shorter
    closers = bytes({0x5B: 0x5D, 0x7B: 0x7D}[byte] for byte in reversed(outside) if byte in b"[{")
    return any(accepts(data + piece + tail + closers) for tail in tails for piece in pieces)


STRINGS = st.one_of(
    st.text(max_size=8),
    st.lists(
        st.sampled_from(["\n", "\n\n", '"', "\\", "\\n", "x" * 40, "é", "漢", "😀", "\ud83d", "\ude00", "\x7f", "/"]), max_size=30
    ).map("".join),
)
SCALARS = st.one_of(STRINGS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)), max_leaves=12
)
INPUTS = st.dictionaries(st.one_of(st.sampled_from(["s", "l", "n"]), STRINGS), VALUES, max_size=4)


@st.composite
def texts(draw: st.DrawFn, values: st.SearchStrategy[Any] = INPUTS) -> bytes:
    """A valid text in any of the usual spellings, sometimes with a byte order mark and white space around it."""
    indent = draw(st.sampled_from([None, None, 1, "\t"]))
    separators = draw(st.sampled_from([None, (",", ":"), (" , ", " : "), (",\r\n", ":\t")]))
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()), indent=indent, separators=separators)
    return (draw(st.sampled_from(["", " ", "\ufeff", "\ufeff\n"])) + text + "\n").encode("utf-8", "surrogatepass")


SPLINTERS = [b"", *b'" \\ , } ] { [ : 0 - e t 1.5 \\u12 \\ud83d'.split(), b"\n", b"\xed\xa0\xbd", b"\xe6", b"\xf0\x9f", b"\x80"]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A valid text with a few bytes taken out or put in, so mostly no longer valid."""
    data = draw(texts(st.one_of(INPUTS, VALUES)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(SPLINTERS)) + data[at + draw(st.integers(0, 1)) :]
    return data


TOKENS = st.lists(st.sampled_from([*'{}[],:" \\u01.-e', "true", "null", '"a":', "\\ud83d", "\n", "é", "12"]), max_size=14).map(
    lambda all_: "".join(all_).encode()
)
ANY = st.one_of(texts(), broken(), TOKENS, st.binary(max_size=12))
