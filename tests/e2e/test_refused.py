"""Calls that nobody ran though their input was good, in a session of the real client: the log has each of them, and why.

A client of 2026 no longer turns down an edit of a file that was not read before.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from finestream.simulator.script import ToolUse
from tests.e2e.cases import keep
from tests.e2e.conftest import Install
from tests.e2e.harness import Session, ended_badly
from tests.e2e.test_hooks import alone, case
from tests.e2e.test_logs import told

FOREIGN = """import json, sys
if "forbidden" in sys.stdin.read():
    said = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "Not that one."}
    print(json.dumps({"hookSpecificOutput": said}))
"""
EDIT = {"file_path": "a.txt", "old_string": "two", "new_string": "x"}
CALLS = [
    ("no_match", "Edit", EDIT | {"old_string": "nowhere"}),
    ("no_match", "Edit", EDIT | {"old_string": "one"}),
    ("not_found", "Edit", EDIT | {"file_path": "nothing.txt"}),
    ("other", "Edit", EDIT | {"new_string": "two"}),
    ("other", "Skill", {"skill": "nothing"}),
    ("permission", "Write", {"file_path": "/nowhere/a.txt", "content": "x"}),
    ("permission", "Bash", {"command": "cat a.txt", "description": "a rule denies it"}),
    ("permission", "Bash", {"command": "exit 3", "description": "nobody is there to be asked"}),
    ("hook", "Bash", {"command": "ls forbidden", "description": "a foreign hook denies it"}),
]
RUN = [
    ("ok", "Edit", EDIT),
    ("failed", "Bash", {"command": "ls nothing", "description": "it runs and fails"}),
    ("ok", "Bash", {"command": "echo '<tool_use_error>Permission to use Bash'", "description": "it only looks like that"}),
]


def prepared(install: Install, folder: Path) -> None:
    """Our hooks, a foreign one, and a rule."""
    install(folder)
    (folder / "a.txt").write_text("one\none\ntwo\n")
    path = folder / ".claude" / "settings.json"
    settings = json.loads(path.read_text())
    settings["hooks"]["PreToolUse"] += [{"hooks": [{"type": "command", "command": sys.executable, "args": ["-c", FOREIGN]}]}]
    path.write_text(json.dumps(settings | {"permissions": {"deny": ["Bash(cat:*)"]}}))


@pytest.mark.parametrize("is_one_response", [False, True])
async def test_the_log_has_what_was_turned_down_and_why(claude: Path, tmp_path: Path, install: Install, is_one_response: bool) -> None:
    uses = [ToolUse(tool, tool_input) for _, tool, tool_input in (*CALLS, *RUN)]
    cases = [case(*uses)] if is_one_response else [case(use) for use in uses]
    session = Session([*cases, keep("after", 1)], prepare=lambda folder: prepared(install, folder))
    played = await alone(claude, tmp_path, session)
    assert list(ended_badly(played)) == []
    rows = told(played.folder, "--errors")
    assert sorted((row["error_class"], row["tool"]) for row in rows) == sorted((name, tool) for name, tool, _ in CALLS)
    assert {(row["event"], row["outcome"], row["error"]) for row in rows} == {("tool_ended", "failed", "call_refused")}
    assert all(row["size"] > 10 for row in rows)
    ends = {record["tool_use_id"]: record for record in played.events if record["event"] == "tool_ended"}
    assert len(ends) == len([record for record in played.events if record["event"] == "tool_ended"]) == len(uses) + 1
    ran = [(end["outcome"], end["tool"]) for end in ends.values() if end["latency_ms"] is not None]
    assert sorted(ran) == sorted([*((outcome, tool) for outcome, tool, _ in RUN), ("ok", "mcp__keeper__keep")])
