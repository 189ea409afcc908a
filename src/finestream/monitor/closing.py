"""How a tool input comes to its end for the client: surfaced, corrected, whole. PURE.

Its one law: nothing that was cut is closed into a call that could be run.
"""

from __future__ import annotations

from finestream.events import Kind, end_frames, stop_frame
from finestream.monitor.rows import cut_row
from finestream.monitor.state import Phase, State
from finestream.monitor.tool_input import ToolInput
from finestream.recovery import Plan


class Closing(State):
    """The part of the monitor that ends inputs and turns."""

    def surface(self, tool_input: ToolInput) -> None:
        """Let the client see what came, exactly as it came; it answers input that does not parse with its own error."""
        self.forward(tool_input.yield_all() + tool_input.held_frames())
        self.pass_tail(tool_input, None)

    def pass_tail(self, tool_input: ToolInput, text: str | None) -> None:
        tail, self.tail = self.tail, []
        for event in tail:
            if tool_input.synthetic:
                self.pass_on(event)
            else:
                self.forward(event.raw)
        self.close_block(tool_input, text)
        kinds = {event.kind for event in tail}
        if Kind.MESSAGE_STOP in kinds:
            self.phase = Phase.DONE
        elif Kind.MESSAGE_DELTA in kinds:
            self.phase = Phase.ENDING

    def close_block(self, tool_input: ToolInput, text: str | None) -> None:
        """The block is over for the client."""
        self.close_row("recovered", len(tool_input.text))
        self.opened.input = text if text is not None else tool_input.whole()
        self.kept += len(self.opened.input)
        self.blocks.append(self.opened)
        self.end_input(self._outcome(tool_input, text))
        self.block = self.input = self.stop_reason = None
        self.phase = Phase.BETWEEN
        self.best = -1
        self.foreign_bytes = 0

    @staticmethod
    def _outcome(tool_input: ToolInput, text: str | None) -> str:
        if not tool_input.is_sound:
            return "surfaced" if text is None else "corrected"
        return "continued" if tool_input.synthetic else "complete"

    def surface_limit(self, tool_input: ToolInput) -> None:
        """The model's answer really is cut: the client shows that as input that does not parse and tells the model.

        One that could be run all the same (nothing at all, or an object that lacks members) stays open: the client drops it (facts 2.2).
        """
        could_run = tool_input.scanner.complete or not tool_input.text.strip()
        self.is_raw = False
        if self.tail:
            self.tail = [event for event in self.tail if not (could_run and event.kind is Kind.BLOCK_STOP)]
            self.surface(tool_input)
        else:
            stop = b"" if could_run else stop_frame(tool_input.index)
            self.forward(tool_input.yield_all() + stop + end_frames("max_tokens", self.total_usage()))
        self.end()

    def close_sound(self, tool_input: ToolInput) -> None:
        """The model closed the input itself, but the end of the block is missing."""
        self.is_raw = False
        self.forward(tool_input.yield_all() + stop_frame(tool_input.index))
        self.close_block(tool_input, tool_input.whole())

    def finish_turn(self, error: str) -> None:
        """The stream broke behind a tool call that is whole: end the turn there, for of the call nothing is missing."""
        if self.input:
            self.close_row("continued", None)
            self.row = {**cut_row(self.input, Plan(self.input.whole(), "", "$", False), error, None), "action": "finished", "attempt": 0}
            self.close_sound(self.input)
        self.is_raw = False
        self.forward(end_frames("tool_use", self.total_usage()))
        self.end()
