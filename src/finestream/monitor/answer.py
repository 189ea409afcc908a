"""The answer to a request that a recovery sent, read until it can be joined to what the client has. PURE.

Two kinds: the answer to a continuation is joined at its seam; the answer to a repetition of the request is joined where it says, byte for
byte, what went out already. Blocks before the tool call (new thinking, a sentence of apology) stay with us: the client has the turn's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finestream.events import Event, Json, Kind, partial_json
from finestream.monitor.again import says_again
from finestream.monitor.shape import Shape
from finestream.monitor.tool_input import ToolInput
from finestream.recovery import Pending, Plan, Refusal, is_wrapped, splice

FIRST_TRY = 512  # bytes of an answer before the seam is looked for; then each time it has doubled, so that the search stays linear


@dataclass(frozen=True, slots=True)
class Joined:
    """The tail that continues ``kept``, the index that the tool block has in the answer, and the mark that must not come any more."""

    kept: str
    tail: str
    index: int
    mark: str = ""


class Broken(Exception):
    """Something of the answer's tool input cannot be read, so what follows it stands nowhere."""


class Answer:
    """One answer. ``plan`` is the continuation that was asked for, or None for a repetition, which has to begin with ``claim``.

    ``whole`` says that nothing of the answer may be used before all of it is there and sound (the fallback of the ladder). ``finished``
    are the inputs of the tool's calls that the client is running: an answer that says one of them again is not the call that was cut.
    """

    def __init__(
        self, tool: str, shape: Shape, *, plan: Plan | None, claim: str = "", whole: bool = False, finished: Sequence[Json] = ()
    ) -> None:
        self._tool = tool
        self._shape = shape
        self._plan = plan
        self._claim = claim
        self._whole = whole
        self._finished = finished
        self._input: ToolInput | None = None
        self._index = -1
        self._next_try = FIRST_TRY
        self.deltas = 0
        self.refusal = "the model did not call the tool again"
        self.is_refused = False  # the call was there, but it is no continuation

    @property
    def received(self) -> int:
        """Bytes of tool input in this answer."""
        return len(self._input.text) if self._input else 0

    def take(self, event: Event) -> Joined | None:
        """Read one event; the result is there as soon as the seam is certain.

        Raises: Broken: behind what had come before, something is missing.
        """
        if event.kind is Kind.BLOCK_START:
            self._begin(event)
        elif event.kind is Kind.BLOCK_DELTA and event.index == self._index and self._input:
            self.deltas += 1
            return self._grow(self._input, partial_json(event))
        elif event.kind is Kind.BLOCK_STOP and event.index == self._index:
            return self._join(ended=True)
        elif event.kind is Kind.GARBLED and self._input:  # which block it belongs to cannot be known
            raise Broken
        return None

    def _grow(self, tool_input: ToolInput, fragment: str | None) -> Joined | None:
        if fragment is None:
            raise Broken
        tool_input.take(fragment, b"")
        if len(tool_input.text) < self._next_try:
            return None
        self._next_try = 2 * len(tool_input.text)
        return self._join(ended=False)

    def over(self) -> Joined | None:
        """The answer has ended or broken off: use what arrived, if the seam is in it."""
        return self._join(ended=False)

    def _begin(self, event: Event) -> None:
        block = event.body["content_block"]
        if self._input or block.get("type") != "tool_use":
            return
        if block.get("name") != self._tool:
            self.refusal = f"the model called {block.get('name')!r} instead"
            return
        self._index = event.index
        self._input = ToolInput(event.index, block, self._shape)
        self._input.synthetic = True

    def _join(self, *, ended: bool) -> Joined | None:
        if self._input is None:
            return None
        whole = self._input.whole()
        if self._is_again(whole, ended=ended):
            return None
        if self._whole and not (ended and self._input.is_sound):
            self.refusal = "the answer was not whole"
            return None
        if self._plan is None:
            return self._repeated(whole, self._input.half)
        try:
            complete = ended and self._input.scanner.complete and self._input.scanner.fault is None
            text = whole if complete else self._input.until_checkpoint()
            join = splice(self._plan, text, complete=complete)
        except Refusal as refusal:
            self.refusal, self.is_refused = refusal.reason, True
            return None
        except Pending:
            self.refusal = "too little arrived to find the seam"
            return None
        return Joined(self._plan.kept, join.glue + whole[join.offset :] + self._input.half, self._index, self._plan.mark)

    def _is_again(self, whole: str, *, ended: bool) -> bool:
        """Whether this may be one of the calls that are running; then the one that was cut may follow, even one that says the same."""
        again = next((call for call in self._finished if says_again(whole, call)), None)
        if again is None:
            return False
        self.refusal = "the model repeated a call that is running already"
        if ended:
            self._finished = [call for call in self._finished if call is not again]
            self._input, self._index, self._next_try = None, -1, FIRST_TRY
        return True

    def _repeated(self, whole: str, half: str) -> Joined | None:
        if not whole.startswith(self._claim):
            self.refusal = "the repeated call differs from what went out"
            return None
        if is_wrapped(whole):
            self.refusal = "the repeated call wraps what it was to be"
            return None
        return Joined(self._claim, whole[len(self._claim) :] + half, self._index)
