"""The monitor: bytes, time and endings in, decisions out. PURE; one per response, calls serialised by the shell.

Monitor(request, settings, now)
receive(data, now) · receive_end(error, now) · refused(status, ...) · tick(now)  -> list of decisions
deadline -> when to call tick, or None
phase    -> where the response stands
"""

from __future__ import annotations

import json
import re

from finestream import sse
from finestream.events import read
from finestream.monitor.decisions import Decision
from finestream.monitor.state import Phase
from finestream.monitor.tool_input import fragments
from finestream.monitor.watching import Watching

# What a read must hold to change the phase while a block passes; a read without it is nothing but deltas, pings and the unknown.
_MARK = re.compile(rb"content_block_st|message_|error")
_RETRIED = frozenset({408, 409, 429})
_NEVER = float("inf")


class Monitor(Watching):
    """Watches one response of the Messages API."""

    # -- inputs ----------------------------------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Decision]:
        """Bytes from upstream."""
        self.now = self.last_byte = now
        if self.is_in(Phase.BLIND):
            self.forward(data)
        elif not self.is_in(Phase.CUT, Phase.PAUSED):
            whole = self.framer.feed(data)
            if whole:
                self._read(whole)
            if self.framer.overflow:
                self.lose("a frame without end")
            if self.is_in(Phase.BLIND):
                self.forward(self.framer.drain())
        return self.decisions()

    def receive_end(self, error: str | None, now: float) -> list[Decision]:
        """Upstream's response is over: cleanly (None) or because of ``error``."""
        self.now = now
        match self.phase:
            case Phase.ENDING | Phase.DONE:
                self.forward(self.framer.drain())
                self.end()
            case Phase.BLIND:
                self.forward(self.framer.drain())
                self.end() if error is None else self.abort(error)
            case Phase.CUT | Phase.PAUSED:
                pass
            case _:
                self.break_off("network_interruption", error or "the stream ended without message_stop")
                if self.is_in(Phase.ENDING, Phase.DONE):
                    self.end()
        return self.decisions()

    def refused(self, reason: str, now: float, *, status: int = 0, retry_after: float | None = None) -> list[Decision]:
        """A request of ours (`Resend`) was not answered with a stream: HTTP ``status``, or 0 when there was no answer."""
        self.now = now
        if self.phase in (Phase.JOINING, Phase.WAITING):
            self.failed(reason, retry_after=retry_after, final=400 <= status < 500 and status not in _RETRIED)
        return self.decisions()

    def tick(self, now: float) -> list[Decision]:
        """Time has passed."""
        self.now = now
        if self.phase is Phase.PAUSED and now >= self.resend_at:
            self.send_again()
        elif self._stalls_at() <= now:
            self.break_off("stream_stalled", "the stream stalled")
        elif self._exposes_at() <= now and self.input:
            self.forward(self.input.expose())
            self.waiting_since = None
        if self._pings_at() <= now:
            self.ping()
        return self.decisions()

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do."""
        resend = self.resend_at if self.phase is Phase.PAUSED else _NEVER
        first = min(resend, self._stalls_at(), self._exposes_at(), self._pings_at())
        return None if first == _NEVER else first

    def _stalls_at(self) -> float:
        is_ours = self.phase in (Phase.WATCHING, Phase.HOLDING, Phase.JOINING) and self.settings.recovery != "off"
        return self.last_byte + self.settings.stall if is_ours else _NEVER

    def _exposes_at(self) -> float:
        is_waiting = self.phase is Phase.WATCHING and self.waiting_since is not None
        return (self.waiting_since or 0.0) + self.settings.hold_time if is_waiting else _NEVER

    def _pings_at(self) -> float:
        is_silent = self.phase in (Phase.PAUSED, Phase.JOINING) or (self.phase is Phase.WATCHING and self.is_held_back)
        return self.last_sent + self.settings.ping if is_silent and self.has_started else _NEVER

    # -- reading ---------------------------------------------------------------------------------------------------------------------------

    def _read(self, whole: bytes) -> None:
        if self.phase is Phase.PASSING and not self.shift and self.block and not _MARK.search(whole):
            self.forward(whole)
            self.block.frames.append(whole)
            return
        if self.phase is Phase.WATCHING and self.input:
            found = fragments(whole, self.source_index)
            text = None if found is None else _decoded(found)
            if text is not None:
                self._grow_input(self.input, lambda watched: watched.take_batch(text, whole))
                return
        for frame in sse.split(whole):
            if self.is_in(Phase.BLIND):
                self.forward(frame)
            elif not self.is_in(Phase.CUT, Phase.PAUSED):
                self.advance(read(frame))


def _decoded(escaped: list[bytes]) -> str | None:
    """The text of joined fragments, as JavaScript would join the strings; None where they cannot be read."""
    try:
        return str(json.loads(b'"' + b"".join(escaped) + b'"'))
    except ValueError:
        return None
