"""The input of one tool call while it streams: what arrived, what went out, what waits. PURE.

Its law: frames go out whole and in order up to the checkpoint, the few behind it wait; what has gone out is never contradicted.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NamedTuple

from finestream import sse
from finestream.events import Json, delta_frame, partial_json, read
from finestream.monitor.shape import Shape
from finestream.recovery import WRAPPER
from finestream.scanner import Chunk, Scanner

_ENDS = (b"]", b'"')


class Contradiction(Exception):
    """New text differs from what the client already has, or takes it back by giving a name a second value."""


class _Held(NamedTuple):
    frame: bytes
    end: int


class ToolInput:
    """One `tool_use` block whose input is being watched. ``index`` is the client's index of the block."""

    def __init__(self, index: int, start: Json, shape: Shape) -> None:
        self.index = index
        self.tool = str(start.get("name", ""))
        self.tool_use_id = str(start.get("id", ""))
        self.shape = shape
        self.scanner = Scanner(shape.kinds)
        self.text = bytearray()
        self.sent = 0  # bytes of the text that the client has
        self.members: set[str | int] = set()
        self.chunk_ends: list[int] = []
        self.synthetic = False  # the text comes from several answers: frames are written, not passed on
        self._is_joined = False
        self._claim = b""  # what the client had when the text was last rewound
        self._mark = b""  # the word in the opening of the answer that was joined, which is no part of the document
        self._held: list[_Held] = []
        self.half = ""  # the first half of a surrogate pair whose second half has not come
        self._half_frames = b""  # the frames that wait for it

    # -- text in ---------------------------------------------------------------------------------------------------------------------------

    def take(self, fragment: str, frame: bytes) -> list[Chunk]:
        """Take one delta and the frame it came in."""
        chunks = self._grow(fragment)
        self.hold(frame)
        return chunks

    def take_batch(self, text: str, whole: bytes) -> list[Chunk]:
        """Take the joined fragments of many whole frames at once."""
        chunks = self._grow(text)
        if not self.synthetic:
            self._hold_batch(whole)
        return chunks

    def settle(self) -> list[Chunk]:
        """Nothing more comes: half a character that waits for its other half stays alone, and is text like any other."""
        half, self.half = self.half, ""
        chunks = self._extend(half.encode("utf-8", "surrogatepass"))
        if self._half_frames:
            self._held.append(_Held(self._half_frames, len(self.text)))
            self._half_frames = b""
        return chunks

    def _grow(self, fragment: str) -> list[Chunk]:
        data, self.half = _utf8(self.half + fragment)
        return self._extend(data)

    def _extend(self, data: bytes) -> list[Chunk]:
        claimed = self._claim[len(self.text) : len(self.text) + len(data)]
        if claimed != data[: len(claimed)]:
            raise Contradiction
        if self._mark and self._mark in self.text[max(0, len(self.text) - len(self._mark)) :] + data:
            raise Contradiction
        self.text += data
        had_ended = self.scanner.complete
        found = self.scanner.feed(data)
        if self._is_joined and self.scanner.complete and not had_ended:
            _check_names(self.text[: self.scanner.end])  # before the closing bracket can go out
        chunks: list[Chunk] = []
        for chunk in found:
            self.members.add(chunk.path[0])
            if self._carries(chunk):
                self.chunk_ends.append(chunk.end)
                chunks.append(chunk)
        return chunks

    def _carries(self, chunk: Chunk) -> bool:
        """Whether it brings anything: behind the items of a list, and maybe behind the lines of a text, nothing but their end is left."""
        return chunk.kind != "member" or self.text[chunk.start : chunk.end].strip() not in _ENDS

    def _hold_batch(self, whole: bytes) -> None:
        """Keep a run of frames: as one where all of it may go out, else with its last frames one by one."""
        if self.half:  # nothing but empty fragments came
            self._half_frames += whole
            return
        half, self._half_frames = self._half_frames, b""
        total = len(self.text)
        # A character whose halves came in two frames belongs to neither alone: they stay together.
        frames = sse.split(whole) if total > self.scanner.checkpoint and not half else []
        tail: list[_Held] = []
        while len(frames) > 1 and total > self.scanner.checkpoint:
            frame = frames.pop()
            tail.append(_Held(frame, total))
            total -= len((partial_json(read(frame)) or "").encode("utf-8", "surrogatepass"))
        self._held.append(_Held(half + (b"".join(frames) or whole), total))
        self._held += reversed(tail)

    # -- frames out ------------------------------------------------------------------------------------------------------------------------

    def hold(self, frame: bytes) -> None:
        """Let a frame wait behind those before it."""
        if self.synthetic:
            return
        if self.half:  # it goes out with the frame that brings the other half, so that the client's text never ends inside a character
            self._half_frames += frame
            return
        self._held.append(_Held(self._half_frames + frame, len(self.text)))
        self._half_frames = b""

    def release(self) -> bytes:
        """The frames that may go out now. A text that is whole but lacks members, or has none, keeps its closing bracket back."""
        is_lacking = self.scanner.complete and not self.is_certain
        return b"" if is_lacking else self._out(self.scanner.checkpoint)

    def expose(self) -> bytes:
        """What waits, checkpoint or not; but what is lacking nothing but members can be continued only in front of its closing bracket."""
        is_lacking = self.scanner.complete and not self.is_certain and not self.is_damaged
        return self._out(self.scanner.end - 1 if is_lacking else len(self.text))

    def yield_all(self) -> bytes:
        """Everything that waits."""
        return self._out(len(self.text))

    def _out(self, limit: int) -> bytes:
        if self.synthetic:
            start, self.sent = self.sent, max(self.sent, min(limit, self._before_mark(len(self.text))))
            text = self.text[start : self.sent].decode("utf-8", "surrogatepass")
            return delta_frame(self.index, text) if text else b""
        count = 0
        for held in self._held:
            if held.end > limit:
                break
            count += 1
        if not count:
            return b""
        out, self._held = self._held[:count], self._held[count:]
        self.sent = out[-1].end
        return b"".join(held.frame for held in out)

    @property
    def waiting(self) -> int:
        """Bytes of the text that have arrived and not gone out."""
        return len(self.text) - self.sent

    @property
    def has_frames(self) -> bool:
        """Whether anything waits."""
        return bool(self._held) or bool(self._half_frames) or (self.synthetic and self.waiting > 0)

    def held_frames(self) -> bytes:
        """The raw frames that wait, for the case that nothing better is found."""
        return b"".join(held.frame for held in self._held) + self._half_frames

    # -- judgement -------------------------------------------------------------------------------------------------------------------------

    @property
    def is_sound(self) -> bool:
        """Whether the input is whole as it stands: one JSON object, nothing wrong with it, every required member there."""
        scanner = self.scanner
        return scanner.complete and scanner.fault is None and scanner.misfit is None and self.shape.required <= self.members

    @property
    def is_certain(self) -> bool:
        """Whether it is sound whatever comes. Of an empty object the stream may yet say that it was cut, or glue the real one behind it;
        half a character behind the object may yet be more than space.
        """
        return self.is_sound and bool(self.members) and not self.half

    @property
    def is_damaged(self) -> bool:
        """Whether something in the text is known to be wrong, so that letting it go out can only fail."""
        return self.scanner.fault is not None or self.scanner.misfit is not None

    def kept(self) -> str:
        """The text up to the checkpoint; of a text that is whole but lacks members, up to the closing bracket."""
        if self.scanner.complete and self.scanner.misfit is None:
            return self.text[: self.scanner.end].decode("utf-8", "surrogatepass").rstrip(" \t\n\r")[:-1].rstrip(" \t\n\r")
        return self.until_checkpoint()

    def until_checkpoint(self) -> str:
        """The text up to the scanner's checkpoint."""
        return self.text[: self._before_mark(self.scanner.checkpoint)].decode("utf-8", "surrogatepass")

    def _before_mark(self, end: int) -> int:
        """Where the text up to ``end`` may begin the mark: the rest of that may come, and then none of it is part of the document."""
        sizes = range(min(len(self._mark) - 1, end), 0, -1)
        return end - next((size for size in sizes if self.text.endswith(self._mark[:size], 0, end)), 0)

    def whole(self) -> str:
        """All of the text."""
        return self.text.decode("utf-8", "surrogatepass")

    # -- recovery --------------------------------------------------------------------------------------------------------------------------

    def rewind(self, kept: str, tail: str, mark: str = "") -> list[Chunk]:
        """Go on from ``kept`` with the text of another answer, in which ``mark`` must not stand any more.

        Raises: Contradiction: when the result differs from what the client has; nothing is changed then.
        """
        joined, _ = _utf8(kept + tail)
        claim = self.sent_text.encode("utf-8", "surrogatepass")
        if joined[: len(claim)] != claim[: len(joined)] or (mark and mark.encode() in joined):
            raise Contradiction
        _check_names(joined)
        told = self.chunk_ends[-1] if self.chunk_ends else 0  # a number that ended with the text was not: only what follows ends it
        self.scanner, self.text, self._claim = Scanner(self.shape.kinds), bytearray(), claim
        self._mark = mark.encode()
        self.members, self.chunk_ends = set(), []
        self.synthetic, self._is_joined = True, True
        self._held, self.half, self._half_frames = [], "", b""
        return [chunk for chunk in self._grow(kept + tail) if chunk.end > told]

    @property
    def sent_text(self) -> str:
        """What the client has of the input."""
        claim = self._claim if len(self._claim) >= self.sent else self.text[: self.sent]
        return bytes(claim).decode("utf-8", "surrogatepass")

    def replace(self, text: str) -> bytes:
        """The frame that turns what the client has into ``text``, which must begin with it."""
        rest = text.encode("utf-8", "surrogatepass")[self.sent :].decode("utf-8", "surrogatepass")
        self.sent = len(text.encode("utf-8", "surrogatepass"))
        return delta_frame(self.index, rest) if rest else b""


def _utf8(text: str) -> tuple[bytes, str]:
    """UTF-8, the halves of split surrogate pairs joined first, and a first half at the end, whose other half may come."""
    try:
        return text.encode(), ""
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        half = joined[-1] if "\ud800" <= joined[-1] <= "\udbff" else ""
        return joined[: len(joined) - len(half)].encode("utf-8", "surrogatepass"), half


def _check_names(text: bytes | bytearray) -> None:
    """In a whole JSON text each name of an object has one value; of two the client would take the later one, against what was kept.

    A model that was asked for the rest of one member may give others again, and not as they were. Raises: Contradiction.
    """
    with suppress(ValueError, RecursionError):  # not whole yet, or not to be read at all: both are told elsewhere
        json.loads(text, object_pairs_hook=_one_value_each)


def _one_value_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if WRAPPER in members:  # the model has sent back what it was shown; a permissive tool would run with it
        raise Contradiction
    if len(members) < len(pairs) and any(members[name] != value for name, value in pairs):
        raise Contradiction
    return members
