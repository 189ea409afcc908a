"""The gateway's half of the hooks: the same decisions as the scripts', served, and what the two have to tell each other. SHELL.

Its one law: what a hook script and the gateway know of a project lies in the same files, so that either may answer the next event.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from finestream.journal import Journal
from finestream.repair import Repaired, repair
from finestream_hooks.decisions import TOLD, Correction, decide
from finestream_hooks.memory import Memory, agent_folders


def answer(event_name: str, body: bytes, journal: Journal) -> bytes | None:
    """Decide about an event of Claude Code and write its records; return the hook's JSON, or None for nothing to say.

    Where finestream was uninstalled while the session goes on, nothing is said, and nothing remembered.

    Raises:
        ValueError: The body is no JSON object.
    """
    event = json.loads(body.decode("utf-8", "replace"))
    if not isinstance(event, dict):
        raise ValueError("the event is no JSON object")
    if not journal.is_wanted:
        return None
    found = decide({**event, "hook_event_name": event_name}, memory_of(journal), mend)
    for record in found.events:
        journal.event(record)
    for record in found.errors:
        journal.error(record)
    return None if found.output is None else json.dumps(found.output).encode()


def memory_of(journal: Journal) -> Memory:
    """Return what hooks remember of the project of ``journal``."""
    project = str(journal.folder.parent.parent)
    return Memory(str(journal.folder), agent_folders(project, os.environb))


def mend(text: str) -> Correction | None:
    """Find the one reading of a text, as for a stream."""
    result = repair(text)
    if not isinstance(result, Repaired):
        return None
    return Correction(result.text, [f"{change.path}, character {change.offset}: {change.rule}" for change in result.changes[:TOLD]])


class Chronicle:
    """The journal of a gateway that has hooks beside it: agents get their names there, and of what is mended the hook is told.

    Notes are few, and a look at a small file is cheap beside the line that is written for each; no delta comes by here.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._memory = memory_of(journal)
        self._names: dict[str, str] = {}

    def event(self, record: Mapping[str, Any], /) -> None:
        """Append one line to the events."""
        self._journal.event(self._named(record))

    def error(self, record: Mapping[str, Any], /) -> None:
        """Append one line to the errors; leave a note where the client will run what was mended."""
        action = _mended(record)
        if action and self._journal.is_wanted:
            note = {"action": action, **{key: record.get(key) for key in ("tool", "auto_fixed", "path", "error")}}
            self._memory.keep_mended(record.get("tool_use_id"), json.dumps(note).encode())
        self._journal.error(self._named(record))

    def _named(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a subagent what it is: the hook that saw it start has written that down."""
        agent_id = record.get("agent_id")
        if not agent_id or record.get("agent_from") != agent_id:
            return record
        name = self.name(agent_id)
        return record if name is None else {**record, "agent_from": name}

    def name(self, agent_id: str) -> str | None:
        """Return what an agent is called, where a hook has seen it start."""
        name = self._names.get(agent_id) or self._memory.agent_type(agent_id)
        if name is not None:
            self._names[agent_id] = name
        return name


def _mended(record: Mapping[str, Any]) -> str | None:
    """Say what was done to an input that goes to its tool now. One that was generated anew is news to nobody."""
    if record.get("event") == "correction" and record.get("outcome") == "corrected":
        return "corrected"
    if record.get("event") == "recovery" and record.get("outcome") == "recovered" and record.get("action") == "continue":
        return "continued"
    return None
