"""Sessions and agents, from their beginning to their end, and events that nobody knows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finestream.journal import FOLDER
from tests.hooks.running import Flavour, events
from tests.hooks.running import event as an_event


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("SessionStart", {"source": "resume"}, {"event": "session_started", "reason": "resume", "source": "hook"}),
        ("SessionEnd", {"reason": "logout"}, {"event": "session_ended", "reason": "logout"}),
        ("SubagentStart", {"agent_id": "a17", "agent_type": "qa"}, {"event": "subagent_started", "agent_type": "qa", "agent_from": "qa"}),
        ("SubagentStop", {"agent_id": "a17", "agent_type": "qa"}, {"event": "subagent_stopped", "agent_type": "qa", "agent_id": "a17"}),
        ("StopFailure", {"error": "server_error"}, {"event": "turn_interrupted", "error": "server_error"}),
        ("StopFailure", {"error": {"odd": 1}}, {"event": "turn_interrupted", "error": None}),
    ],
)
def test_it_is_written_down(hook: Flavour, project: Path, event: str, fields: dict[str, str], expected: dict[str, str]) -> None:
    assert hook.ask(an_event(event, **fields), project) is None
    [record] = events(project)
    assert expected.items() <= record.items()
    assert {"timestamp", "session_id", "agent_id", "agent_from", "agent_to"} <= set(record)


@pytest.mark.parametrize("event", ["Stop", "Notification", "NeverHeardOf", ""])
def test_an_unknown_event_gets_no_answer_and_no_record(hook: Flavour, project: Path, event: str) -> None:
    assert hook.ask(an_event(event), project) is None
    assert not (project / ".claude").exists()


def test_an_agent_is_known_by_its_id_afterwards(hook: Flavour, project: Path) -> None:
    hook.ask(an_event("SubagentStart", agent_id="a17", agent_type="developer"), project)
    assert (project / FOLDER / "agents" / "a17").read_text() == "developer\n"


@pytest.mark.parametrize("agent_id", ["../a17", "a/b", "..", ".a", "", "x" * 300, None, 5, ["a"]])
def test_an_id_is_no_path(hook: Flavour, project: Path, agent_id: object) -> None:
    hook.ask(an_event("SubagentStart", agent_id=agent_id, agent_type="developer"), project)
    assert not list((project / FOLDER).glob("a*"))
    assert len(list(project.rglob("*"))) == 4  # .claude, its folder, .gitignore, the events


def test_what_is_a_week_old_is_forgotten(hook: Flavour, project: Path) -> None:
    for agent in ("old", "new"):
        hook.ask(an_event("SubagentStart", agent_id=agent, agent_type="developer"), project)
    agents = project / FOLDER / "agents"
    os.utime(agents / "old", (1, 1))
    hook.ask(an_event("SessionEnd"), project)
    assert [path.name for path in agents.iterdir()] == ["new"]


@pytest.mark.parametrize("linked", [".claude", ".claude/finestream", ".claude/finestream/agents"])
def test_a_folder_that_git_has_made_a_link_is_nobodys_memory_or_journal(hook: Flavour, project: Path, linked: str) -> None:
    """Git carries links: what lies behind one is somebody's documents."""
    elsewhere = project / "docs"
    for name in ("agents/old.txt", "agents/a17", "mended/toolu_1.json", "old.txt", "toolu_1.json"):
        path = elsewhere / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
        os.utime(path, (1, 1))
    before = {path: path.read_text() for path in elsewhere.rglob("*") if path.is_file()}
    link = project / linked
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    hook.ask(an_event("PreToolUse", tool_name="Write", tool_input={}, tool_use_id="toolu_1"), project)
    hook.ask(an_event("SubagentStart", agent_id="authorized_keys", agent_type="developer"), project)
    hook.ask(an_event("PostToolUse", tool_name="Write", tool_input={}, tool_use_id="toolu_1"), project)
    hook.ask(an_event("SessionEnd"), project)
    assert {path: path.read_text() for path in elsewhere.rglob("*") if path.is_file()} == before
    assert not (elsewhere / "finestream").exists()


def test_only_what_is_a_memory_is_forgotten(hook: Flavour, project: Path) -> None:
    agents = project / FOLDER / "agents"
    (agents / "folder").mkdir(parents=True)
    for name in ("a17", ".hidden", "my notes"):
        (agents / name).write_text("x")
    (agents / "link").symlink_to(agents / ".hidden")
    for path in agents.iterdir():
        os.utime(path, (1, 1), follow_symlinks=False)
    hook.ask(an_event("SessionEnd"), project)
    assert sorted(path.name for path in agents.iterdir()) == [".hidden", "folder", "link", "my notes"]
