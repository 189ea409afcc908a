"""Server-sent events: bytes to frames. PURE. Its law: no byte is lost, invented or moved, however the reads are cut.

A frame is everything up to and including the blank line that ends it, kept raw, so that what is healthy can be passed on byte for byte.
The rules are those of the WHATWG HTML standard, section "Parsing an event stream": lines end in LF, CR LF or CR; a blank line dispatches
the event.
"""

from __future__ import annotations

import re

# A lone CR counts only when the byte behind it is known, else a CR LF that is cut between two reads would end a frame too early.
_LINE_END = rb"(?:\r\n|\n|\r(?=[^\n]))"
_BLANK_LINE = re.compile(_LINE_END + _LINE_END)
_LINES = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_LONGEST_END = 4


class Framer:
    """Collects reads into whole frames.

    ``limit`` bounds a frame that does not end, in bytes: past it ``overflow`` turns true and the caller should stop framing.
    """

    def __init__(self, limit: int) -> None:
        self._rest = bytearray()
        self._limit = limit
        self._searched = 0
        self._has_cr = False  # whether the rest holds a CR: looked for in each read once, not in the whole rest again and again

    def feed(self, data: bytes) -> bytes:
        """Return all frames that these bytes complete, joined, or ``b""``."""
        rest = self._rest
        if not rest and data.endswith(b"\n\n") and b"\r" not in data:
            return data  # most reads end with a frame, and need no copy
        rest += data
        self._has_cr = self._has_cr or b"\r" in data
        end = self._last_end(max(0, self._searched - _LONGEST_END))
        self._searched = len(rest) - end
        if not end:
            return b""
        whole = bytes(memoryview(rest)[:end])
        del rest[:end]
        self._has_cr = self._has_cr and b"\r" in rest
        return whole

    def _last_end(self, start: int) -> int:
        rest = self._rest
        if not self._has_cr:
            found = rest.rfind(b"\n\n", start)
            return found + 2 if found >= 0 else 0
        end = 0
        for match in _BLANK_LINE.finditer(rest, start):
            end = match.end()
        return end

    @property
    def overflow(self) -> bool:
        """Whether the unfinished frame is longer than the limit."""
        return len(self._rest) > self._limit

    def drain(self) -> bytes:
        """Give back the bytes of the unfinished frame and forget them."""
        rest = bytes(self._rest)
        self._rest.clear()
        self._searched = 0
        self._has_cr = False
        return rest


def split(whole: bytes) -> list[bytes]:
    """Cut joined whole frames, as `Framer.feed` returns them, into single frames; what is no frame belongs to the one before it."""
    if b"\r" not in whole:
        *parts, tail = whole.split(b"\n\n")
        frames = [part + b"\n\n" for part in parts]
        return [*frames[:-1], b"".join(frames[-1:]) + tail] if tail else frames
    frames, start = [], 0
    for match in _BLANK_LINE.finditer(whole + b"x"):  # the byte behind a final CR is known here: nothing follows it
        frames.append(whole[start : match.end()])
        start = match.end()
    return frames


def parse(frame: bytes) -> tuple[str, bytes]:
    """Return the event name ("message" when there is none) and the data of one frame; comments and other fields are ignored."""
    name = "message"
    data: list[bytes] = []
    for line in _LINES.split(frame.removeprefix(_BOM)):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    return name or "message", b"\n".join(data)
