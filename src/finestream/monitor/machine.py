"""The monitor: bytes, time and endings in, decisions out. PURE; one per response, calls serialised by the shell.

Monitor(request, settings, now)
receive(data, now) · receive_end(error, now) · refused(status, ...) · tick(now)  -> list of decisions
left(now) -> the same, but only its notes matter
deadline -> when to call tick, or None
phase    -> where the response stands
"""

from __future__ import annotations

import re

from finestream import sse
from finestream.events import Kind, read
from finestream.monitor.decisions import Decision
from finestream.monitor.fragments import DELTA, joined_fragments
from finestream.monitor.state import Phase
from finestream.monitor.watching import Watching

# What a frame must hold to change the phase while a block goes on. Inside a string of the data the quotes would be escaped.
_MARK = re.compile(rb'"type"\s*:\s*"(?:content_block_st|message_|error)')
# The same where the data is spelled in some other way: behind a line end, and where a frame begins.
_NAMED = re.compile(rb"\nevent: ?(?:content_block_st|message_|error)")
_NAMED_FIRST = re.compile(rb"event: ?(?:content_block_st|message_|error)")
_BORDER = b"event: content_block_st"  # where one block ends, or the next begins
_RETRIED = frozenset({408, 409, 429})
_NEVER = float("inf")
_BIG = 128 * 2**10  # bytes; below it a repair takes some tens of milliseconds


