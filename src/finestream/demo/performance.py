"""What came of a scenario. PURE. Its one law: it is exact only if the call, the document received and the file on disk all are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finestream.demo.scenarios import Scenario

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Performance:
    """The facts of one run.

    ``code``: the client's exit code, None when it had to be killed; ``stderr``: what it said. ``events``: those of the journal, each with
    the seconds since the start. ``errors``: the lines of ``streaming-errors.log``. ``requests``: to the model, ours included;
    ``continued_with``: the output limits of the continuations among them. ``generated``: characters of tool input that the model wrote in
    all its answers together. ``call``: the input with which the client made the handoff, None if it made none. ``received``: whether the
    receiver was given exactly the document. ``saved``: what is on disk.
    """

    scenario: Scenario
    code: int | None
    stderr: str
    events: Sequence[tuple[float, Json]]
    errors: Sequence[Json]
    requests: int
    continued_with: Sequence[int]
    generated: int
    call: Json | None
    received: bool
    saved: str | None

    @property
    def is_call_exact(self) -> bool:
        """Whether the client made the handoff that was meant."""
        return self.call == self.scenario.meant

    @property
    def is_file_exact(self) -> bool:
        """Whether the document on disk is the one that was meant."""
        return self.saved == self.scenario.document

    @property
    def is_exact(self) -> bool:
        """Whether everything came out as it was meant."""
        return self.code == 0 and self.is_call_exact and self.received and self.is_file_exact

    @property
    def row(self) -> Json:
        """The line of the log about the handoff; empty when there is none."""
        return next((row for row in self.errors if row.get("agent_to") == self.scenario.receiver), {})

    @property
    def share(self) -> float:
        """Characters generated, per character of the two tool inputs that were meant: the handoff and the file."""
        saved = json.dumps(self.scenario.document, ensure_ascii=False)
        return self.generated / (len(self.scenario.text) + len(saved))
