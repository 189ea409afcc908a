"""Two ways to ask a hook: the script in a process of its own, and the gateway's function. What is true of one is true of the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from finestream.gateway.hooks import answer
from finestream.journal import ERRORS, EVENTS, FOLDER, open_journal, read_records
from finestream.settings import Settings

SCRIPTS = Path(__file__).parents[2] / "hooks"
Json = dict[str, Any]
_SCRIPT_OF = {"PreToolUse": "pre_tool", "PostToolUse": "post_tool", "PostToolUseFailure": "post_tool"}


class Flavour(Protocol):
    """One of the two ways. ``ask`` returns what the hook says, None for nothing."""

    def ask(self, event: Json, project: Path) -> Json | None: ...


class Process:
    """The script, as the client runs it."""

    def ask(self, event: Json, project: Path) -> Json | None:
        ran = run(_SCRIPT_OF.get(event["hook_event_name"], "streaming_monitor"), json.dumps(event).encode(), project)
        assert (ran.returncode, ran.stderr) == (0, b"")
        return json.loads(ran.stdout) if ran.stdout else None


class Function:
    """The gateway's answer at its hook address."""

    def ask(self, event: Json, project: Path) -> Json | None:
        journal = open_journal(project, Settings(), lambda trouble: None)
        said = answer(event["hook_event_name"], json.dumps(event).encode(), journal)
        return None if said is None else json.loads(said)


FLAVOURS: Mapping[str, Flavour] = {"process": Process(), "function": Function()}


def command(script: str, *, scripts: Path = SCRIPTS) -> list[str]:
    """The command line of a hook, as it is registered."""
    groups = json.loads((SCRIPTS / "hooks.json").read_text(encoding="utf-8"))["hooks"].values()
    lines = [handler["args"] for group in groups for handler in group[0]["hooks"]]
    line = next(line for line in lines if line[-1].endswith(f"/{script}.py"))
    return [sys.executable, *(word.replace("${CLAUDE_PLUGIN_ROOT}/hooks", str(scripts)) for word in line)]


def environment(project: Path, **more: str) -> dict[str, str]:
    """What a hook finds in its environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "CLAUDE_CONFIG_DIR": os.environ["CLAUDE_CONFIG_DIR"],
        "CLAUDE_PROJECT_DIR": str(project),
        **more,
    }


def begin(line: Sequence[str], data: bytes, known: Mapping[str, str], before: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start one of many hooks, and give it its input at once: none waits for it until others have begun or ended."""
    pipe = subprocess.PIPE
    hook = subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=pipe, env=known, preexec_fn=before)
    assert hook.stdin
    hook.stdin.write(data)
    hook.stdin.flush()
    return hook


def run(
    script: str, data: bytes, project: Path, *, scripts: Path = SCRIPTS, known: Mapping[str, str] | None = None, patience: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run a hook script with ``data`` on stdin."""
    return subprocess.run(
        command(script, scripts=scripts),
        input=data,
        capture_output=True,
        env=environment(project, **(known or {})),
        timeout=patience,
        check=False,
    )


def events(project: Path) -> list[Json]:
    """What stands in the project's journal of events."""
    return list(read_records(project / FOLDER / EVENTS))


def errors(project: Path) -> list[Json]:
    """What stands in its log of errors."""
    return list(read_records(project / FOLDER / ERRORS))


def event(name: str, **fields: Any) -> Json:
    """An event as the client sends it (facts 1.2)."""
    common = {
        "session_id": "5e551011",
        "transcript_path": "/home/me/.claude/projects/x/5e551011.jsonl",
        "cwd": "/home/me/x",
        "prompt_id": "a240b84e",
        "permission_mode": "acceptEdits",
        "effort": {"level": "medium"},
        "hook_event_name": name,
    }
    return common | fields


def call(name: str, tool: str, tool_input: object, **fields: Any) -> Json:
    """An event about one call."""
    return event(name, tool_name=tool, tool_input=tool_input, tool_use_id="toolu_1", **fields)


def batch(*calls: Json, **fields: Any) -> Json:
    """The event behind all calls of a response."""
    return event("PostToolBatch", tool_calls=list(calls), **fields)


def unparsed(text: str, tool: str = "Write", tool_use_id: str = "toolu_1") -> Json:
    """A call whose input did not parse: the client gives its first 2048 UTF-16 units, and their number."""
    units = text.encode("utf-16-le", "surrogatepass")
    raw = units[: 2 * 2048].decode("utf-16-le", "surrogatepass")
    response = f"<tool_use_error>InputValidationError: {tool} was called with input that could not be parsed as JSON.</tool_use_error>"
    wreck = {"__unparsedToolInput": {"raw": raw, "len": len(units) // 2}}
    return {"tool_name": tool, "tool_input": wreck, "tool_use_id": tool_use_id, "tool_response": response}


def misfit(tool_input: object, tool: str = "Write") -> Json:
    """A call whose input parses and does not fit its tool."""
    response = f"<tool_use_error>InputValidationError: {tool} failed due to the following issue:\nA parameter is missing</tool_use_error>"
    return {"tool_name": tool, "tool_input": tool_input, "tool_use_id": "toolu_1", "tool_response": response}


def good(tool: str = "Write") -> Json:
    """A call that its tool has had."""
    return {
        "tool_name": tool,
        "tool_input": {"file_path": "a"},
        "tool_use_id": "toolu_2",
        "tool_response": "File created successfully at: a",
    }


def context_of(said: Json | None) -> str:
    """What the model is told."""
    assert said is not None
    assert set(said) == {"hookSpecificOutput"}
    return str(said["hookSpecificOutput"]["additionalContext"])
