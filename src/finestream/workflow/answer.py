"""One answer of the model, from its first byte to its end. SHELL. Its one law: what is whole is said by the stream, never by the text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finestream import sse
from finestream.events import Event, Kind, read
from finestream.message import Block, Unreproducible
from finestream.monitor.recovering import LIMITS
from finestream.workflow.history import Json, united
from finestream.workflow.listening import Listener
from finestream.workflow.session import Happening

_LONGEST = 64 * 2**20  # bytes of one event
# What an error in the middle of a stream, which has no status of its own, would have had at its beginning (facts 8.6).
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class Broken(Exception):
    """There is no answer, or not the whole of it: ``cause`` says why, ``status`` as in `Ended`."""

    def __init__(self, cause: str, status: int | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool. ``raw``: its input as it came; ``given``: None where that is no JSON object, or not the whole of it."""

    ident: str
    name: str
    raw: str
    given: Mapping[str, Any] | None
    is_cut: bool


class Answer:
    """Fed as it arrives."""

    def __init__(self, listener: Listener) -> None:
        self.stop_reason = ""
        self.usage: Json = {}
        self.is_over = False
        self._listener = listener
        self._framer = sse.Framer(_LONGEST)
        self._blocks: dict[int, Block] = {}
        self._inputs: dict[int, list[str]] = {}
        self._stopped: set[int] = set()

    def feed(self, data: bytes) -> Iterator[Happening]:
        """Take the next bytes, and yield what happens in them.

        Raises:
            Broken: They hold an error, or cannot be read.
        """
        for frame in sse.split(self._framer.feed(data)):
            event = read(frame)
            self._take(event)
            yield from self._listener.hear(event.body)
        if self._framer.overflow:
            raise Broken("the answer holds an event without an end")

    def _take(self, event: Event) -> None:
        body, index = event.body, event.index
        match event.kind:
            case Kind.MESSAGE_START:
                self._count(body["message"].get("usage"))
            case Kind.BLOCK_START:
                self._blocks[index] = Block(index, body["content_block"])
            case Kind.BLOCK_DELTA if index in self._blocks:
                self._add(index, event)
            case Kind.BLOCK_STOP:
                self._stopped.add(index)
            case Kind.MESSAGE_DELTA:
                self.stop_reason = str(body["delta"].get("stop_reason") or self.stop_reason)
                self._count(body.get("usage"))
            case Kind.MESSAGE_STOP:
                self.is_over = True
            case Kind.ERROR:
                raise broken(body)
            case Kind.GARBLED:
                raise Broken("the answer holds an event that cannot be read")

    def _count(self, usage: object) -> None:
        self.usage |= usage if isinstance(usage, dict) else {}

    def _add(self, index: int, event: Event) -> None:
        delta = event.body["delta"]
        if delta.get("type") == "input_json_delta":
            self._inputs.setdefault(index, []).append(str(delta.get("partial_json", "")))
        else:
            self._blocks[index].frames.append(event.raw)

    def calls(self) -> list[Call]:
        """Return the calls, in their order."""
        return [self._call(index) for index, block in self._blocks.items() if block.is_tool]

    def _call(self, index: int) -> Call:
        start, raw = self._blocks[index].start, united("".join(self._inputs.get(index, ())))
        # A limit that strikes in a call that is not eager closes its input, so that it looks whole.
        is_cut = index not in self._stopped or (self.stop_reason in LIMITS and index == max(self._blocks))
        return Call(str(start.get("id")), str(start.get("name")), raw, None if is_cut else _object(raw or "{}"), is_cut)

    def content(self) -> list[Json]:
        """Return the blocks as they belong into the next request; what cannot go back as it came is left out."""
        calls = iter(self.calls())
        found = [_called(block, next(calls)) if block.is_tool else _sent(block) for block in self._blocks.values()]
        return [block for block in found if block]

    def text(self) -> str:
        """Return what it says in words."""
        return "".join(block["text"] for block in self.content() if block.get("type") == "text")


def broken(body: object) -> Broken:
    """Return what an error of the API means: its body as an object."""
    error = body.get("error") if isinstance(body, dict) else None
    found = error if isinstance(error, dict) else {}
    return Broken(str(found.get("message") or body), _STATUSES.get(str(found.get("type"))))


def _object(raw: str) -> Json | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return json.loads(united(json.dumps(value, ensure_ascii=False))) if isinstance(value, dict) else None


def _called(block: Block, call: Call) -> Json:
    return {**block.start, "input": call.given or {}}


def _sent(block: Block) -> Json | None:
    """The block, or nothing: an empty text and a thinking without its signature, because it was cut, are refused."""
    try:
        found = block.content()
    except Unreproducible:
        return None
    needed = {"text": "text", "thinking": "signature"}.get(str(found.get("type")))
    return found if needed is None or found.get(needed) else None
