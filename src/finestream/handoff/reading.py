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
    """One call's input, fed as it arrives; how it is cut makes no difference, nor how its texts are spelled."""

    def __init__(self) -> None:
        self._input = _Cut()
        self._text: _Cut | None = None  # the value of the open member, where it is a text
        self._place: int | None = None  # of the next piece of the open member
        self._resumed: Mapping[str, object] = {}
        self._is_lost = False

    def feed(self, data: bytes) -> list[Piece]:
        """Take the next bytes and return the pieces that they complete. Behind a fault, or what nobody could parse, there are none."""
        return [piece for chunk, text in self._input.feed(data) for piece in self._pieces(chunk, text)]

    def _pieces(self, chunk: Chunk, text: str) -> Iterator[Piece]:
        member, is_last = str(chunk.path[0]), chunk.kind == "member"
        if self._is_lost:
            return
        if member == RESUME:
            self._note_resumed(text if is_last else "")
            return
        if self._place is None:
            self._place = _count(self._resumed.get(member))
        if chunk.kind == "text" or (is_last and text.endswith('"')):
            yield from self._runs(member, text, is_last=is_last)
        else:
            yield from self._others(member, text, is_last=is_last)
        if is_last:
            self._place = self._text = None

    def _note_resumed(self, text: str) -> None:
        self._resumed = json.loads(text) if text.endswith("}") and self._can_parse(text) else {}

    def _others(self, member: str, text: str, *, is_last: bool) -> Iterator[Piece]:
        if is_last and text.endswith("]") and self._place:
            yield Piece(member, "end", self._place, "")
        elif self._can_parse(text):
            yield Piece(member, "value", 0, text) if is_last else self._next(member, "item", text)

    def _runs(self, member: str, text: str, *, is_last: bool) -> Iterator[Piece]:
        """Cut a text where the scanner cuts its plainest spelling: at its end it comes again, and in no other one."""
        is_whole = is_last and self._text is None
        if self._text is None:
            self._text = _Cut(b'{"":"')
        spelled = json.dumps(_unescape(text[is_whole : len(text) - is_last]), ensure_ascii=False)[1:-1] + '"' * is_last
        for chunk, run in self._text.feed(spelled.encode("utf-8", "surrogatepass")):
            if chunk.kind == "text":
                yield self._next(member, "text", _unescape(run))
            elif self._place:
                yield from self._last_run(member, _unescape(run[:-1].removeprefix('"')))
            else:
                yield Piece(member, "value", 0, run)

    def _last_run(self, member: str, rest: str) -> Iterator[Piece]:
        if rest:
            yield self._next(member, "text", rest)
        yield Piece(member, "end", self._place or 0, "")

    def _next(self, member: str, form: Form, text: str) -> Piece:
        place = self._place or 0
        self._place = place + 1
        return Piece(member, form, place, text)

    def _can_parse(self, text: str) -> bool:
        try:
            json.loads("[" * _MARGIN + text + "]" * _MARGIN)
        except (ValueError, RecursionError):
            self._is_lost = True
        return not self._is_lost


_MARGIN = 100
"""Levels of nesting that are kept free: how deep Python parses depends on where it is called from."""


class _Cut:
    """A scanner that tells chunks together with their text."""

    def __init__(self, data: bytes = b"") -> None:
        self._scanner = Scanner()
        self._data = bytearray()
        self.feed(data)

    def feed(self, data: bytes) -> list[tuple[Chunk, str]]:
        self._data += data
        return [(chunk, self._data[chunk.start : chunk.end].decode("utf-8", "surrogatepass")) for chunk in self._scanner.feed(data)]


def read_whole(given: Mapping[str, object]) -> list[Piece]:
    """Cut the finished input of a call into the pieces that a reader would have made of it."""
    try:
        # Of a number that JSON does not know JavaScript makes null, and so do we.
        known = json.loads(json.dumps(given, ensure_ascii=False), parse_constant=lambda _: None)
        text = json.dumps(known, ensure_ascii=False)
    except (ValueError, RecursionError):  # nobody could hand it on
        return []
    return Reader().feed(text.encode("utf-8", "surrogatepass"))


def _count(said: object) -> int:
    """Return how many pieces ``resume`` says that there are of a member."""
    return int(said) if isinstance(said, (int, float)) and not isinstance(said, bool) and said > 0 and said % 1 == 0 else 0


def _unescape(text: str) -> str:
    return str(json.loads(f'"{text}"'))