class Monitor(Watching):
    """Watches one response of the Messages API."""

    _may_change: bool | None = None  # whether the read holds a word of `_MARK`: looked for once, when it matters

    # -- inputs ----------------------------------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Decision]:
        """Bytes from upstream."""
        self.now = self.last_byte = now
        if self.is_in(Phase.BLIND):
            self.forward(data)
        elif not self.is_in(Phase.CUT, Phase.PAUSED):
            self.waits = 0 if self.is_joined else self.waits + len(data)
            whole = self.framer.feed(data)
            if whole:
                self._read(whole)
            if self.framer.overflow:
                self.lose("a frame without end")
            elif self.is_full and not self.is_in(Phase.BLIND, Phase.CUT):
                self.lose("an answer beyond the limit")
            if self.is_in(Phase.BLIND):
                self.forward(self.framer.drain())
        return self.decisions()

    def receive_end(self, error: str | None, now: float) -> list[Decision]:
        """Upstream's response is over: cleanly (None) or because of ``error``."""
        self.now = now
        requests = self.requests
        self._take_rest(self.framer.drain(), is_clean=error is None)
        if self.requests != requests:  # with its last frame it had us ask again, and this end is not that answer's
            return self.decisions()
        if self.is_in(Phase.BLIND):
            self.end() if error is None else self.abort(error)
        elif not self.is_in(Phase.ENDING, Phase.DONE, Phase.CUT, Phase.PAUSED):
            self.break_off("network_interruption", error or "the stream ended without message_stop")
        if self.is_in(Phase.ENDING, Phase.DONE):
            self.end()
        return self.decisions()

    def _take_rest(self, rest: bytes, *, is_clean: bool) -> None:
        """A last frame without its blank line: it counts when it can be read, and is passed on where nothing is judged any more."""
        if self.is_in(Phase.ENDING, Phase.DONE, Phase.BLIND):
            self.forward(rest)
        elif rest and is_clean and (event := read(rest)).kind is Kind.MESSAGE_STOP:
            self.advance(event)
        elif rest and is_clean and event.kind not in (Kind.GARBLED, Kind.OTHER):
            self.is_raw = False  # the blank line is ours: what we write behind the frame must not become a part of it
            self.advance(read(rest.rstrip(b"\r\n") + b"\n\n"))

    def refused(self, reason: str, now: float, *, status: int = 0, retry_after: float | None = None) -> list[Decision]:
        """A request of ours (`Resend`) was not answered with a stream: HTTP ``status``, or 0 when there was no answer."""
        self.now = now
        if self.phase in (Phase.JOINING, Phase.WAITING):
            self.failed(reason, retry_after=retry_after, final=400 <= status < 500 and status not in _RETRIED)
        return self.decisions()

    def left(self, now: float) -> list[Decision]:
        """The client has gone: only what is to be written down matters now."""
        self.now = now
        is_told = self.row is None  # else the record of the recovery holds the text
        self.close_row("client_left", None)
        self.end_input("client_left", is_told=is_told)
        return self.decisions()

    def tick(self, now: float) -> list[Decision]:
        """Time has passed."""
        self.now = now
        if self.phase is Phase.PAUSED and now >= self.resend_at:
            self.send_again()
        elif self._stalls_at() <= now:
            self.break_off("stream_stalled", "the stream stalled")
        elif self._exposes_at() <= now:
            self.forward(self.watched.expose())
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

    @property
    def takes_long(self) -> bool:
        """Whether the next input may take a noticeable time, up to a second for a megabyte: a big tool input to be repaired or joined."""
        is_big = self.input is not None and len(self.input.text) > _BIG
        return is_big and (self.watched.is_damaged or self.is_in(Phase.HOLDING, Phase.JOINING))

    def _stalls_at(self) -> float:
        return self.last_byte + self.settings.stall if self.is_ours else _NEVER

    def _exposes_at(self) -> float:
        is_waiting = self.phase is Phase.WATCHING and self.waiting_since is not None
        return (self.waiting_since or 0.0) + self.settings.hold_time if is_waiting else _NEVER

    def _pings_at(self) -> float:
        # What upstream sends, its pings too, waits behind an input that is held, so the client would hear nothing.
        is_waiting = self.phase is Phase.WATCHING and (self.is_held_back or self.watched.has_frames)
        is_silent = self.is_in(Phase.PAUSED, Phase.JOINING, Phase.HOLDING) or self.awaits_ours or is_waiting
        # Where nobody but the client would end a stall, it has to hear that upstream is silent.
        is_alive = self.is_ours or self.phase is Phase.PAUSED or self.last_byte >= self.last_sent
        return self.last_sent + self.settings.ping if is_silent and is_alive and self.has_started else _NEVER

    # -- reading ---------------------------------------------------------------------------------------------------------------------------

    def _read(self, whole: bytes) -> None:
        """Take a read of whole frames: in runs where a block goes on, frame by frame where something else happens."""
        if b"\r" in whole:
            self._take_frames(sse.split(whole))
            return
        at, requests, self._may_change = 0, self.requests, None
        tried, is_mixed = 0, False  # how far the quick way has been tried in vain: twice would be too often in a read of many small blocks
        while at < len(whole) and self.requests == requests:
            end = self._deltas_end(whole, at, is_mixed=is_mixed) if self.phase is Phase.WATCHING and at >= tried else 0
            if end and self._take_deltas(whole[at:end]):
                at = end
            elif end and not is_mixed:
                is_mixed = True
            else:
                tried = max(tried, end)
                at = self._take_next(whole, at)

    def _take_next(self, whole: bytes, at: int) -> int:
        """Take a run where a block goes on, or one frame; return where it ends."""
        if end := self._run_end(whole, at):
            self._take_run(whole[at:end])
            return end
        end = whole.find(b"\n\n", at) + 2
        end = end if end > 1 else len(whole)  # blank lines more than needed may leave a line end alone
        self._take_frame(whole[at:end])
        return end

    def _deltas_end(self, whole: bytes, at: int, *, is_mixed: bool) -> int:
        """The end of the last delta: inside a tool input that is most often all there is, or all but the end of the message. In a read that
        has proved to be mixed, the last one of this block.
        """
        last = whole.rfind(DELTA, at)
        if is_mixed and last >= 0 and (border := whole.find(_BORDER, at, last)) >= 0:
            last = whole.rfind(DELTA, at, border)
        return whole.index(b"\n\n", last) + 2 if last >= 0 else 0

    def _take_deltas(self, run: bytes) -> bool:
        """Take a run that is nothing but deltas of the open tool input."""
        found = joined_fragments(run, self.source_index)
        if found is None:
            return False
        self.grow_input(self.watched, lambda watched: watched.take_batch(found.text, run), found.deltas)
        return True

    def _run_end(self, whole: bytes, at: int) -> int:
        """Up to where frames can be taken together: the next one that may change the phase."""
        if self.phase is not Phase.WATCHING and (self.phase is not Phase.PASSING or self.shift):
            return 0
        if self._may_change is None:
            self._may_change = b"content_block_st" in whole or b"message_" in whole or b"error" in whole
        if not self._may_change:
            return len(whole)
        if _NAMED_FIRST.match(whole, at):
            return 0
        mark = _MARK.search(whole, at)
        end = mark.start() if mark else len(whole)
        named = _NAMED.search(whole, at, end)
        if not (mark or named):
            return end
        border = whole.rfind(b"\n\n", at, named.start() + 1 if named else end)
        return border + 2 if border >= 0 else 0

    def _take_run(self, run: bytes) -> None:
        if self.phase is Phase.PASSING:
            self.forward(run)
            self.keep(run)
        else:
            self._take_frames(sse.split(run))

    def _take_frames(self, frames: list[bytes]) -> None:
        requests = self.requests
        for frame in frames:
            if self.requests == requests:
                self._take_frame(frame)

    def _take_frame(self, frame: bytes) -> None:
        if self.is_in(Phase.BLIND):
            self.forward(frame)
        elif not self.is_in(Phase.CUT, Phase.PAUSED):
            self.advance(read(frame))
