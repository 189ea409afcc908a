"""What a captured file is, told from its first line, and the stream out of what a capture wraps around it. PURE."""

from __future__ import annotations

import json
import re
from enum import Enum

from finestream.events import Kind

_BOM = b"\xef\xbb\xbf"
_SSE = re.compile(rb"(?:event|data|id|retry)?:")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r?\n")
_EVENTS = frozenset({kind.value for kind in Kind} - {Kind.OTHER.value, Kind.GARBLED.value}) | {"ping"}
# Lines that only one of the two has; what both have, `assistant` and `user`, is told apart by how the session is named.
_STREAM_JSON = frozenset({"system", "stream_event", "result", "rate_limit_event", "control_request", "control_response"})
_MESSAGES = frozenset({"assistant", "user"})


class Form(Enum):
    """What a file can be."""

    SSE = "server-sent events"
    EVENTS = "events, one JSON object a line"
    STREAM_JSON = "the client's stream-json output"
    TRANSCRIPT = "a transcript of the client"


def form_of(data: bytes) -> Form | None:
    """Say what begins like this; None is none of them, or not yet."""
    body = unwrapped(data).removeprefix(_BOM).lstrip()
    line = body.split(b"\n", 1)[0]
    if _SSE.match(line):
        return Form.SSE
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return form_of_line(found) if isinstance(found, dict) else None


def form_of_line(line: dict[str, object]) -> Form | None:
    """Say what has such a line."""
    kind = line.get("type")
    if not isinstance(kind, str):
        return None
    if "sessionId" in line or "leafUuid" in line:
        return Form.TRANSCRIPT
    if kind in _STREAM_JSON or (kind in _MESSAGES and "message" in line):
        return Form.STREAM_JSON
    return Form.EVENTS if kind in _EVENTS else None


def unwrapped(data: bytes) -> bytes:
    """Take off the head of an HTTP response, and the sizes of a chunked one."""
    while data.startswith(b"HTTP/"):
        head = re.search(rb"\r?\n\r?\n", data)
        if head is None:
            return b""
        data = data[head.end() :]
    size = _CHUNK.match(data)
    return _dechunked(data) if size and _SSE.match(data[size.end() :].lstrip()) else data


def _dechunked(data: bytes) -> bytes:
    parts, pos = [], 0
    while (size := _CHUNK.match(data, pos)) and int(size[1], 16):
        end = size.end() + int(size[1], 16)
        parts.append(data[size.end() : end])
        pos = end + (2 if data[end : end + 2] == b"\r\n" else 1)
    return b"".join(parts)
