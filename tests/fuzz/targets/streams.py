"""Bytes of a stream: frames, events, and whole captured files."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Iterator

from finestream import capture, events, sse
from finestream.events import Kind
from tests.fuzz.engine import Target

LIMIT = 1 << 20
_BOM = b"\xef\xbb\xbf"
FRAMES = (
    b'event: message_start\ndata: {"type":"message_start","message":{'
    b'"id":"m","role":"assistant","content":[],"usage":{"input_tokens":1}}}\n\n',
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    b'"content_block":{"type":"tool_use","id":"t0","name":"Note","input":{}}}\n\n',
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"input_json_delta","partial_json":"{"}}\n\n',
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}\n\n',
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    b'event: message_delta\ndata: {"type":"message_delta","delta":'
    b'{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}\n\n',
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}\n\n',
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    b'event: ping\ndata: {"type": "ping"}\n\n',
    b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
)
_LINES = (
    b"data: ",
    b"data",
    b"event: ",
    b"event:ping\n",
    b": ",
    b"id: 1\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"\r\n\r\n",
    _BOM,
    b"\xff",
)
_TYPES = tuple(f'"type":"{kind.value}",'.encode() for kind in Kind)
_ODD_VALUES = (b"null", b"[]", b"{}", b'"\\ud800"', b"1e400", b"true", b'""', b"-1", b"NaN")


def cuts(data: bytes, seed: int) -> Iterator[bytes]:
    """Cut data into reads: all in one, into pieces of some size, seldom byte by byte."""
    size = (len(data), 97, 31, 7 + seed, 500, 150 + 3 * seed, 1)[seed % 7] if seed % 7 < 6 or seed % 4 == 1 else 13
    for at in range(0, len(data), max(1, size)):
        yield data[at : at + size]


def dispatched(stream: bytes) -> list[tuple[str, bytes]]:
    """What the standard's own algorithm dispatches of whole frames, events without data left out; line by line, nothing shared."""
    found: list[tuple[str, bytes]] = []
    name = b""
    data: list[bytes] = []
    for line in re.split(rb"\r\n|\r|\n", stream)[:-1]:  # the last one has no end
        field, _, value = line.partition(b":")
        if not line:
            if b"\n".join(data):
                found.append((name.decode("utf-8", "replace") or "message", b"\n".join(data)))
            name, data = b"", []
        elif field in (b"data", b"event"):
            value = value.removeprefix(b" ")
            name, data = (value, data) if field == b"event" else (name, [*data, value])
    return found


def check_frames(data: bytes) -> Iterable[Hashable]:
    """No byte is lost, and no cut changes a frame. The first byte says how it is cut."""
    stream = data[1:]
    framer = sse.Framer(LIMIT)
    wholes = [framer.feed(piece) for piece in cuts(stream, data[0] if data else 0)]
    rest = framer.drain()
    assert b"".join(wholes) + rest == stream, "bytes were lost or moved"
    frames = [frame for whole in wholes if whole for frame in sse.split(whole)]
    assert b"".join(frames) == b"".join(wholes), "splitting lost bytes"
    if rest.endswith(b"\r"):  # it may be half of a line end, so nobody can know yet
        return {"half an end"}
    told = [event for frame in frames if (event := sse.parse(frame))[1]]
    if _BOM not in stream:  # we pass one in front of each frame, as the client's own reader does
        assert told == dispatched(b"".join(wholes)), "other events than the standard's"
        assert dispatched(stream) == told, "an event is still held back"
    return {min(len(frames), 5), min(len(told), 5), b"\r" in stream, bool(rest)}


def check_events(data: bytes) -> Iterable[Hashable]:
    """Each frame is read without a word, and what is read can be written again and is the same."""
    seen: set[Hashable] = set()
    for frame in sse.split(data) if data else ():
        event = events.read(frame)
        assert event.raw == frame
        assert (event.index >= 0) <= (event.kind in (Kind.BLOCK_START, Kind.BLOCK_DELTA, Kind.BLOCK_STOP))
        if event.kind is Kind.BLOCK_DELTA:
            events.partial_json(event)
        if event.kind not in (Kind.OTHER, Kind.GARBLED) and isinstance(event.body.get("type"), str):
            again = events.read(events.frame(event.body))
            assert again.body == event.body or event.kind is Kind.ERROR, "a rewritten event says something else"
        seen |= {event.kind, (event.kind, len(event.body))}
    return seen


def check_capture(data: bytes) -> Iterable[Hashable]:
    """Any file is judged, and the same however it is read."""
    stream = data[1:]
    whole = capture.check([stream])
    pieces = capture.check(cuts(stream, data[0] if data else 0))
    assert whole == pieces, "the report depends on the cuts"
    if whole is None:
        return {"unknown"}
    json.dumps([verdict.tool for verdict in whole.verdicts])
    return {whole.form, *(verdict.state for verdict in whole.verdicts), *(remark[-12:] for remark in whole.remarks)}


_TRANSCRIPT = (
    b'{"type":"assistant","sessionId":"s","message":{"id":"m","stop_reason":"tool_use","content":['
    b'{"type":"tool_use","id":"t0","name":"Note","input":{"path":"a"}}]}}\n',
    b'{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t0","is_error":true,"content":"InputValidationError"}]}}\n',
    b'{"type":"stream_event","session_id":"s","event":{"type":"message_start","message":{"id":"m"}}}\n',
    b'{"type":"stream_event","event":{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"N","input":{}}}}\n',
    b'"input":{"__unparsedToolInput":{"raw":"{\\"a\\": ","len":9}}',
)

TARGETS = (
    Target("sse", check_frames, (*_LINES, *FRAMES[:1]), 1000),
    Target("events", check_events, (*FRAMES, *_TYPES, *_ODD_VALUES, b'"index":', b'"delta":', b"{", b"}")),
    Target("capture", check_capture, (*FRAMES, *_TRANSCRIPT, *_ODD_VALUES, b"\n", b"data: [DONE]\n\n", b"10\r\n", b'"type":', b'"id":')),
)
