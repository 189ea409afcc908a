"""When the parts of a document go on to one of its receivers. PURE: parts and moments -> batches. Its one law: time is an input.

==========  ==============================================================================================
``high``    at once
``medium``  about 2 KB together: from 512 B, while the receiver waits, to 8 KB, while it works and cannot
            take anything in; less where the sender has paused
``low``     all together when the document is complete
==========  ==============================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

from finestream.catalog import Priority
from finestream.handoff.document import Part

LEAST, USUAL, MOST = 512, 2 * 2**10, 8 * 2**10
PAUSE = 0.1  # seconds without a new part: what is there is better than nothing


class Batch:
    """What waits on the way from one agent to another."""

    def __init__(self, priority: Priority) -> None:
        self._priority = priority
        self._target = USUAL
        self._size = 0
        self._latest = 0.0
        self._is_finished = False
        self.parts: list[Part] = []

    def add(self, parts: Sequence[Part], now: float) -> None:
        """Take parts that the sender has completed at ``now`` (seconds of any clock that only goes forward)."""
        if parts:
            self.parts += parts
            self._size += sum(part.size for part in parts)
            self._latest = now

    def finish(self) -> None:
        """The document is complete: nothing has a reason to wait any more."""
        self._is_finished = True

    @property
    def deadline(self) -> float | None:
        """When waiting ends even if nothing comes."""
        return self._latest + PAUSE if self._priority == "medium" and self._size >= LEAST else None

    def is_due(self, now: float) -> bool:
        """Whether the receiver is to be told, if it can listen."""
        if self._is_finished or not self.parts:
            return self._is_finished and bool(self.parts)
        if self._priority == "medium":
            return self._size >= self._target or (self.deadline is not None and now >= self.deadline)
        return self._priority == "high"

    @property
    def can_join(self) -> bool:
        """Whether it may go along with others before it is due."""
        return self._priority != "low"

    def take(self, *, is_waiting: bool) -> list[Part]:
        """Empty it. ``is_waiting``: the receiver has nothing else to do, so the next batch may be smaller; else larger."""
        parts, self.parts, self._size = self.parts, [], 0
        self._target = max(LEAST, self._target // 2) if is_waiting else min(MOST, self._target * 2)
        return parts
