"""What hooks and the installation are told by others: members that are paths, ids of processes that are somebody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from finestream.install.places import project_place
from finestream.install.running import running_monitor
from finestream.journal import FOLDER
from finestream.permanent.arrangement import LOCK, SESSIONS
from tests.cli.starting import finish
from tests.hooks.running import FLAVOURS

PATHS: tuple[Any, ...] = (
    *("../../../evil", "/tmp/evil", "..", ".", "a/../../../evil", "evil\0", "\x1b]0;evil\x07", "x" * 10_000, ""),
    *(None, 7, ["evil"], {"a": "evil"}),
)
CALL = {"tool_name": "Write", "tool_input": {"file_path": "a"}, "tool_response": {}, "error": "no", "duration_ms": 1}
EVENTS: dict[str, dict[str, Any]] = {
    "SubagentStart": {"agent_type": "../../evil"},
    "PreToolUse": CALL,
    "PostToolUse": CALL,
    "PostToolUseFailure": CALL,
    "SessionEnd": {"reason": "other"},
}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_relative_to(folder / "project" / FOLDER)}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_member_of_an_event_leads_out_of_the_journal(flavour: str, tmp_path: Path, home: Path) -> None:
    project = tmp_path / "project"
    (project / FOLDER).mkdir(parents=True)
    before = files(tmp_path)
    # A process for each would take a while; one event may say all that is strange at once.
    for strange in PATHS if flavour == "function" else PATHS[:2]:
        for name, members in EVENTS.items():
            named = dict.fromkeys(("agent_id", "tool_use_id", "session_id", "prompt_id"), strange)
            FLAVOURS[flavour].ask({**members, **named, "hook_event_name": name, "cwd": str(project), "transcript_path": strange}, project)
    assert files(tmp_path) == before
    kept = {path.name for path in (project / FOLDER).rglob("*") if path.is_file()}
    assert "events.jsonl" in kept
    assert not any("evil" in name for name in kept)


def test_a_process_that_a_clone_names_is_not_ended(tmp_path: Path, home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / FOLDER).mkdir(parents=True)
        (tmp_path / FOLDER / LOCK).write_text(f"{other.pid}\n")
        (tmp_path / FOLDER / SESSIONS).write_text(json.dumps({"one": other.pid}))
        assert running_monitor(project_place(tmp_path, os.environ)) is None
        for verb in ("install", "uninstall"):
            code, _, err = finish(verb, folder=tmp_path)
            assert code == 0, err
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0
