"""What goes wrong with the transport, and whose business it is. PURE. Its one law: the client and we never both deal with one fault."""

from __future__ import annotations

from finestream.events import Event
from finestream.monitor.recovering import Recovering
from finestream.monitor.state import Phase


class Breaking(Recovering):
    """The part of the monitor that meets faults of the transport."""

    def fail(self, event: Event) -> None:
        """An `error` event."""
        if self.is_ours:
            self.break_off("stream_error", "the server reported an error")
        elif self.is_blank and self.is_in(Phase.WAITING, Phase.BETWEEN) and self.settings.recovery != "off":
            self.retry_blank("stream_error")
        else:
            if self.input:
                self.forward(self.input.yield_all() + self.input.held_frames() + b"".join(held.raw for held in self.tail))
                self.end_input("cut", is_told=True)
            self.pass_on(event)
            self.phase = Phase.DONE

    @property
    def is_ours(self) -> bool:
        """Whether it is up to us to deal with what goes wrong now, and not to the client: inside a tool input, and behind one."""
        phases = (Phase.WATCHING, Phase.HOLDING, Phase.JOINING, Phase.ENDING)
        return self.settings.recovery != "off" and (self.phase in phases or self.awaits_ours or self._is_behind_a_call)

    @property
    def awaits_ours(self) -> bool:
        """Whether the client, without knowing it, waits for the answer to a request of ours that has not begun."""
        return self.phase is Phase.WAITING and self.requests > 0

    @property
    def _is_behind_a_call(self) -> bool:
        return self.phase is Phase.BETWEEN and bool(self.blocks) and self.blocks[-1].is_tool

    def break_off(self, error: str, reason: str) -> None:
        """The transport failed in a message that is not finished."""
        if self.phase is Phase.JOINING:
            self.answer_over(error)
        elif self.phase is Phase.ENDING:
            self.end()
        elif self.phase is Phase.HOLDING:
            self.judge(self.watched, error)
        elif self.phase is Phase.WATCHING:
            self.finish_turn(error) if self.watched.is_certain else self.cut(self.watched, error)
        elif self._is_behind_a_call:
            self.finish_turn(error)
        elif self.is_blank and self.settings.recovery != "off":
            self.retry_blank(error)
        else:
            self.abort(reason)
