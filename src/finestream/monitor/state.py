"""What the monitor knows about one response, and how it speaks: decisions out, events rewritten where a message was joined. PURE."""

from __future__ import annotations

from enum import Enum

from finestream import sse
from finestream.events import PING, Event, Json, Kind, frame
from finestream.message import Block, add_usage
from finestream.monitor.answer import Answer
from finestream.monitor.decisions import Abort, Decision, End, Forward, Note
from finestream.monitor.ladder import Ladder
from finestream.monitor.request import Request
from finestream.monitor.tally import Tally
from finestream.monitor.tool_input import ToolInput
from finestream.scanner import Chunk
from finestream.settings import Settings

LONGEST_FRAME = 64 * 2**20  # bytes; a frame beyond that is no frame of this API
_KEPT = 8  # times the limit of a tool input: a text of its length comes in frames of some hundred bytes each


class Phase(Enum):
    """Where the response stands."""

    WAITING = "waiting"  # before message_start
    BETWEEN = "between"  # no block is open
    PASSING = "passing"  # in a block that is none of ours
    WATCHING = "watching"  # in a tool input
    HOLDING = "holding"  # the input stopped and is not sound; the stop reason will tell why
    ENDING = "ending"  # message_delta has been seen
    DONE = "done"
    PAUSED = "paused"  # a request will be sent when its time has come
    JOINING = "joining"  # its answer is being read
    BLIND = "blind"  # the thread is lost: everything is passed on unjudged
    CUT = "cut"  # the client's connection has been aborted


