"""The events of a Messages API stream: frames to typed events and back. PURE. Its law: types are checked, never coerced; what is unknown
is `OTHER`, what is known but cannot be read is `GARBLED`.

Wire format: https://platform.claude.com/docs/en/build-with-claude/streaming (see facts 8.3).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

from finestream import sse

Json = dict[str, Any]


class Kind(Enum):
    """What an event means to the monitor."""

    MESSAGE_START = "message_start"
    BLOCK_START = "content_block_start"
    BLOCK_DELTA = "content_block_delta"
    BLOCK_STOP = "content_block_stop"
    MESSAGE_DELTA = "message_delta"
    MESSAGE_STOP = "message_stop"
    ERROR = "error"
    OTHER = "other"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind, the frame it came in, the index of its block (-1 where it has none) and its JSON body."""

    kind: Kind
    raw: bytes
    index: int
    body: Json


_PARTS: dict[Kind, tuple[str, type]] = {
    Kind.MESSAGE_START: ("message", dict),
    Kind.BLOCK_START: ("content_block", dict),
    Kind.BLOCK_DELTA: ("delta", dict),
    Kind.MESSAGE_DELTA: ("delta", dict),
    Kind.ERROR: ("error", dict),
}
_INDEXED = frozenset({Kind.BLOCK_START, Kind.BLOCK_DELTA, Kind.BLOCK_STOP})
_BY_NAME = {kind.value: kind for kind in Kind if kind not in (Kind.OTHER, Kind.GARBLED)}
_LONGEST_NUMBER = 300  # digits; a longer one is infinite for JavaScript
PING = b'event: ping\ndata: {"type": "ping"}\n\n'


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that JSON cannot write again")
    return number


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number that no client can hold")
    return int(text)


# As JavaScript reads: UTF-8 only, no NaN; and nothing that could not be written again when an event has to be rewritten.
_decode = json.JSONDecoder(parse_float=_finite, parse_int=_whole, parse_constant=_finite).decode


def read(frame: bytes) -> Event:
    """Read one frame. Never raises: a frame that names a known event but cannot be read is `GARBLED`."""
    name, data = sse.parse(frame)
    if not data:
        return Event(Kind.OTHER, frame, -1, {})
    try:
        body = _decode(data.decode())
    except (ValueError, RecursionError):
        body = None
    if name == Kind.ERROR.value:  # the client stops at it, whatever it says
        return Event(Kind.ERROR, frame, -1, body if isinstance(body, dict) else {})
    if not isinstance(body, dict):
        is_known = name in _BY_NAME or (body is None and name == "message")
        return Event(Kind.GARBLED if is_known else Kind.OTHER, frame, -1, {})
    tag = body.get("type")
    if not isinstance(tag, str):
        return Event(Kind.GARBLED if name in _BY_NAME else Kind.OTHER, frame, -1, body)
    return _checked(_BY_NAME.get(tag, Kind.OTHER), frame, body)


def _checked(kind: Kind, frame: bytes, body: Json) -> Event:
    index = body.get("index", -1)
    if kind in _INDEXED and (type(index) is not int or index < 0):
        return Event(Kind.GARBLED, frame, -1, body)
    part, wanted = _PARTS.get(kind, ("", dict))
    if part and not isinstance(body.get(part), wanted):
        return Event(Kind.GARBLED, frame, -1, body)
    return Event(kind, frame, index if kind in _INDEXED else -1, body)


def partial_json(event: Event) -> str | None:
    """The fragment of a tool input that a `BLOCK_DELTA` carries, or None when it carries something else."""
    delta = event.body["delta"]
    text = delta.get("partial_json")
    return text if delta.get("type") == "input_json_delta" and isinstance(text, str) else None


def frame(body: Json) -> bytes:
    """Write an event in the API's own spelling: the event name, compact JSON, a blank line. Lone surrogates stay escaped."""
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        text = json.dumps(body, separators=(",", ":")).encode()
    return b"event: " + str(body["type"]).encode("utf-8", "replace") + b"\ndata: " + text + b"\n\n"


def delta_frame(index: int, text: str) -> bytes:
    """A `content_block_delta` with this fragment of a tool input."""
    return frame({"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}})


def stop_frame(index: int) -> bytes:
    """A `content_block_stop`."""
    return frame({"type": "content_block_stop", "index": index})


def end_frames(stop_reason: str, usage: Json) -> bytes:
    """A `message_delta` with this stop reason and usage, and the `message_stop`."""
    delta = {"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": None}, "usage": usage}
    return frame(delta) + frame({"type": "message_stop"})
