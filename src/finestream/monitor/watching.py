"""How each event is taken while the message streams: one table, one small handler a cell. PURE.

Every transition stands in `TABLE`; an event that has no cell is out of order, and the monitor lets go of the stream (BLIND).
"""

from __future__ import annotations

from collections.abc import Callable

from finestream.events import Event, Kind, partial_json
from finestream.message import Block
from finestream.monitor.answer import Broken
from finestream.monitor.breaking import Breaking
from finestream.monitor.recovering import LIMITS
from finestream.monitor.shape import shape
from finestream.monitor.state import Phase
from finestream.monitor.tally import Tally
from finestream.monitor.tool_input import Contradiction, ToolInput
from finestream.scanner import Chunk


class Watching(Breaking):
    """The handlers of the table."""

    def advance(self, event: Event) -> None:
        """Take one event through the table."""
        handler = TABLE[self.phase].get(event.kind)
        if handler is None:
            self._lose_thread(f"{event.kind.value} while {self.phase.value}", event)
        else:
            handler(self, event)

    def _lose_thread(self, why: str, event: Event) -> None:
        self.lose(why)
        self.forward(event.raw if self.phase is Phase.BLIND else b"")

    def _pass(self, event: Event) -> None:
        self.pass_on(event)

    def _drop(self, event: Event) -> None:
        """An event of an answer that the client must not see."""

    def _begin(self, event: Event) -> None:
        self._count(event.body["message"].get("usage"))
        if not self.has_started:
            self.forward(event.raw)
            model = event.body["message"].get("model")
            self.model = model if isinstance(model, str) else None
            self.first_chunk = self.now
        self.has_started = True
        self.phase = Phase.BETWEEN

    def _count(self, usage: object) -> None:
        if isinstance(usage, dict):
            self.usage = {**self.usage, **usage}

    def _open(self, event: Event) -> None:
        start = event.body["content_block"]
        index = event.index + self.shift
        self.block, self.source_index = Block(index, start), event.index
        self.kept += len(event.raw)
        self.pass_on(event)
        self.phase = Phase.PASSING
        if start.get("type") == "tool_use" and not start.get("input"):  # one that stands whole in its start is not streamed
            self.input = ToolInput(index, start, shape(self.request.schema(str(start.get("name")))))
            self.input.synthetic = bool(self.shift)
            self.tally = Tally(self.now, self.requests)
            self.phase = Phase.WATCHING

    def _grow(self, event: Event) -> None:
        if event.index != self.source_index:
            self._lose_thread("a delta of another block", event)
            return
        self.keep(event.raw)
        self.pass_on(event)

    def _keep(self, event: Event) -> None:
        """Something unreadable in a block that is none of ours: the client will judge it."""
        self.keep(event.raw)
        self.pass_on(event)

    def _close(self, event: Event) -> None:
        self.blocks.append(self.opened)
        self.block = None
        self.pass_on(event)
        self.phase = Phase.BETWEEN

    # -- a tool input ----------------------------------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        fragment = partial_json(event)
        if fragment is None or event.index != self.source_index:
            self._lose_thread("a delta that is no tool input", event)
            return
        self.grow_input(self.watched, lambda watched: watched.take(fragment, event.raw), 1)

    def grow_input(self, tool_input: ToolInput, grow: Callable[[ToolInput], list[Chunk]], deltas: int) -> None:
        try:
            chunks = grow(tool_input)
        except Contradiction:
            self.cut(tool_input, "network_interruption")
            return
        self.count(chunks, deltas)
        self.forward(tool_input.release())
        if len(tool_input.text) > self.settings.input_limit:
            self.lose("a tool input beyond the limit")
        else:
            self._bound_waiting(tool_input)

    def _bound_waiting(self, tool_input: ToolInput) -> None:
        if self.is_held_back or not tool_input.has_frames:
            self.waiting_since = None
        elif tool_input.waiting > self.settings.hold_size:
            self.forward(tool_input.expose())
            self.waiting_since = None
        elif self.waiting_since is None:
            self.waiting_since = self.now

    def _wait(self, event: Event) -> None:
        """A ping, or something unknown, inside a tool input keeps its place."""
        if self.watched.has_frames and not self.watched.synthetic:
            self.watched.hold(event.raw)
        else:
            self.pass_on(event)

    def _stop(self, event: Event) -> None:
        watched = self.watched
        if event.index != self.source_index:
            self._lose_thread("a stop of another block", event)
            return
        if watched.half:
            self.grow_input(watched, ToolInput.settle, 0)
        if not self.is_in(Phase.WATCHING):  # what settled contradicts what went out, or is beyond the limit
            self.forward(event.raw if self.is_in(Phase.BLIND) else b"")
        elif watched.is_certain:
            self.forward(watched.yield_all())
            self.pass_on(event)
            self.close_block(watched, watched.whole())
        else:
            self.tail = [event]
            self.phase = Phase.HOLDING

    def _hold(self, event: Event) -> None:
        self.keep_behind(event)

    def _learn(self, event: Event) -> None:
        """The stop reason, while an input is held or still open."""
        if self.phase is Phase.WATCHING and self.watched.is_certain:
            self.close_sound(self.watched)
            self._end_message(event)
            return
        self.phase = Phase.HOLDING
        self.keep_behind(event)
        self._count(event.body.get("usage"))
        self._learn_reason(event)

    def _learn_reason(self, event: Event) -> None:
        """Keep the stop reason; none is none, and takes back none that was given."""
        reason = event.body["delta"].get("stop_reason")
        self.stop_reason = reason if isinstance(reason, str) else self.stop_reason
        self.last_reason = self.stop_reason or self.last_reason

    def _judge(self, event: Event) -> None:
        self.keep_behind(event)
        self.judge(self.watched)

    def _go_on(self, event: Event) -> None:
        """The model went on to another block, so the one that is held was not cut."""
        if self.stop_reason is not None or not self.has_stopped:
            self._lose_thread("a block behind the stop reason", event)
            return
        self.stop_reason = "tool_use"
        self.judge(self.watched)
        self.advance(event)

    # -- the end ---------------------------------------------------------------------------------------------------------------------------

    def _end_message(self, event: Event) -> None:
        self._count(event.body.get("usage"))
        reason = event.body["delta"].get("stop_reason")
        self.last_reason = reason if isinstance(reason, str) else self.last_reason
        self.pass_on(event)
        self.phase = Phase.ENDING

    def _finish(self, event: Event) -> None:
        self.pass_on(event)
        self.phase = Phase.DONE

    # -- an answer of ours -----------------------------------------------------------------------------------------------------------------

    def _read_answer(self, event: Event) -> None:
        try:
            result = self.answer.take(event) if self.answer else None
        except Broken:
            self.answer_over("network_interruption")
            return
        if result and self.joined(self.watched, result) and event.kind is Kind.BLOCK_STOP:
            self.advance(event)

    def _count_answer(self, event: Event) -> None:
        self._count(event.body["message"].get("usage"))

    def _end_answer(self, event: Event) -> None:
        self._count(event.body.get("usage"))
        self._learn_reason(event)

    def _close_answer(self, event: Event) -> None:
        self.answer_over("incomplete_json" if self.stop_reason in LIMITS else "network_interruption")


