"""A monitor on a stage: it is fed, time passes when the test says so, and everything it decides is kept."""

from __future__ import annotations

import json
from typing import Any

from finestream.events import delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Abort, Decision, Forward, Monitor, Note, Request, Resend
from finestream.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "text": {"type": "string"}, "tags": {"type": "array"}},
    "required": ["path"],
}
BODY: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "go"}],
    "tools": [{"name": "Note", "input_schema": SCHEMA}],
}
DOCUMENT = json.dumps({"path": "a.txt", "text": "".join(f"line {n} of the text\n" for n in range(80)), "tags": ["one", "two"]})
ERROR = frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
CLEAN = stop_frame(0) + end_frames("tool_use", {"output_tokens": 20})


def start(tokens: int = 1) -> bytes:
    usage = {"input_tokens": 10, "output_tokens": tokens}
    return frame({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": usage}})


def tool(index: int = 0, name: str = "Note") -> bytes:
    return frame(
        {"type": "content_block_start", "index": index, "content_block": {"type": "tool_use", "id": f"t{index}", "name": name, "input": {}}}
    )


def text_block(text: str, index: int = 0) -> bytes:
    begin = frame({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}})
    return begin + frame({"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}) + stop_frame(index)


class Play:
    """A monitor, its clock, and everything it decided."""

    def __init__(self, settings: Settings | None = None, body: object = None) -> None:
        self.monitor = Monitor(Request(json.dumps(BODY if body is None else body).encode()), settings or Settings(backoff=(1.0, 2.0)), 0.0)
        self.now = 0.0
        self.all: list[Decision] = []

    def _keep(self, decisions: list[Decision]) -> list[Decision]:
        self.all += decisions
        return decisions

    def feed(self, data: bytes) -> list[Decision]:
        return self._keep(self.monitor.receive(data, self.now))

    def end(self, error: str | None = None) -> list[Decision]:
        return self._keep(self.monitor.receive_end(error, self.now))

    def refuse(self, status: int = 0, retry_after: float | None = None) -> list[Decision]:
        return self._keep(self.monitor.refused(f"HTTP {status}", self.now, status=status, retry_after=retry_after))

    def wait(self) -> list[Decision]:
        """Let time pass up to the monitor's own deadline."""
        assert self.monitor.deadline is not None
        self.now = max(self.now, self.monitor.deadline)
        return self._keep(self.monitor.tick(self.now))

    def resent(self) -> dict[str, Any]:
        """Wait until the next request is sent, and give its body."""
        while not (found := [decision.body for decision in self.all if isinstance(decision, Resend)]):
            self.wait()
        self.all = [decision for decision in self.all if not isinstance(decision, Resend)]
        return found[-1]

    @property
    def sent(self) -> bytes:
        return b"".join(decision.data for decision in self.all if isinstance(decision, Forward))

    @property
    def input(self) -> str:
        lines = [line for line in self.sent.decode().splitlines() if '"input_json_delta"' in line]
        return "".join(json.loads(line[6:])["delta"]["partial_json"] for line in lines)

    def rows(self, kind: str = "recovery") -> list[dict[str, Any]]:
        return [decision.record for decision in self.all if isinstance(decision, Note) and decision.kind == kind]

    @property
    def aborted(self) -> bool:
        return isinstance(self.all[-1], Abort)


def cut_at(size: int, settings: Settings | None = None, body: object = None) -> Play:
    play = Play(settings, body)
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:size]))
    return play


def opening(body: dict[str, Any]) -> str:
    """The last line of what the model is told."""
    told: str = body["messages"][-1]["content"][-1]["content"][-1]["text"]
    return told.rsplit("\n", 1)[-1]


def kept(body: dict[str, Any]) -> str:
    wrapped: str = json.loads(body["messages"][-1]["content"][-1]["content"][0]["text"])["INVALID_JSON"]
    return wrapped
