"""PreToolUse, PostToolUse and PostToolUseFailure: the record of a call, and the handoff it makes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.hooks.running import Flavour, call, errors, events

WRITE = {"file_path": "/p/a.md", "content": "grüße 🎯\n"}
WHO = {"source": "hook", "session_id": "5e551011", "agent_id": None, "agent_from": "main", "agent_to": None}


def test_a_call_is_recorded_from_its_beginning_to_its_end(hook: Flavour, project: Path) -> None:
    assert hook.ask(call("PreToolUse", "Write", WRITE), project) is None
    assert hook.ask(call("PostToolUse", "Write", WRITE, tool_response={"type": "create"}, duration_ms=16), project) is None
    started, ended = events(project)
    size = len(json.dumps(WRITE, ensure_ascii=False, separators=(",", ":")).encode())
    call_ = {**WHO, "tool": "Write", "tool_use_id": "toolu_1", "size": size}
    assert started.pop("timestamp").endswith("Z") and ended.pop("timestamp").endswith("Z")
    assert started == {"event": "tool_started", **call_, "target": "/p/a.md", "priority": None}
    assert ended == {"event": "tool_ended", **call_, "outcome": "ok", "latency_ms": 16, "error_class": None}


def test_a_subagent_has_its_name(hook: Flavour, project: Path) -> None:
    hook.ask(call("PreToolUse", "Write", WRITE, agent_id="a17", agent_type="developer"), project)
    assert [(record["agent_id"], record["agent_from"]) for record in events(project)] == [("a17", "developer")]


@pytest.mark.parametrize(
    ("tool", "tool_input", "target"),
    [
        ("Bash", {"command": "cat secret.txt", "description": "x"}, None),
        ("Read", {"file_path": "/p/b"}, "/p/b"),
        ("NotebookEdit", {"notebook_path": "/p/n.ipynb"}, "/p/n.ipynb"),
        ("Agent", {"subagent_type": "qa", "prompt": "x"}, "qa"),
        ("mcp__x__y", {"path": "/p"}, None),
        ("Odd", ["no", "object"], None),
        ("Odd", None, None),
        ("Write", {"file_path": 5}, None),
    ],
)
def test_the_target_is_a_file_or_an_agent_and_never_a_command(
    hook: Flavour, project: Path, tool: str, tool_input: Any, target: str
) -> None:
    hook.ask(call("PreToolUse", tool, tool_input), project)
    [record] = events(project)
    assert record["target"] == target
    assert "secret" not in json.dumps(record)


@pytest.mark.parametrize(
    ("tool", "tool_input", "receiver"),
    [
        ("Agent", {"subagent_type": "architect"}, "architect"),
        ("Task", {"subagent_type": "architect"}, "architect"),
        ("SendMessage", {"to": "lead"}, "lead"),
        ("handoff", {"agent_to": "qa"}, "qa"),
        ("mcp__team__handoff", {"agent_to": "qa"}, "qa"),
        ("mcp__team__handoff_all", {"agent_to": "qa"}, None),
        ("myhandoff", {"agent_to": "qa"}, None),
        ("Agent", {"subagent_type": ["x"]}, None),
        ("Write", {"to": "lead"}, None),
    ],
)
def test_a_handoff_names_its_receiver(hook: Flavour, project: Path, tool: str, tool_input: Any, receiver: str | None) -> None:
    hook.ask(call("PreToolUse", tool, tool_input), project)
    hook.ask(call("PostToolUse", tool, tool_input), project)
    assert [record["agent_to"] for record in events(project)] == [receiver] * 2


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("---\nname: qa\nstreaming_priority: high\n---\n", "high"),
        ("\ufeff---\r\nstreaming_priority:   'low'  # as asked\r\n---\r\n", "low"),
        ('---\nstreaming_priority : "medium"\n---\n', "medium"),
        ("---\nname: qa\n---\nstreaming_priority: high\n", None),
        ("streaming_priority: high\n", None),
        ("---\nstreaming_priority:\n---\n", None),
        ("---\nexpected: {streaming_priority: high}\n---\n", None),
        ("", None),
    ],
)
def test_the_priority_stands_in_the_receivers_definition(hook: Flavour, project: Path, text: str, priority: str | None) -> None:
    _define(project / ".claude", "qa", text)
    hook.ask(call("PreToolUse", "Agent", {"subagent_type": "qa"}), project)
    assert [record["priority"] for record in events(project)] == [priority]


def test_the_project_s_definition_beats_the_users(hook: Flavour, project: Path) -> None:
    mine = Path(os.environ["CLAUDE_CONFIG_DIR"])
    _define(mine, "hooks-test-agent", "---\nstreaming_priority: low\n---\n")
    hook.ask(call("PreToolUse", "Agent", {"subagent_type": "team:hooks-test-agent"}), project)
    _define(project / ".claude", "hooks-test-agent", "---\nstreaming_priority: high\n---\n")
    hook.ask(call("PreToolUse", "Agent", {"subagent_type": "hooks-test-agent"}), project)
    assert [record["priority"] for record in events(project)] == ["low", "high"]


@pytest.mark.parametrize("name", ["../../secret", "a/b", "..", ".hidden", "", "x" * 300, "nul\0", "new\nline", "x/../../../secret"])
def test_a_receiver_is_no_path(hook: Flavour, project: Path, name: str) -> None:
    (project / ".claude" / "agents" / "x").mkdir(parents=True)
    (project / "secret.md").write_text("---\nstreaming_priority: high\n---\n")
    hook.ask(call("PreToolUse", "Agent", {"subagent_type": name}), project)
    assert [record["priority"] for record in events(project)] == [None]


def _define(folder: Path, name: str, text: str) -> None:
    (folder / "agents").mkdir(parents=True, exist_ok=True)
    (folder / "agents" / f"{name}.md").write_bytes(text.encode())


# -- INVALID_JSON --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tool_input",
    [
        {"INVALID_JSON": '{"file_path": "a'},
        {"file_path": "a", "INVALID_JSON": '{"file_path": "a", "content": "b'},
        {"input": {"INVALID_JSON": "x"}},
        {"file_path": "a", "content": {"INVALID_JSON": "x"}},
    ],
)
def test_the_wrapper_of_a_wreck_is_no_input(hook: Flavour, project: Path, tool_input: Any) -> None:
    said = hook.ask(call("PreToolUse", "Write", tool_input), project)
    assert said is not None
    output = said["hookSpecificOutput"]
    assert (output["hookEventName"], output["permissionDecision"]) == ("PreToolUse", "deny")
    assert "Call Write again" in output["permissionDecisionReason"]
    [event], [error] = events(project), errors(project)
    assert (event["event"], event["error"], "INVALID_JSON" in event) == ("input_rejected", "wrapped_json", False)
    assert json.loads(error["INVALID_JSON"]) == tool_input


@pytest.mark.parametrize(
    "tool_input",
    [
        {"content": 'it is wrapped as {"INVALID_JSON": "..."}'},
        {"deep": {"deeper": {"INVALID_JSON": "x"}}},
        {"report": {"INVALID_JSON": "x", "and": "more"}},
        {"list": [{"INVALID_JSON": "x"}]},
        {"invalid_json": "x"},
        {"text": "a", "INVALID_JSON": "ok"},
        {"text": "a", "INVALID_JSON": True},
        {"text": "a", "INVALID_JSON": '{"whole": 1}'},
        "INVALID_JSON",
    ],
)
def test_who_only_speaks_of_it_is_not_stopped(hook: Flavour, project: Path, tool_input: Any) -> None:
    assert hook.ask(call("PreToolUse", "Write", tool_input), project) is None


# -- the end of a call ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ("Exit code 3", "exit_code"),
        ("Exit code 1\ncat: x: No such file or directory", "exit_code"),
        ("Command timed out after 2m", "timeout"),
        ("<tool_use_error>String to replace not found in file.", "no_match"),
        ("File has not been read yet. Read it first before writing to it.", "stale"),
        ("File has been modified since read", "stale"),
        ("ENOSPC: no space left on device", "no_space"),
        ("EACCES: permission denied, open '/etc/x'", "permission"),
        ("File does not exist.", "not_found"),
        ("MCP error -32603: boom", "mcp"),
        ("MCP error -32000: Connection closed", "connection"),
        ("something else", "other"),
        (None, "other"),
        ({"odd": 1}, "other"),
    ],
)
def test_a_failure_has_a_class(hook: Flavour, project: Path, error: object, name: str) -> None:
    assert hook.ask(call("PostToolUseFailure", "Bash", {"command": "x"}, error=error, is_interrupt=False, duration_ms=46), project) is None
    [record] = events(project)
    assert (record["outcome"], record["latency_ms"], record["error_class"]) == ("failed", 46, name)


def test_an_interrupted_call_is_called_that(hook: Flavour, project: Path) -> None:
    hook.ask(call("PostToolUseFailure", "Bash", {}, error="Exit code 137", is_interrupt=True), project)
    assert [(record["error_class"], record["latency_ms"]) for record in events(project)] == [("interrupted", None)]
