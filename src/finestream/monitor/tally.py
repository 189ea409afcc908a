"""What is counted of one tool input while it streams, for its line in the journal. PURE. Its law: bounded, and next to no work a read."""

from __future__ import annotations

from collections.abc import Sequence

from finestream.events import Json
from finestream.monitor.passage import line_ends
from finestream.monitor.target import receiver, target
from finestream.monitor.tool_input import ToolInput
from finestream.scanner import Chunk

TOLD_CHUNKS = 100  # of a longer document the first ones are enough to see how it came


class Tally:
    """The figures of one input. ``requests``: how many requests had been sent again before it began.

    ``cuts``: how often it was not whole where it broke off or ended; ``fallbacks``: how often the answer was then asked for as a whole.
    """

    def __init__(self, now: float, requests: int) -> None:
        self.deltas = 0
        self.cuts = 0
        self.fallbacks = 0
        self.started = now
        self._requests = requests
        self._spans: list[list[object]] = []

    def count(self, chunks: Sequence[Chunk], now: float) -> None:
        """Take note of finished chunks."""
        room = TOLD_CHUNKS - len(self._spans)
        if chunks and room > 0:
            passed = _milliseconds(now - self.started)
            self._spans += [[*chunk, passed] for chunk in chunks[:room]]

    def row(self, tool_input: ToolInput, now: float, requests: int) -> Json:
        """The record of the input: what it was about, how much it was, how long it took. A span ends with its time, in milliseconds."""
        size = len(tool_input.text)
        return {
            "tool": tool_input.tool,
            "tool_use_id": tool_input.tool_use_id,
            "target": target(tool_input.text),
            "agent_to": receiver(tool_input.tool, tool_input.text),
            "bytes": size,
            "deltas": self.deltas,
            "lines": line_ends(tool_input.text),
            "chunks": len(tool_input.chunk_ends),
            "first_chunk_ms": self._spans[0][-1] if self._spans else None,
            "duration_ms": _milliseconds(now - self.started),
            "attempts": requests - self._requests,
            "cuts": self.cuts,
            "fallbacks": self.fallbacks,
            "spans": self._spans,
        }


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 1)