_Handler = Callable[["Watching", Event], None]

TABLE: dict[Phase, dict[Kind, _Handler]] = {
    Phase.WAITING: {Kind.MESSAGE_START: Watching._begin, Kind.ERROR: Watching.fail, Kind.OTHER: Watching._pass},
    Phase.BETWEEN: {
        Kind.BLOCK_START: Watching._open,
        Kind.MESSAGE_DELTA: Watching._end_message,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._pass,
    },
    Phase.PASSING: {
        Kind.BLOCK_DELTA: Watching._grow,
        Kind.BLOCK_STOP: Watching._close,
        Kind.MESSAGE_DELTA: Watching._end_message,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._pass,
        Kind.GARBLED: Watching._keep,
    },
    Phase.WATCHING: {
        Kind.BLOCK_DELTA: Watching._take,
        Kind.BLOCK_STOP: Watching._stop,
        Kind.MESSAGE_DELTA: Watching._learn,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._wait,
    },
    Phase.HOLDING: {
        Kind.BLOCK_START: Watching._go_on,
        Kind.MESSAGE_DELTA: Watching._learn,
        Kind.MESSAGE_STOP: Watching._judge,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._hold,
    },
    Phase.ENDING: {
        Kind.MESSAGE_DELTA: Watching._end_message,
        Kind.MESSAGE_STOP: Watching._finish,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._pass,
    },
    Phase.DONE: dict.fromkeys(Kind, Watching._pass),
    Phase.JOINING: {
        Kind.MESSAGE_START: Watching._count_answer,
        Kind.BLOCK_START: Watching._read_answer,
        Kind.BLOCK_DELTA: Watching._read_answer,
        Kind.BLOCK_STOP: Watching._read_answer,
        Kind.MESSAGE_DELTA: Watching._end_answer,
        Kind.MESSAGE_STOP: Watching._close_answer,
        Kind.ERROR: Watching.fail,
        Kind.OTHER: Watching._drop,
        Kind.GARBLED: Watching._read_answer,
    },
    Phase.PAUSED: dict.fromkeys(Kind, Watching._drop),
    Phase.BLIND: dict.fromkeys(Kind, Watching._pass),
    Phase.CUT: dict.fromkeys(Kind, Watching._drop),
}
