"""From the monitor's notes to lines of the journal: who was speaking to whom. PURE in itself; it lives here because headers are the
gateway's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from finestream.monitor import Note

AGENT_HEADER = "x-finestream-agent"  # how `finestream claude` tells who the main agent is; upstream never sees it
# Tools that hand something to another agent, and the member of their input that names it (facts 3.2).
_RECEIVERS = {"Agent": "subagent_type", "Task": "subagent_type", "SendMessage": "to"}
_HANDOFF = re.compile(r"(^|__)handoff$")


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
        self._fields: dict[str, Any] = {
            "stream": stream,
            "session_id": headers.get("x-claude-code-session-id"),
            "agent_id": agent_id,
            "agent_from": agent_id or headers.get(AGENT_HEADER) or "main",
        }

    def record(self, note: Note) -> dict[str, Any]:
        """One line for the journal."""
        return {"event": note.kind, **self._fields, "agent_to": receiver(note.record), **note.record}


def receiver(record: Mapping[str, Any]) -> str | None:
    """The agent that the tool call of a record addresses, if its text says so."""
    tool = str(record.get("tool", ""))
    member = _RECEIVERS.get(tool) or ("agent_to" if _HANDOFF.search(tool) else None)
    found = re.search(rf'"{member}"\s*:\s*"([^"\\]+)"', str(record.get("INVALID_JSON", ""))) if member else None
    return found[1] if found else None
