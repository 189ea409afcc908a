"""What is to be said of one tool input. PURE."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from finestream.repair import Intact, Repaired, repair


class State(Enum):
    """How an input ended."""

    COMPLETE = "complete"
    CUT = "cut"
    MALFORMED = "malformed"
    REFUSED = "refused"  # it parsed, and the client did not run it all the same


@dataclass(frozen=True, slots=True)
class Mending:
    """What a repair would do: ``outcome`` is repaired, refused or intact."""

    outcome: str
    rules: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One tool input. ``size`` and ``offset`` are in bytes, ``kept`` is how much of a cut one could be continued from, at ``path``.

    ``deltas`` and ``chunks`` are None where the file holds the input as a whole.
    """

    state: State
    tool: str
    tool_use_id: str
    target: str | None = None
    session: str | None = None
    size: int = 0
    deltas: int | None = None
    chunks: int | None = None
    stop_reason: str | None = None
    why: str | None = None
    offset: int | None = None
    reason: str | None = None
    kept: int | None = None
    path: str | None = None
    repair: Mending | None = None

    def data(self) -> dict[str, Any]:
        """The verdict as data."""
        return {**asdict(self), "state": self.state.value}


def mending(text: str) -> Mending:
    """Say what a repair would do without knowing the tool's schema."""
    result = repair(text, None)
    if isinstance(result, Repaired):
        return Mending("repaired", tuple(dict.fromkeys(change.rule for change in result.changes)))
    if isinstance(result, Intact):
        return Mending("intact", reason="; ".join(result.findings) or None)
    return Mending("refused", (result.rule,), result.reason)
