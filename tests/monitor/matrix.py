"""One turn through the monitor without sockets, client or clock: the simulator's pure modules are upstream.

`play_turn` runs it; the `Outcome` says what a client would have made of the bytes. Time moves only where somebody waits. A client is as
strict here as the protocol: an event out of order is a failure of the test.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from finestream import events, sse
from finestream.events import Kind
from finestream.monitor import Abort, Decision, End, Forward, Monitor, Note, Request, Resend
from finestream.settings import Settings
from finestream.simulator.admission import check_request
from finestream.simulator.conversation import Reading, read_request
from finestream.simulator.dice import Dice
from finestream.simulator.faults import BEFORE_HEADERS, Cut, Key, arm, find_cut
from finestream.simulator.model import answer
from finestream.simulator.play import Voice, play
from finestream.simulator.script import Character, Script

MOST_REQUESTS = 60  # of ours in one turn; no case of the tests needs more, so more is a loop without end
Tools = Mapping[str, Mapping[str, object]]


class Asked(NamedTuple):
    """A request that upstream saw: what the simulated model took it for, and how the answer ended."""

    kind: str
    character: Character | None
    generated: int
    ended: str


class Answered(NamedTuple):
    """An answer of upstream: its bytes, how it ends, and the status where it is none."""

    data: bytes
    ended: str
    status: int = 200
    retry_after: float | None = None


class Call(NamedTuple):
    """A tool call as the client has it: the joined text of its input, and whether the block was closed (then the client runs it)."""

    tool: str
    text: str
    is_closed: bool

    @property
    def value(self) -> object:
        """The input as Claude Code reads it; `UNREADABLE` where it answers with its own error."""
        if not self.text:
            return {}
        try:
            return json.loads(self.text, parse_constant=_no_constant)
        except ValueError:
            return UNREADABLE


UNREADABLE = object()


def _no_constant(name: str) -> object:
    raise ValueError(name)


@dataclass
class Outcome:
    """What came of a turn. ``end``: ``end`` (clean), ``abort``, ``left`` (nobody but the client's own watchdog would end it), or ``status``
    (upstream refused the first request; the monitor never ran).
    """

    end: str
    data: bytes
    asked: list[Asked]
    notes: list[Note]
    calls: list[Call] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    stop_reason: str | None = None

    @property
    def run(self) -> list[object]:
        """The inputs of the calls that the client has run, or has answered with its own error."""
        return [call.value for call in self.calls if call.is_closed]


def request(script_tools: Tools, *, max_tokens: int = 32_000, eager: bool = True) -> dict[str, Any]:
    """The request of the turn; ``script_tools``: name -> input schema."""
    extra = {"eager_input_streaming": True} if eager else {}
    tools = [{"name": name, "input_schema": schema, **extra} for name, schema in script_tools.items()]
    go = {"role": "user", "content": [{"type": "text", "text": "go"}]}
    return {"model": "claude-opus-5-5", "max_tokens": max_tokens, "messages": [go], "tools": tools, "stream": True}


class Upstream:
    """The simulator without its HTTP side."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self._struck: Counter[Key] = Counter()
        self._continued = 0

    def answer(self, body: Mapping[str, Any]) -> Answered:
        """Answer a request up to where the answer breaks."""
        refusal = check_request(body)
        assert refusal is None, f"the API would refuse this request: {refusal}"
        reading = read_request(body, self.script)
        character = self._character(reading)
        tools = [str(tool["name"]) for tool in body["tools"]]
        said = answer(self.script, reading, character or "rest", tools)
        cut = find_cut(said.parts, arm(self.script, reading, self._struck), int(body["max_tokens"]))
        eager = frozenset(str(tool["name"]) for tool in body["tools"] if tool.get("eager_input_streaming"))
        count = len(self.asked)
        voice = Voice(f"msg_{count}", "claude-x", 10, eager, self.script.seed + count, self.script.delta, self.script.closes)
        frames = list(play(said, cut, voice))
        ended = self._strike(cut)
        self.asked.append(Asked(reading.kind, character, sum(frame.characters for frame in frames if frame.tool), ended))
        return _answered(b"".join(frame.data for frame in frames), cut, ended)

    def _character(self, reading: Reading) -> Character | None:
        if reading.now is None or reading.call is None:
            return None
        characters = reading.now.character
        self._continued += 1
        return characters[min(self._continued, len(characters)) - 1]

    def _strike(self, cut: Cut | None) -> str:
        if cut is None:
            return "complete"
        if cut.armed is not None:
            self._struck[cut.armed.key] += 1
        return cut.kind


def _answered(data: bytes, cut: Cut | None, ended: str) -> Answered:
    if cut is None or cut.armed is None or cut.part != BEFORE_HEADERS:
        return Answered(data, ended)
    fault = cut.armed.fault
    if fault.kind not in ("status", "error"):
        return Answered(b"", ended, 0)
    return Answered(b"", ended, fault.status if fault.kind == "status" else 529, fault.retry_after)


class Reads:
    """How a stream is cut into reads: ``size`` bytes on average, 0 for all in one."""

    def __init__(self, size: int = 0, seed: int = 0) -> None:
        self._size = size
        self._dice = Dice("reads", seed)

    def cut(self, data: bytes) -> Iterator[bytes]:
        """Cut a stream."""
        start = 0
        while start < len(data):
            end = start + 1 + self._dice.below(2 * self._size) if self._size else len(data)
            yield data[start:end]
            start = end


class _Shell:
    """Does for a monitor what the gateway does."""

    def __init__(self, script: Script, settings: Settings, body: Mapping[str, Any], reads: Reads) -> None:
        self.upstream = Upstream(script)
        self.now = 0.0
        self.out = bytearray()
        self.notes: list[Note] = []
        self.end = ""
        self._reads = reads
        self._body: Mapping[str, Any] | None = body
        self._monitor = Monitor(Request(json.dumps(body).encode()), settings, self.now)

    def run(self) -> str:
        """Play the turn; say how it ended."""
        while not self.end:
            if self._body is None:
                self._wait()
                continue
            assert len(self.upstream.asked) < MOST_REQUESTS, "requests without end"
            body, self._body = self._body, None
            self._play(self.upstream.answer(body), is_first=len(self.upstream.asked) == 1)
        return self.end

    def _play(self, answered: Answered, *, is_first: bool) -> None:
        if answered.status != 200:
            if is_first:
                self.end = "status"
            else:
                reason = f"HTTP {answered.status}"
                self._do(self._monitor.refused(reason, self.now, status=answered.status, retry_after=answered.retry_after))
            return
        for data in self._reads.cut(answered.data):
            if self._do(self._monitor.receive(data, self.now)):
                return
        if answered.ended == "stall":
            while not self._wait():
                pass
        else:
            self._do(self._monitor.receive_end(answered.ended if answered.ended in ("reset", "drop") else None, self.now))

    def _wait(self) -> bool:
        """Let time pass up to the monitor's next deadline. True: what was listened to is over."""
        deadline = self._monitor.deadline
        if deadline is None:  # an upstream that stalls where nothing is watched: the client's own watchdog ends that
            self.end = "left"
            return True
        self.now = max(self.now, deadline)
        assert self.now < 10_000, "waiting without end"
        return self._do(self._monitor.tick(self.now))

    def _do(self, decisions: Sequence[Decision]) -> bool:
        is_over = False
        for decision in decisions:
            assert not self.end, f"{decision} after the end"
            match decision:
                case Forward(data):
                    self.out += data
                case Note():
                    self.notes.append(decision)
                case Resend(body):
                    self._body, is_over = json.loads(json.dumps(body)), True
                case Abort():
                    self.end, is_over = "abort", True
                case End():
                    self.end, is_over = "end", True
        return is_over


def play_turn(script: Script, body: Mapping[str, Any], *, settings: Settings | None = None, reads: Reads | None = None) -> Outcome:
    """Let one request be answered, whatever it takes."""
    shell = _Shell(script, settings or Settings(backoff=(0.0,)), body, reads or Reads())
    end = shell.run()
    outcome = Outcome(end, bytes(shell.out), shell.upstream.asked, shell.notes)
    _Client(outcome).read()
    return outcome


class _Client:
    """Reads the bytes as Claude Code does, and insists on the order of the protocol."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._open: events.Json | None = None
        self._text: list[str] = []
        self._next = 0
        self._has_started = False
        self._is_over = False

    def read(self) -> None:
        """Read everything and fill in the outcome."""
        for frame in sse.split(self._outcome.data) if self._outcome.data else []:
            event = events.read(frame)
            if event.kind is not Kind.OTHER:
                self._take(event)
        if self._open is not None:
            self._close(is_closed=False)
        # Behind the stop reason a message counts as complete, message_stop or not (facts 2.3).
        assert self._is_over or self._outcome.stop_reason or self._outcome.end != "end", "a clean end in the middle of a message"

    def _take(self, event: events.Event) -> None:
        kind = event.kind
        assert kind is not Kind.GARBLED, f"an event that cannot be read: {event.raw[:200]!r}"
        assert not self._is_over, f"{kind} behind the end"
        assert self._has_started != (kind is Kind.MESSAGE_START) or kind is Kind.ERROR, f"{kind} out of order"
        self._has_started = True
        self._is_over = kind in (Kind.MESSAGE_STOP, Kind.ERROR)
        if kind is Kind.BLOCK_START:
            assert self._open is None and event.index == self._next, f"block {event.index} starts out of order"
            self._open, self._next, self._text = event.body["content_block"], event.index + 1, []
        elif kind in (Kind.BLOCK_DELTA, Kind.BLOCK_STOP):
            self._inside(event)
        elif kind is Kind.MESSAGE_DELTA:
            self._outcome.stop_reason = event.body["delta"]["stop_reason"]
            assert self._open is None or self._outcome.stop_reason == "max_tokens", "an open block at the end of the message"

    def _inside(self, event: events.Event) -> None:
        assert self._open is not None and event.index == self._next - 1, f"{event.kind} without its block"
        if event.kind is Kind.BLOCK_STOP:
            self._close(is_closed=True)
            return
        delta = event.body["delta"]
        self._text += [str(delta[name]) for name in ("partial_json", "text", "thinking") if name in delta]

    def _close(self, *, is_closed: bool) -> None:
        assert self._open is not None
        text = "".join(self._text).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if self._open["type"] == "tool_use":
            self._outcome.calls.append(Call(self._open["name"], text, is_closed))
        elif is_closed:
            self._outcome.texts.append(text)
        self._open = None
