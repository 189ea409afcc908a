"""A monitor under watch: whatever it is fed, in whatever order, the laws of `docs/architecture.md` are looked at after each step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from finestream import events, sse
from finestream.events import Kind
from finestream.monitor import Abort, Decision, End, Forward, Monitor, Note, Phase, Request, Resend
from finestream.scanner import Scanner
from finestream.settings import Settings
from tests.monitor.stage import BODY

SETTINGS = Settings(backoff=(1.0,), input_limit=20_000, hold_size=200, hold_time=5.0, stall=90.0)
_FAR = 100_000.0  # seconds: later than any deadline of a turn that has an end


class Passage:
    """One response on its way: bytes, endings and time in, and what the client has of it."""

    def __init__(self, settings: Settings = SETTINGS, body: object = BODY) -> None:
        self.monitor = Monitor(Request(json.dumps(body).encode()), settings, 0.0)
        self.now = 0.0
        self.out = bytearray()
        self.notes: list[Note] = []
        self.requests: list[dict[str, Any]] = []
        self.is_open = True  # somebody is there who can be read: upstream's first answer, or one that was asked for
        self.is_awaited = False  # a request of ours has not been answered
        self.end: End | Abort | None = None
        self._came = bytearray()  # of the first answer
        self._answers: list[bytearray] = [bytearray()]

    # -- what may happen ---------------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Bytes from upstream."""
        if self.end is not None or not self.is_open:
            return
        self.is_awaited = False
        if not self.requests:
            self._came += data
        self._answers[-1] += data
        self._take(self.monitor.receive(data, self.now))

    def close(self, error: str | None = None) -> None:
        """Upstream's answer ends, or breaks off."""
        if self.end is not None or not self.is_open:
            return
        asked = len(self.requests)
        self.is_open = False
        self._take(self.monitor.receive_end(error, self.now))
        self.is_open = len(self.requests) > asked

    def refuse(self, status: int, retry_after: float | None = None) -> None:
        """A request of ours is answered with something else than a stream."""
        if self.end is not None or not self.is_awaited:
            return
        asked = len(self.requests)
        self.is_open = self.is_awaited = False
        self._take(self.monitor.refused(f"HTTP {status}", self.now, status=status, retry_after=retry_after))
        self.is_open = len(self.requests) > asked

    def wait(self, seconds: float | None = None) -> None:
        """Time passes: up to the monitor's own deadline, or so long."""
        if self.end is not None:  # an end is an empty tuple
            return
        deadline = self.monitor.deadline
        self.now = max(self.now, deadline if seconds is None and deadline is not None else self.now + (seconds or 0.0))
        self._take(self.monitor.tick(self.now))

    def finish(self) -> None:
        """Nothing more comes: let the turn come to its end. Every request of ours is refused from now on."""
        for _ in range(200):
            if self.end is not None:  # an end is an empty tuple
                return
            if self.is_awaited:
                self.refuse(500)
            elif self.is_open:
                self.close("reset")
            elif self.monitor.deadline is None:
                raise AssertionError(f"nothing is open, nothing is waited for, and no end: {self.monitor.phase}")
            else:
                self.wait()
        raise AssertionError("requests without end")

    # -- the laws ----------------------------------------------------------------------------------------------------------------------

    def _take(self, decisions: Sequence[Decision]) -> None:
        known = len(self.out)
        for decision in decisions:
            assert self.end is None, f"{decision} behind the end"
            match decision:
                case Forward(data):
                    assert data
                    self.out += data
                case Note(kind, record):
                    json.dumps(record)
                    assert kind
                    self.notes.append(decision)
                case Resend(body):
                    json.dumps(body)
                    self.requests.append(body)
                    self._answers.append(bytearray())
                    self.is_open = self.is_awaited = True
                case End() | Abort():
                    self.end, self.is_open = decision, False
        if self.monitor.is_raw:
            assert self.out[known:] == self._came[known : len(self.out)], "what goes out is not what came in"
        deadline = self.monitor.deadline
        assert deadline is None or deadline < _FAR

    def check(self, meant: Sequence[object] | None = None) -> list[tuple[str, bool]]:
        """Read what the client has, and look at each call of it: its text and whether it was closed.

        ``meant``: the documents that the model had in mind, where there are any. A call that the client runs is one of them; without, it
        is at least one that the model ended by itself.
        """
        calls = tool_calls(bytes(self.out))
        has_correction = any(note.record.get("outcome") == "corrected" for note in self.notes)
        for text, is_closed in calls:
            if not is_closed or not (is_runnable := _object(text)):
                continue
            assert meant is None or any(is_same(is_runnable[0], document) for document in meant), f"the client runs {text!r}"
            assert meant is not None or has_correction or self._was_ended(), f"a cut input was closed: {text!r}"
        return calls

    def _was_ended(self) -> bool:
        """Whether some answer held a tool input whose object the model itself has closed, or one that stands whole in its start."""
        return any(_is_complete(text) or not text.strip() for answer in self._answers for text, _ in tool_calls(bytes(answer)))


def _object(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [value] if isinstance(value, dict) else []


def _is_complete(text: str) -> bool:
    scanner = Scanner()
    scanner.feed(text.encode("utf-8", "surrogatepass"))
    return scanner.complete


def is_same(value: object, wanted: object) -> bool:
    """Whether two values are one in JSON, where 1 is not true."""
    return json.dumps(value, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def tool_calls(stream: bytes) -> list[tuple[str, bool]]:
    """The tool inputs of a stream as a client that forgives everything reads them: text, and whether the block was stopped."""
    calls: list[tuple[str, bool]] = []
    open_block: tuple[int, list[str]] | None = None
    framer = sse.Framer(1 << 30)
    whole = framer.feed(stream)
    for event in map(events.read, [*(sse.split(whole) if whole else ()), framer.drain()]):
        if event.kind is Kind.BLOCK_START:
            calls += [("".join(open_block[1]), False)] if open_block else []
            is_tool = event.body["content_block"].get("type") == "tool_use"
            open_block = (event.index, []) if is_tool else None
        elif open_block and event.index == open_block[0]:
            if event.kind is Kind.BLOCK_DELTA:
                open_block[1].append(events.partial_json(event) or "")
            elif event.kind is Kind.BLOCK_STOP:
                calls.append(("".join(open_block[1]), True))
                open_block = None
        if event.kind in (Kind.ERROR, Kind.MESSAGE_STOP):
            break
    return [*calls, ("".join(open_block[1]), False)] if open_block else calls


def is_blind(passage: Passage) -> bool:
    """Whether the monitor has let go."""
    return passage.monitor.phase is Phase.BLIND
