"""PostToolBatch: calls that nobody ran though their input was good, since their tool, a permission or a hook turned them down."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import EVENTS, FOLDER
from finestream_hooks.lines import append
from finestream_hooks.memory import BEGAN, ENDED, Memory
from finestream_hooks.recollection import pursue
from tests.hooks.running import Flavour, Json, batch, call, errors, event, events

EDIT = {"file_path": "/p/a.md", "old_string": "grüße", "new_string": "x"}


def answered(response: object, tool: str = "Edit", tool_use_id: object = "toolu_1") -> Json:
    """A call with what the model was told of it."""
    return {"tool_name": tool, "tool_input": EDIT, "tool_use_id": tool_use_id, "tool_response": response}


def refused(project: Path) -> list[tuple[Any, ...]]:
    return [(record["tool_use_id"], record["error_class"]) for record in errors(project)]


def test_a_call_that_was_turned_down_is_closed_as_failed(hook: Flavour, project: Path) -> None:
    response = "<tool_use_error>String to replace not found in file.\nString: grüße</tool_use_error>"
    assert hook.ask(batch(answered(response), agent_id="a17", agent_type="developer"), project) is None
    [seen], [row] = events(project), errors(project)
    assert seen.pop("timestamp").endswith("Z") and row.pop("timestamp").endswith("Z")
    assert seen == row
    assert row == {
        "event": "tool_ended",
        "source": "hook",
        "session_id": "5e551011",
        "agent_id": "a17",
        "agent_from": "developer",
        "agent_to": None,
        "tool": "Edit",
        "tool_use_id": "toolu_1",
        "outcome": "failed",
        "latency_ms": None,
        "size": len(json.dumps(EDIT, ensure_ascii=False, separators=(",", ":")).encode()),
        "target": "/p/a.md",
        "error": "call_refused",
        "error_class": "no_match",
        "action": "surfaced",
    }


# What the client (2.1.332) says of each, and whether hooks before the call ran.
SAID = [
    ("<tool_use_error>String to replace not found in file.\nString: x</tool_use_error>", False, "no_match"),
    ("<tool_use_error>Found 2 matches of the string to replace, but replace_all is false.</tool_use_error>", False, "no_match"),
    ("<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>", False, "stale"),
    ("<tool_use_error>File has been modified since read, either by the user or by a linter.</tool_use_error>", False, "stale"),
    ("<tool_use_error>File does not exist. Note: your current working directory is /p.</tool_use_error>", False, "not_found"),
    ("<tool_use_error>No changes to make: old_string and new_string are exactly the same.</tool_use_error>", False, "other"),
    ([{"type": "text", "text": "<tool_use_error>Unknown skill: x</tool_use_error>"}], False, "other"),
    ("Claude requested permissions to write to /p/a.md, but you haven't granted it yet.", True, "permission"),
    ("Permission to use Bash with command cat x has been denied.", True, "permission"),
    ("This command requires approval", True, "permission"),
    ("touch in '/p/z' needs approval. The path is inside the working directories for this session ('/p').", True, "permission"),
    ("PreToolUse:Edit hook error: not today, permission or not", True, "hook"),
    ("What whoever asked through the SDK has answered", True, "other"),
    (None, True, "other"),
]


@pytest.mark.parametrize(("response", "began", "name"), SAID)
def test_it_is_called_by_what_turned_it_down(hook: Flavour, project: Path, response: object, began: bool, name: str) -> None:
    if began:
        hook.ask(call("PreToolUse", "Edit", EDIT), project)
    assert hook.ask(batch(answered(response)), project) is None
    assert refused(project) == [("toolu_1", name)]
    closed = [record["outcome"] for record in events(project) if record["event"] == "tool_ended"]
    assert closed == ["failed"]


@pytest.mark.parametrize("response", [response for response, _, _ in SAID])
@pytest.mark.parametrize("name", ["PostToolUse", "PostToolUseFailure"])
def test_what_has_run_is_closed_once(hook: Flavour, project: Path, response: object, name: str) -> None:
    """Whatever it has printed."""
    hook.ask(call("PreToolUse", "Edit", EDIT), project)
    hook.ask(call(name, "Edit", EDIT), project)
    assert hook.ask(batch(answered(response)), project) is None
    assert [record["event"] for record in events(project)] == ["tool_started", "tool_ended"]
    assert errors(project) == []


@pytest.mark.parametrize("tool_use_id", ["toolu_1", "../x", "", None, 5, ["x"]])
def test_of_a_call_that_no_hook_saw_nothing_is_said(hook: Flavour, project: Path, tool_use_id: object) -> None:
    """The hooks may have been installed while it ran."""
    assert hook.ask(batch(answered("Claude requested permissions to write", tool_use_id=tool_use_id)), project) is None
    assert events(project) == errors(project) == []


def test_each_call_of_a_response_has_its_own_end(hook: Flavour, project: Path) -> None:
    for number in (1, 2):
        hook.ask(event("PreToolUse", tool_name="Edit", tool_input=EDIT, tool_use_id=f"toolu_{number}"), project)
    hook.ask(event("PostToolUse", tool_name="Edit", tool_input=EDIT, tool_use_id="toolu_2"), project)
    calls = [answered(response, tool_use_id=f"toolu_{n}") for n, response in enumerate(("Denied", "Fine", "<tool_use_error>No"), 1)]
    hook.ask(batch(*calls), project)
    assert refused(project) == [("toolu_1", "other"), ("toolu_3", "other")]
    ends = {record["tool_use_id"]: record["outcome"] for record in events(project) if record["event"] == "tool_ended"}
    assert ends == {"toolu_1": "failed", "toolu_2": "ok", "toolu_3": "failed"}


def test_an_id_of_another_session_is_another_call(hook: Flavour, project: Path) -> None:
    """A simulated API gives its ids again."""
    hook.ask(call("PreToolUse", "Edit", EDIT, session_id="before"), project)
    hook.ask(call("PostToolUse", "Edit", EDIT, session_id="before"), project)
    hook.ask(batch(answered("<tool_use_error>No changes to make")), project)
    assert refused(project) == [("toolu_1", "other")]


def test_an_end_behind_a_turned_file_or_much_else_is_found(hook: Flavour, project: Path) -> None:
    hook.ask(call("PreToolUse", "Edit", EDIT), project)
    hook.ask(call("PostToolUse", "Edit", EDIT), project)
    path = project / FOLDER / EVENTS
    with path.open("a") as file:
        file.write('{"event": "fault", "of": "toolu_1"}\n{"torn toolu_1\n' * 1000)
    hook.ask(batch(answered("<tool_use_error>x")), project)
    path.rename(path.with_name(f"{EVENTS}.1"))
    hook.ask(batch(answered("<tool_use_error>x")), project)
    assert errors(project) == []


def test_the_end_of_a_call_is_waited_for(project: Path) -> None:
    """The client does not wait for the hook behind a call, so the one behind the response does."""
    folder = str(project / FOLDER)
    append(folder, EVENTS, {"event": BEGAN, "tool_use_id": "toolu_1", "session_id": "s"})
    assert Memory(folder).course("s", ["toolu_1"]) == {"toolu_1": BEGAN}
    with ThreadPoolExecutor(1) as pool:
        course = pool.submit(Memory(folder, patience=60).course, "s", ["toolu_1"])
        while not course.done() and not any(frame.f_code is pursue.__code__ for frame in sys._current_frames().values()):
            continue
        append(folder, EVENTS, {"event": ENDED, "tool_use_id": "toolu_1", "session_id": "s"})
        assert course.result() == {"toolu_1": ENDED}