class State:
    """The facts, shared by the parts of the monitor."""

    def __init__(self, request: Request, settings: Settings, now: float) -> None:
        self.request = request
        self.settings = settings
        self.phase = Phase.WAITING
        self.ladder = Ladder(settings)
        self.now = now
        self.last_byte = now
        self.last_sent = now
        self.waiting_since: float | None = None
        self.resend_at = now
        self.resend_body: Json = {}
        self.framer = sse.Framer(LONGEST_FRAME)
        self.requests = 0  # that were sent again; what is left of a read belongs to the one before
        self.has_started = False  # the client has a message_start
        self.blocks: list[Block] = []
        self.block: Block | None = None
        self.input: ToolInput | None = None
        self.tally: Tally | None = None  # of the open input, until its record is written
        self.source_index = -1  # of the open block, as upstream counts
        self.shift = 0  # what to add to upstream's indexes
        self.answer: Answer | None = None
        self.tail: list[Event] = []  # what came behind an input that is being held
        self.kept = 0  # bytes of the answer that are kept, in case it has to be continued
        self.waits = 0  # bytes of it that have come and not gone out
        self.stop_reason: str | None = None
        self.row: Json | None = None
        self.best = -1  # characters kept at the furthest cut so far
        self.usage: Json = {}  # of the response that is being read
        self.usage_before: Json = {}  # of the responses before it
        self.model: str | None = None  # that answers, as it says itself
        self.last_reason: str | None = None  # why the model ended the message, as far as it has said so
        self.first_chunk: float | None = None  # when the message began
        self.foreign_bytes = 0  # of the open input's text that came from responses before this one
        self.is_over = False
        self.is_raw = True  # what went out is a prefix of what came in
        self._out: list[Decision] = []
        self._forward: list[bytes] = []

    # -- decisions -------------------------------------------------------------------------------------------------------------------------

    def forward(self, data: bytes) -> None:
        """Send bytes to the client."""
        if data and not self.is_over:
            self._forward.append(data)
            self.waits -= len(data)
            self.last_sent = self.now

    def decide(self, decision: Decision) -> None:
        """Add a decision behind what was forwarded so far."""
        if self._forward:
            self._out.append(Forward(b"".join(self._forward)))
            self._forward.clear()
        self._out.append(decision)

    def note(self, kind: str, record: Json, *, is_error: bool = False) -> None:
        """Tell the journal."""
        self.decide(Note(kind, record, is_error))

    def decisions(self) -> list[Decision]:
        """Everything decided since the last call."""
        if self._forward:
            self._out.append(Forward(b"".join(self._forward)))
            self._forward.clear()
        out, self._out = self._out, []
        return out

    def ping(self) -> None:
        """Show the client that somebody is there (facts 2.5: a ping resets its watchdog)."""
        self.is_raw = False
        self.forward(PING)

    def abort(self, reason: str) -> None:
        """Break the client's connection: the last word."""
        self.end_input("cut")
        self.phase = Phase.CUT
        self.decide(Abort(reason))

    def end(self) -> None:
        """End the response cleanly: the last word."""
        self.phase = Phase.DONE
        if not self.is_over:
            self.end_input("surfaced")
            self.decide(End())
        self.is_over = True

    def lose(self, why: str) -> None:
        """Let go: pass on what waits and everything that comes, unjudged. A joined message cannot be passed on raw, so it is cut."""
        self.note("blind", {"reason": why})
        self.end_input("blind", is_told=True)
        if self.shift or self.answer or (self.input and self.input.synthetic):
            self.abort(why)
            return
        if self.input:
            self.forward(self.input.held_frames())
        for event in self.tail:
            self.forward(event.raw)
        self.tail, self.blocks, self.block = [], [], None
        self.phase = Phase.BLIND

    def keep(self, frame: bytes) -> None:
        """Keep what came in the open block."""
        self.opened.frames.append(frame)
        self.kept += len(frame)

    def keep_behind(self, event: Event) -> None:
        """Keep what came behind an input that is being held."""
        self.tail.append(event)
        self.kept += len(event.raw)

    @property
    def is_full(self) -> bool:
        """Whether the answer is beyond what may be kept of one."""
        limit = self.settings.input_limit
        waits = 0 if self.is_joined else self.waits  # of an input that is known to be wrong, in the shortest of fragments, for example
        return max(self.kept, waits) > _KEPT * limit or (self.answer is not None and self.answer.received > limit)

    @property
    def is_joined(self) -> bool:
        """Whether what comes is read only, and written anew: then no frame of it waits."""
        return self.is_in(Phase.JOINING) or (self.input is not None and self.input.synthetic)

    # -- the journal -----------------------------------------------------------------------------------------------------------------------

    def close_row(self, outcome: str, size: int | None) -> None:
        """Write the record of the current attempt. ``size``: bytes of the whole input, once it is known."""
        if self.row is None:
            return
        received = max(self.row["bytes_received"], 1)
        needed = None if size is None else max(self.row["tokens_used"], round(self.row["tokens_used"] * size / received))
        self.note("recovery", {**self.row, "tokens_needed": needed, "outcome": outcome}, is_error=True)
        self.row = None

    def count(self, chunks: list[Chunk], deltas: int) -> None:
        """Count what has come of the open tool input."""
        self.tallied.deltas += deltas
        self.tallied.count(chunks, self.now)

    def end_input(self, outcome: str, *, is_told: bool = False) -> None:
        """Write the one record of the open tool input, if it has not been written; with its text where no other record holds that."""
        if self.tally and self.input:
            text = {"INVALID_JSON": self.input.whole()} if is_told else {}
            self.note("tool_input", {**self.tally.row(self.input, self.now, self.requests), "outcome": outcome, **text})
            self.tally = None

    # -- the client's view -----------------------------------------------------------------------------------------------------------------

    def pass_on(self, event: Event) -> None:
        """Forward an event: raw, or with the client's index and the sum of all usage where the message was joined from several answers."""
        body = event.body
        self.is_raw = self.is_raw and not self.shift and not self.usage_before
        if event.index >= 0 and self.shift:
            self.forward(frame({**body, "index": event.index + self.shift}))
        elif event.kind is Kind.MESSAGE_DELTA and self.usage_before:
            self.forward(frame({**body, "usage": self.total_usage()}))
        else:
            self.forward(event.raw)

    def total_usage(self) -> Json:
        """What all answers together have cost."""
        return add_usage(self.usage_before, self.usage)

    def is_in(self, *phases: Phase) -> bool:
        """Whether the response stands in one of these phases."""
        return self.phase in phases

    @property
    def watched(self) -> ToolInput:
        """The open tool input; there is one while watching, holding and joining."""
        assert self.input is not None
        return self.input

    @property
    def tallied(self) -> Tally:
        """The figures of the open tool input; there are some until its record is written, which is when it is over."""
        assert self.tally is not None
        return self.tally

    @property
    def opened(self) -> Block:
        """The open block; there is one while passing, watching, holding and joining."""
        assert self.block is not None
        return self.block

    @property
    def is_held_back(self) -> bool:
        """Whether the open input is known to be wrong, so that nothing of it goes out until it has been corrected."""
        return self.input is not None and self.input.is_damaged and self.settings.repair

    @property
    def is_ended(self) -> bool:
        """Whether the model ended the input itself; it may have stopped anywhere for any other reason than to have its tools run."""
        return self.stop_reason == "tool_use" and self.has_stopped

    @property
    def has_stopped(self) -> bool:
        """Whether the block of the input that is held came to its stop."""
        return any(event.kind is Kind.BLOCK_STOP for event in self.tail)

    @property
    def has_run_a_tool(self) -> bool:
        """Whether the client has a complete tool call of this turn; it has started it, so the turn must not be generated anew."""
        return any(block.is_tool for block in self.blocks)

    @property
    def is_blank(self) -> bool:
        """Whether the client has nothing of the content yet."""
        return not self.blocks and self.block is None
