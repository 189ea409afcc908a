"""What is done when a tool input is cut or damaged: the rungs of the ladder, the answers, and giving up. PURE.

Laws (design section 4): truncation is decided by the stream, never by the text; nothing cut is ever closed into an executable call; what
the client has is only ever extended.
"""

from __future__ import annotations

from finestream import sse
from finestream.events import Json
from finestream.message import Unreproducible, add_usage, content, inputs
from finestream.monitor.answer import Answer, Joined
from finestream.monitor.closing import Closing
from finestream.monitor.decisions import Resend
from finestream.monitor.ladder import LONGEST_WAIT, Rung
from finestream.monitor.rows import correction, cut_row, damage_row, tokens
from finestream.monitor.state import LONGEST_FRAME, Phase
from finestream.monitor.tool_input import Contradiction, ToolInput
from finestream.recovery import Cut, Plan, continuation, plan, raised
from finestream.repair import Intact, Refused, Repaired, repair

OUT_OF_ROOM = "model_context_window_exceeded"
LIMITS = frozenset({"max_tokens", OUT_OF_ROOM})  # reasons to stop that say that the model was not done
PROGRESS = 16  # characters that an attempt has to add to count as progress
CAUSES = {
    "incomplete_json": "the output limit was reached",
    "network_interruption": "the connection was lost",
    "stream_stalled": "the stream stalled",
    "stream_error": "the server reported an error",
}


