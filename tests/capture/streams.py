"""Captured streams, made for the tests of what is said of them."""

from __future__ import annotations

import json
from typing import Any

from finestream.capture import Report, Verdict, check
from finestream.events import delta_frame, end_frames, frame, stop_frame

Json = dict[str, Any]
TEXT = json.dumps({"file_path": "docs/a.md", "content": "".join(f"line {number} of the text\n" for number in range(40))})
BROKEN = TEXT[:600]
BAD = '{"path": "a", "text": "b",}'


def start(name: str = "m1") -> bytes:
    return frame({"type": "message_start", "message": {"id": name, "role": "assistant", "content": [], "usage": {"output_tokens": 1}}})


def tool(index: int = 0, name: str = "Write", *, kind: str = "tool_use", given: Json | None = None) -> bytes:
    block = {"type": kind, "id": f"t{index}", "name": name, "input": given or {}}
    return frame({"type": "content_block_start", "index": index, "content_block": block})


def call(text: str, index: int = 0, name: str = "Write") -> bytes:
    """A whole block, its input in two deltas."""
    return tool(index, name) + delta_frame(index, text[:9]) + delta_frame(index, text[9:]) + stop_frame(index)


def message(text: str, stop_reason: str = "tool_use") -> bytes:
    return start() + call(text) + end_frames(stop_reason, {"output_tokens": 9})


def error(kind: str = "overloaded_error") -> bytes:
    return frame({"type": "error", "error": {"type": kind, "message": "Overloaded"}})


def bodies(data: bytes) -> list[Json]:
    return [json.loads(line[6:]) for line in data.decode().split("\n") if line.startswith("data: ")]


def lines(*objects: Json) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def events(data: bytes, session: str = "s1", parent: str | None = None) -> list[Json]:
    """The same stream as the client prints it."""
    return [{"type": "stream_event", "event": body, "session_id": session, "parent_tool_use_id": parent} for body in bodies(data)]


def assistant(value: Any, name: str = "t0", *, stop_reason: str | None = None, **fields: Any) -> Json:
    block = {"type": "tool_use", "id": name, "name": "Write", "input": value}
    said = {"id": f"m-{name}", "role": "assistant", "content": [{"type": "text", "text": "x"}, "odd", block], "stop_reason": stop_reason}
    return {"type": "assistant", "message": said, "session_id": "s1", **fields}


def result(content: Any, name: str = "t0", *, is_error: bool = True) -> Json:
    block = {"type": "tool_result", "tool_use_id": name, "content": content, "is_error": is_error}
    return {"type": "user", "message": {"role": "user", "content": [block]}, "session_id": "s1"}


def report(data: bytes) -> Report:
    """What is said of a file that holds ``data``."""
    checked = check([data])
    assert checked is not None
    return checked


def only(data: bytes) -> Verdict:
    """The verdict on the one tool input in ``data``."""
    (verdict,) = report(data).verdicts
    return verdict
