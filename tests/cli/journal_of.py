"""A project with a journal, written as the gateway and the hooks write it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from finestream.journal import ERRORS, EVENTS, FOLDER
from tests.story.records import correction, hook, row, tool_input

CALLS: tuple[dict[str, Any], ...] = (
    hook(0, "subagent_started", agent_type="writer", tool=None, tool_use_id=None),
    tool_input(1, tool_use_id="toolu_whole1"),
    hook(2, "tool_started", tool_use_id="toolu_whole1"),
    hook(3, "tool_ended", tool_use_id="toolu_whole1", outcome="ok", latency_ms=5),
    row(10, "cut", tool_use_id="toolu_cut2", outcome="pending", delay=0),
    row(11, tool_use_id="toolu_cut2", outcome="given_up"),
    tool_input(12, "cut", tool_use_id="toolu_cut2", stream="8080-2"),
    correction(20, tool_use_id="toolu_fixed3", tool="Note", session_id="s2", stream="8080-3"),
    tool_input(21, "corrected", tool_use_id="toolu_fixed3", tool="Note", session_id="s2", stream="8080-3"),
)
FAULTS = (CALLS[5], CALLS[7], hook(30, "unparsed", error="malformed_json", tool_use_id="toolu_refused4", INVALID_JSON="{'a"))


def write_journal(project: Path, events: Iterable[dict[str, Any]] = CALLS, errors: Iterable[dict[str, Any]] = FAULTS) -> Path:
    """Write a journal and return its folder."""
    folder = project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in ((EVENTS, events), (ERRORS, errors)):
        (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return folder
