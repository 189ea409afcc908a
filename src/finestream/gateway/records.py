"""From the monitor's notes to lines of the journal: who was speaking to whom. PURE in itself; it lives here because headers are the
gateway's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from finestream.monitor import Note
from finestream.monitor.target import receiver

AGENT_HEADER = "x-finestream-agent"  # how `finestream claude` tells who the main agent is; upstream never sees it
SESSION_HEADER = "x-claude-code-session-id"


class Book(Protocol):
    """What the gateway needs of the journal."""

    def event(self, record: dict[str, object], /) -> None: ...
    def error(self, record: dict[str, object], /) -> None: ...


def write(book: Book, record: dict[str, object], *, is_error: bool) -> None:
    """Write one line; an error is one of the events, too."""
    book.event(record)
    if is_error:
        book.error(record)


class Speaker:
    """The agent whose response is being streamed, as far as the request's headers tell (facts 3.3)."""

    def __init__(self, headers: Mapping[str, str], stream: str) -> None:
        agent_id = headers.get("x-claude-code-agent-id")
        self.fields: dict[str, Any] = {
            "stream": stream,
            "session_id": headers.get(SESSION_HEADER),
            "agent_id": agent_id,
            "agent_from": agent_id or headers.get(AGENT_HEADER) or "main",
        }

    def record(self, note: Note) -> dict[str, Any]:
        """One line for the journal."""
        return {"event": note.kind, **self.fields, "agent_to": _receiver(note.record), **note.record}


def _receiver(record: Mapping[str, Any]) -> str | None:
    text = record.get("INVALID_JSON")
    return receiver(str(record.get("tool", "")), text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else None
