"""One response of a captured stream: its events in, a verdict on each tool input out. PURE."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from finestream.capture.verdict import State, Verdict, mending
from finestream.events import Event, Kind, partial_json
from finestream.monitor import Monitor, Note, Request
from finestream.monitor.shape import Shape
from finestream.monitor.target import target
from finestream.monitor.tool_input import ToolInput
from finestream.recovery import plan
from finestream.settings import Settings

_ANY = Shape({}, frozenset())
_WATCHING = Settings(recovery="off")
_LIMITS = {
    "max_tokens": "the output limit was reached (max_tokens)",
    "model_context_window_exceeded": "the context window was full (model_context_window_exceeded)",
}


@dataclass
class _Input:
    number: int
    held: ToolInput
    deltas: int = 0
    is_stopped: bool = False


class Response:
    """Takes the events of one response in their order. ``numbers`` gives each tool input of the file its place."""

    def __init__(self, session: str | None, numbers: Iterator[int]) -> None:
        self.session = session
        self._numbers = numbers
        self.message_id: str | None = None
        self.stop_reason: str | None = None
        self.is_over = False
        self.unwatched = 0  # inputs of server tools, which the client does not run
        self._error: str | None = None
        self._inputs: list[_Input] = []
        self._open: dict[int, _Input] = {}
        self._monitor = Monitor(Request(b""), _WATCHING, 0.0)
        self._lost: str | None = None

    def begins_anew(self, event: Event) -> bool:
        """Whether an event is the first of another response."""
        if event.kind is not Kind.MESSAGE_START:
            return False
        return self.is_over or (self.message_id is not None and event.body["message"].get("id") != self.message_id)

    def take(self, event: Event) -> None:
        """Take the next event."""
        self._listen(event)
        match event.kind:
            case Kind.MESSAGE_START:
                self.message_id = str(event.body["message"].get("id"))
            case Kind.BLOCK_START:
                self._begin(event)
            case Kind.BLOCK_DELTA:
                self._grow(event)
            case Kind.BLOCK_STOP if event.index in self._open:
                self._open.pop(event.index).is_stopped = True
            case Kind.MESSAGE_DELTA:
                reason = event.body["delta"].get("stop_reason")
                self.stop_reason = reason if isinstance(reason, str) else self.stop_reason
            case Kind.ERROR:
                error = event.body.get("error")
                self._error = str(error.get("type") if isinstance(error, dict) else "no type")
            case _:
                pass
        self.is_over = self.is_over or event.kind in (Kind.MESSAGE_STOP, Kind.ERROR)

    def _listen(self, event: Event) -> None:
        """Let the monitor itself say where it would lose the thread.

        A message_stop behind an open input is not for it: the client writes one into its output where the connection was lost.
        """
        if event.kind is Kind.MESSAGE_STOP and self._open:
            return
        for decision in self._monitor.receive(event.raw, 0.0):
            if isinstance(decision, Note) and decision.kind == "blind":
                self._lost = str(decision.record["reason"])

    def _begin(self, event: Event) -> None:
        block = event.body["content_block"]
        if block.get("type") == "tool_use":
            self._open[event.index] = opened = _Input(next(self._numbers), ToolInput(event.index, block, _ANY))
            self._inputs.append(opened)
            if block.get("input"):  # it stands whole in its start and is not streamed
                opened.held.take(json.dumps(block["input"], ensure_ascii=False), b"")
        elif str(block.get("type")).endswith("tool_use"):
            self.unwatched += 1

    def _grow(self, event: Event) -> None:
        fragment = partial_json(event)
        opened = self._open.get(event.index)
        if opened and fragment is not None:
            opened.deltas += 1
            opened.held.take(fragment, b"")

    # -- the end ---------------------------------------------------------------------------------------------------------------------------

    def remarks(self) -> Iterator[str]:
        """What is wrong with the response itself."""
        name = f"message {self.message_id}" if self.message_id else "a message without a beginning"
        if self._lost:
            yield f"{name}: the monitor would stop watching it and pass it on ({self._lost})"
        if self._error:
            yield f"{name}: the server reported an error ({self._error})"
        elif not self.is_over and not self._inputs:
            yield f"{name}: it ends without message_stop"

    def verdicts(self) -> Iterator[tuple[int, Verdict]]:
        """Judge its tool inputs, once nothing more comes; each with its place in the file."""
        return ((one.number, self._judge(one)) for one in self._inputs)

    def _judge(self, one: _Input) -> Verdict:
        held = one.held
        if held.is_sound and (held.members or (one.is_stopped and self.stop_reason not in _LIMITS)):
            why = None if one.is_stopped else "the model closed it, but its block was not ended"
            return replace(self._verdict(one, State.COMPLETE), why=why)
        why = self._cut(one)
        if why is None and not held.text.strip():
            return replace(self._verdict(one, State.COMPLETE), why="without arguments")
        return self._malformed(one) if why is None else self._broken(one, why)

    def _cut(self, one: _Input) -> str | None:
        """Why the input was cut, as the stream tells, or None."""
        if self.stop_reason in _LIMITS and not (one.held.scanner.complete and one.held.members):
            return _LIMITS[self.stop_reason]
        if self.stop_reason is None and not (one.is_stopped and self.is_over and not self._error):
            return f"the server reported an error ({self._error})" if self._error else "the stream ended without a stop"
        return None

    def _broken(self, one: _Input, why: str) -> Verdict:
        where = plan(one.held.kept())
        kept = len(where.kept.encode("utf-8", "surrogatepass"))
        return replace(self._verdict(one, State.CUT), why=why, kept=kept, path=where.path)

    def _malformed(self, one: _Input) -> Verdict:
        scanner = one.held.scanner
        fault = scanner.fault or scanner.misfit
        offset, reason = fault or (len(one.held.text), "unfinished")
        return replace(self._verdict(one, State.MALFORMED), offset=offset, reason=reason, repair=mending(one.held.whole()))

    def _verdict(self, one: _Input, state: State) -> Verdict:
        held = one.held
        return Verdict(
            state,
            held.tool,
            held.tool_use_id,
            target(held.text),
            self.session,
            size=len(held.text),
            deltas=one.deltas,
            chunks=len(held.chunk_ends),
            stop_reason=self.stop_reason,
        )
