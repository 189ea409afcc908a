"""The input of a handoff while it arrives: bytes -> pieces of its members. PURE.

Its one law: all pieces of a member, joined, are its value. A list comes item by item, a long text run by run, anything else whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from finestream.scanner import Chunk, Scanner

Form: TypeAlias = Literal["value", "item", "text", "end"]

RESUME = "resume"
"""The member that says how many pieces of which member the receivers have already: ``{"services": 4}``. It comes first, and is no part."""


class Piece(NamedTuple):
    """What one chunk of the input says of the top-level member ``member``.

    ``text``: the JSON of a value or of an item, or the characters of a run of text. ``place``: which item or run it is, from 0; of an
    ``end`` how many there are in all. A value ends by itself.
    """

    member: str
    form: Form
    place: int
    text: str


class Reader:
    """One call's input, fed as it arrives; how it is cut makes no difference."""

    def __init__(self) -> None:
        self._scanner = Scanner()
        self._data = bytearray()
        self._counts: dict[str, int] = {}
        self._resumed: Mapping[str, object] = {}

    def feed(self, data: bytes) -> list[Piece]:
        """Take the next bytes and return the pieces that they complete. Behind a fault there are none."""
        self._data += data
        return [piece for chunk in self._scanner.feed(data) for piece in self._pieces(chunk)]

    def _pieces(self, chunk: Chunk) -> Iterator[Piece]:
        member = str(chunk.path[0])
        text = self._data[chunk.start : chunk.end].decode("utf-8", "surrogatepass")
        if member == RESUME:
            self._note_resumed(chunk, text)
            return
        if member not in self._counts:
            self._counts[member] = self._first(member)
        index = self._counts[member]
        if chunk.kind == "item":
            yield self._next(member, "item", text)
        elif chunk.kind == "text":
            yield self._next(member, "text", _unescape(text))
        elif index == 0 and self._is_whole(chunk, text):
            yield Piece(member, "value", 0, text)
        else:
            yield from self._last(member, text)

    def _is_whole(self, chunk: Chunk, text: str) -> bool:
        """Whether a member chunk is the member's whole value, and not what is left of it behind its items or runs."""
        return self._data[: chunk.start].rstrip().endswith(b":")

    def _next(self, member: str, form: Form, text: str) -> Piece:
        index = self._counts[member]
        self._counts[member] = index + 1
        return Piece(member, form, index, text)

    def _last(self, member: str, text: str) -> Iterator[Piece]:
        """Yield what closes a member: of a list nothing but the end, of a text its last run too."""
        if text.endswith('"'):
            rest = _unescape(text[:-1].removeprefix('"'))
            if rest:
                yield self._next(member, "text", rest)
        elif text.startswith("[") and text.endswith("]"):
            for item in json.loads(text):
                yield self._next(member, "item", json.dumps(item, ensure_ascii=False))
        elif not text.endswith("]"):  # resumed as a list or a text, and it is neither
            yield Piece(member, "value", 0, text)
            return
        yield Piece(member, "end", self._counts[member], "")

    def _note_resumed(self, chunk: Chunk, text: str) -> None:
        value = json.loads(text) if chunk.kind == "member" else None
        self._resumed = value if isinstance(value, dict) else {}

    def _first(self, member: str) -> int:
        count = self._resumed.get(member)
        return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def read_whole(given: Mapping[str, object]) -> list[Piece]:
    """Cut the finished input of a call into the pieces that a reader would have made of it."""
    # What says where it goes on comes first, wherever the model has put it.
    ordered = {**({RESUME: given[RESUME]} if RESUME in given else {}), **given}
    return Reader().feed(json.dumps(ordered, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _unescape(text: str) -> str:
    return str(json.loads(f'"{text}"'))