class Recovering(Closing):
    """The part of the monitor that repairs."""

    _error = ""
    _where = Plan("", "", "$", True)
    _raised_body: Json | None = None  # the request with the output limit that the next one will have
    _is_at_ceiling = False  # the limit that was reached cannot be raised

    # -- an input that ended, but is not sound ---------------------------------------------------------------------------------------------

    def judge(self, tool_input: ToolInput, error: str = "network_interruption") -> None:
        """The stream has told why the input that is held stopped."""
        lacks_members = not (tool_input.members and tool_input.shape.required <= tool_input.members)
        if self.stop_reason is None:
            self.cut(tool_input, error)
        elif self.stop_reason in LIMITS and (lacks_members or not tool_input.scanner.complete):
            self.cut(tool_input, "incomplete_json")
        elif tool_input.text.strip() and (tool_input.is_damaged or not tool_input.scanner.complete):
            self._mend(tool_input)
        else:
            self.surface(tool_input)

    def _mend(self, tool_input: ToolInput) -> None:
        """The text is wrong: correct it where the model ended it itself and one reading is certain, else let the client see it."""
        fault = tool_input.scanner.fault or tool_input.scanner.misfit
        error = "malformed_json" if tool_input.scanner.fault or not tool_input.scanner.complete else "schema_mismatch"
        if not (fault or self.is_ended):
            error = "incomplete_json"
            self.tallied.cuts += 1
        result: Repaired | Refused | Intact | None = None
        if self.settings.repair and self.is_ended:
            result = repair(tool_input.whole(), self.request.schema(tool_input.tool), keep=tool_input.sent_text)
        row = damage_row(tool_input, error, fault.offset if fault else len(tool_input.text))
        row["reason"] = fault.reason if fault else "unfinished"
        if isinstance(result, Repaired):
            self.note(
                "correction",
                {**row, **correction(result.changes, result.text), "action": "corrected", "outcome": "corrected"},
                is_error=True,
            )
            self.is_raw = False
            self.forward(tool_input.replace(result.text))
            self.pass_tail(tool_input, result.text)
            return
        why = getattr(result, "reason", "") or "; ".join(getattr(result, "findings", ()))
        why = why or ("" if self.is_ended else f"the model did not end it: {self.stop_reason}")
        self.note("correction", {**row, "action": "surfaced", "outcome": "surfaced", "refused": why}, is_error=True)
        self.close_row("surfaced", None)
        self.surface(tool_input)

    # -- an input that was cut -------------------------------------------------------------------------------------------------------------

    def cut(self, tool_input: ToolInput, error: str) -> None:
        """The stream broke inside a tool input."""
        kept = tool_input.kept()
        self.tallied.cuts += 1
        if self.best < 0 or len(kept) >= self.best + PROGRESS:
            self.ladder.progressed()
            self.close_row("continued", None)
        else:
            self.ladder.failed()
            self.close_row("failed: nothing new arrived", None)
        self.best = max(self.best, len(kept))
        self._error = error
        self._raise_limit(error)
        self._where = plan(kept)
        self.row = cut_row(tool_input, self._where, error, self._known_tokens())
        self._next_rung(tool_input, None)

    def _known_tokens(self) -> int | None:
        known = self.usage.get("output_tokens") if self.stop_reason else None
        return known if type(known) is int else None

    def _next_rung(self, tool_input: ToolInput, retry_after: float | None) -> None:
        body, done = self.request.body, self._done_content()
        can_repeat = body is not None and not self.has_run_a_tool
        can_continue = body is not None and done is not None and not (self._where.retreated and can_repeat)
        delay = self.ladder.delay(is_limit=self._error == "incomplete_json", retry_after=retry_after)
        rung = self.ladder.climb(can_continue=can_continue, can_repeat=can_repeat)
        if rung is Rung.GIVE_UP or body is None or delay > LONGEST_WAIT or self._is_pointless(rung):
            self._give_up(tool_input)
            return
        plan_used = self._where if rung is Rung.CONTINUE else None
        self.answer = Answer(
            tool_input.tool,
            tool_input.shape,
            plan=plan_used,
            claim=tool_input.sent_text,
            whole=rung is Rung.FALLBACK,
            finished=inputs(done or [], tool_input.tool),
        )
        self.tallied.fallbacks += rung is Rung.FALLBACK
        request = self._raised_body or body
        if rung is Rung.CONTINUE:
            request = continuation(request, Cut(tool_input.tool_use_id, tool_input.tool, CAUSES[self._error], done or []), self._where)
        self._schedule(request, delay, rung)

    def _done_content(self) -> list[Json] | None:
        try:
            return content(self.blocks)
        except Unreproducible:
            return None

    def _raise_limit(self, error: str) -> None:
        """Each time that the output limit was reached, the next request has a higher one."""
        have = self._raised_body or self.request.body
        if error == "incomplete_json" and have is not None:
            self._raised_body = raised(have, self.settings.max_tokens_ceiling)
            self._is_at_ceiling = self._raised_body.get("max_tokens") == have.get("max_tokens")

    def _is_pointless(self, rung: Rung) -> bool:
        """Repeating a request that ran into a limit which cannot be raised runs into it again; where the context is full, so does
        whatever makes it longer.
        """
        if self.stop_reason == OUT_OF_ROOM:
            return True
        return rung is not Rung.CONTINUE and self._error == "incomplete_json" and self._is_at_ceiling

    def _schedule(self, body: Json, delay: float, rung: Rung) -> None:
        if self.row is not None:
            self.row |= {"action": rung.value, "attempt": self.ladder.attempts}
            self.note("cut", {**self.row, "outcome": "pending", "delay": delay})
        self.resend_body, self.resend_at = body, self.now + delay
        self.phase = Phase.PAUSED
        if not delay:
            self.send_again()

    def send_again(self) -> None:
        """The time for the next request has come."""
        self.is_raw = False
        self.requests += 1
        self.usage_before = add_usage(self.usage_before, self._estimated_usage())
        self.usage = {}
        self.framer = sse.Framer(LONGEST_FRAME)
        self.last_byte = self.now
        self.stop_reason = None
        self.phase = Phase.JOINING if self.answer else Phase.WAITING
        self.decide(Resend(self.resend_body))

    def _estimated_usage(self) -> Json:
        """A cut answer is billed for what it had generated (facts 8.7), but never told how much that was."""
        if self.stop_reason or not self.usage:
            return self.usage
        size = len(self.input.text) - self.foreign_bytes if self.input else 0
        known = self.usage.get("output_tokens")
        return {**self.usage, "output_tokens": max(known if type(known) is int else 0, tokens(size, None))}

    # -- its answer ------------------------------------------------------------------------------------------------------------------------

    def joined(self, tool_input: ToolInput, result: Joined) -> bool:
        """Extend what the client has with the tail of an answer; False when they contradict each other."""
        try:
            chunks = tool_input.rewind(result.kept, result.tail, result.mark)
        except Contradiction:
            self.failed("the answer differs from what the client has")
            return False
        deltas, received = (self.answer.deltas, self.answer.received) if self.answer else (0, 0)
        self.foreign_bytes = len(tool_input.text) - received
        self.answer, self.tail = None, []
        self.shift, self.source_index = tool_input.index - result.index, result.index
        self.phase = Phase.WATCHING
        self.count(chunks, deltas)
        self.forward(tool_input.release())
        return True

    def answer_over(self, error: str) -> None:
        """The answer ended or broke before it was joined."""
        assert self.answer is not None  # the phase JOINING is nothing else
        result = self.answer.over()
        if result is None:
            self._raise_limit(error)
            self.failed(self.answer.refusal)
        elif self.joined(self.watched, result):
            self.finish_turn(error) if self.watched.is_certain else self.cut(self.watched, error)

    def failed(self, reason: str, *, retry_after: float | None = None, final: bool = False) -> None:
        """An attempt brought nothing."""
        if self.input is None:
            self.abort(reason) if final else self.retry_blank(reason, retry_after)
            return
        self.ladder.failed(final=final)
        if self._where.mark and self.answer and self.answer.is_refused and not self._is_pointless(Rung.REPEAT):
            self._where = self._where._replace(retreated=True)  # a model that leaves the mark out will rather say everything again
        row = self.row
        self.close_row(f"failed: {reason}", None)
        self.row = dict(row) if row else None
        self._next_rung(self.input, retry_after)

    def retry_blank(self, reason: str, retry_after: float | None = None) -> None:
        """Nothing of the content has gone out: the same request again, never a splice."""
        body = self.request.body
        delay = self.ladder.delay(is_limit=False, retry_after=retry_after)
        rung = self.ladder.climb(can_continue=False, can_repeat=body is not None)
        if body is None or rung in (Rung.GIVE_UP, Rung.FALLBACK) or delay > LONGEST_WAIT:
            self.abort(reason)
            return
        self.note("retry", {"error": reason, "action": "retry", "attempt": self.ladder.attempts, "outcome": "pending"}, is_error=True)
        self.answer, self.row = None, None
        self.ladder.failed()
        self._schedule(body, delay, rung)

    # -- the end of the ladder -------------------------------------------------------------------------------------------------------------

    def _give_up(self, tool_input: ToolInput) -> None:
        self.row = {**(self.row or {}), "action": "surface", "attempt": self.ladder.attempts}
        self.close_row("given_up", None)
        self.answer = None
        if self._error == "incomplete_json" and (self.tail or tool_input.synthetic):
            self.surface_limit(tool_input)
        else:
            self.abort(CAUSES[self._error])
