"""What there is to see of a tool input that is being written. PURE: values alone.

Its one law: what is not known is None, and is not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WELL = ("complete", "continued", "corrected")
"""Outcomes in which the input came whole to its tool."""
_MOST = 10**15  # what a column can hold, and more than anything that is streamed


@dataclass(frozen=True, slots=True)
class StreamView:
    """A tool input, or with an empty ``tool`` a response in which none is open.

    ``quiet``: seconds since anything came; ``attempt`` of ``attempts``: of a recovery, 0 where there is none; ``text``: the last lines.
    """

    agent: str
    session: str
    project: str
    tool: str
    target: str
    state: str
    outcome: str
    action: str
    attempt: int
    attempts: int
    size: int | None
    lines: int | None
    chunks: int | None
    rate: float | None
    quiet: float
    text: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.state == "done"


def parse_view(body: Mapping[str, Any], project: str, waited: float) -> StreamView:
    """Read the view that a gateway has told ``waited`` seconds ago; what is not of the right kind counts as not told."""
    lines = body.get("text")
    return StreamView(
        agent=_text(body.get("agent")),
        session=_text(body.get("session_id")),
        project=project,
        tool=_text(body.get("tool")),
        target=_text(body.get("target")),
        state=_text(body.get("state")),
        outcome=_text(body.get("outcome")),
        action=_text(body.get("action")),
        attempt=_count(body.get("attempt")) or 0,
        attempts=_count(body.get("attempts")) or 0,
        size=_count(body.get("bytes")),
        lines=_count(body.get("lines")),
        chunks=_count(body.get("chunks")),
        rate=_number(body.get("rate")),
        quiet=(_number(body.get("quiet")) or 0.0) + waited,
        text=tuple(_text(line) for line in lines) if isinstance(lines, list) else (),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and type(value) is not bool and 0 <= value < _MOST else None
