"""The permanent monitor is kept alive at the beginning of a session and after an interrupted turn; where it cannot, its address goes."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from finestream.journal import FOLDER
from tests.hooks.monitored import FALLBACK, START, TOKEN, Installed, record_of, settings_of
from tests.hooks.running import Json, begin, command, environment, event, events, run

RESUME = event("SessionStart", source="resume")


def test_a_session_starts_the_monitor_and_tells_it(installed: Installed) -> None:
    secrets = {"ANTHROPIC_API_KEY": "sk-ant-x", "CLAUDE_CODE_MESSAGING_TOKEN": "x", "ANTHROPIC_BASE_URL": installed.url, "MINE": "1"}
    assert installed.ask(START, CLAUDE_PID="4711", **secrets) is None
    [asked] = installed.asked
    assert (asked["path"], asked["pid"], asked["event"]) == (f"/{TOKEN}/hooks/SessionStart", "4711", START)
    assert asked["known"]["MINE"] == "1" and not (set(secrets) - {"MINE"}) & set(asked["known"])
    assert events(installed.project) == []  # the monitor itself writes it down
    assert os.getsid(installed.pids[0]) == installed.pids[0]  # it outlives the session that has started it


def test_a_monitor_that_answers_is_not_started_again(installed: Installed) -> None:
    installed.ask(START)
    assert installed.ask(RESUME) == {"systemMessage": "from the monitor"}
    installed.ask(event("StopFailure", error="unknown"))
    assert [asked["path"].rpartition("/")[2] for asked in installed.asked] == ["SessionStart", "SessionStart", "StopFailure"]
    assert len(installed.pids) == 1


def test_many_sessions_at_once_have_one_monitor(installed: Installed) -> None:
    line = command("streaming_monitor", scripts=installed.scripts)
    known = environment(installed.project, ANTHROPIC_BASE_URL=installed.url)
    hooks = [begin(line, json.dumps(START).encode(), known) for _ in range(6)]
    for hook in hooks:
        hook.communicate(timeout=60)
        assert hook.returncode == 0
    assert len(installed.pids) == 1
    assert len(installed.asked) == 6


def test_a_prompt_starts_the_monitor_too(installed: Installed) -> None:
    installed.ask(event("UserPromptSubmit", prompt="go on"))
    assert len(installed.pids) == 1


def test_a_session_in_another_folder_with_the_address_starts_it_and_is_told_of(installed: Installed, tmp_path: Path) -> None:
    """Below the project, or in another worktree, the client has the address from the project's settings."""
    installed.local.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": installed.url}}))
    for number, folder in enumerate((installed.project / "sub", tmp_path / "worktree"), 1):
        folder.mkdir()
        installed.ask_from(folder, START)
        assert [asked["event"] for asked in installed.asked] == [START] * number
        assert list(folder.iterdir()) == []
    assert len(installed.pids) == 1


def test_the_doctor_starts_nothing_in_the_project_that_it_looks_at(installed: Installed, tmp_path: Path) -> None:
    installed.local.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": installed.url}}))
    folder = tmp_path / "rehearsal"
    folder.mkdir()
    installed.ask_from(folder, START | {"session_id": "doctor"}, ANTHROPIC_BASE_URL=installed.url)
    assert installed.pids == []


@pytest.mark.parametrize("name", ["SessionEnd", "SubagentStart", "PostToolBatch"])
def test_no_other_event_starts_it(installed: Installed, name: str) -> None:
    installed.ask(event(name, agent_id="a", agent_type="b", tool_calls=[]))
    assert installed.pids == []


def test_scripts_of_elsewhere_start_nothing(installed: Installed) -> None:
    """A plugin runs in projects of strangers, who may have written that file."""
    ran = run("streaming_monitor", json.dumps(START).encode(), installed.project)
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert installed.pids == []
    assert [record["event"] for record in events(installed.project)] == ["session_started"]


@pytest.mark.parametrize(
    "arranged",
    [{"mode": 0o644}, {"port": "80"}, {"token": None}, {"command": "rm -rf"}, {"command": []}],
)
def test_an_arrangement_that_others_may_have_written_is_none(installed: Installed, arranged: Json) -> None:
    installed.arrange(**arranged)
    assert installed.ask(START) is None
    assert installed.pids == []
    assert [record["event"] for record in events(installed.project)] == ["session_started"]


# -- where it cannot be started ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [["dies"], ["leaves"], ["foreign"]])
def test_the_prepared_text_is_put_where_nobody_has_touched_the_file(installed: Installed, how: list[str]) -> None:
    installed.arrange(*how)
    text = json.dumps(settings_of(installed))
    installed.local.write_text(text)
    installed.local.chmod(0o640)
    record_of(installed, text)
    said = installed.ask(START)
    assert said is not None and "gave way to https://api.anthropic.com" in said["systemMessage"]
    assert installed.local.read_text() == FALLBACK
    assert installed.local.stat().st_mode & 0o777 == 0o640
    assert [record["event"] for record in events(installed.project)] == ["monitor_lost"]


def test_of_a_changed_file_only_what_is_ours_goes(installed: Installed) -> None:
    installed.arrange("dies", upstream="https://api.example")
    real = installed.project / "real.json"
    real.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(settings_of(installed), indent=4, ensure_ascii=False).replace("\n", "\r\n").encode() + b"\r\n"
    )
    installed.local.symlink_to(real)
    record_of(installed, "as it was written")
    installed.ask(event("StopFailure", error="unknown"))
    assert installed.local.is_symlink()
    data = real.read_bytes()
    assert data.startswith(b'\xef\xbb\xbf{\r\n    "permissions"') and data.endswith(b"}\r\n")
    mine = [{"type": "command", "command": "mine"}]
    assert json.loads(data.decode("utf-8-sig")) == {
        "permissions": {"allow": ["Bash(ls)"]},
        "env": {"ANTHROPIC_BASE_URL": "https://api.example", "MINE": "ü"},
        "hooks": {"PreToolUse": [{"hooks": mine}], "PostToolUse": [{"matcher": "Write", "hooks": mine}]},
    }


def test_where_all_was_ours_only_the_address_of_the_api_stays(installed: Installed) -> None:
    installed.arrange("dies")
    ours = settings_of(installed)
    del ours["env"]["MINE"], ours["hooks"]["PreToolUse"], ours["hooks"]["PostToolUse"], ours["permissions"]
    installed.local.write_text(json.dumps(ours))
    installed.ask(START)
    assert json.loads(installed.local.read_text()) == {"env": {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}}


@pytest.mark.parametrize("lost", ["folder", "file", "mode", "link"])
def test_an_address_to_which_nothing_belongs_any_more_gives_way(installed: Installed, tmp_path: Path, lost: str) -> None:
    """`git clean` has taken the folder that hides itself, or what is there cannot be trusted."""
    path = installed.project / FOLDER / "monitor.json"
    if lost == "folder":
        shutil.rmtree(path.parent)
    elif lost == "mode":
        path.chmod(0o644)
    else:
        path.rename(tmp_path / "monitor.json")
    if lost == "link":
        path.symlink_to(tmp_path / "monitor.json")
    installed.local.write_text(json.dumps(settings_of(installed)))
    said = installed.ask(START)
    assert said is not None and "gave way to https://api.anthropic.com" in said["systemMessage"]
    assert json.loads(installed.local.read_text())["env"]["ANTHROPIC_BASE_URL"] == "https://api.anthropic.com"
    assert installed.pids == []


def test_an_address_that_somebody_answers_stays_whatever_is_arranged(installed: Installed) -> None:
    installed.local.write_text(json.dumps(settings_of(installed)))
    installed.ask(START)
    before = installed.local.read_bytes()
    shutil.rmtree(installed.project / FOLDER)
    assert installed.ask(RESUME) == {"systemMessage": "from the monitor"}
    assert installed.local.read_bytes() == before


def test_of_what_was_taken_back_nobody_is_told_again(installed: Installed) -> None:
    """The client may not have followed yet, and asks its hooks with the address that it had."""
    installed.arrange("dies")
    installed.local.write_text(json.dumps(settings_of(installed)))
    assert installed.ask(START) is not None
    for known in (installed.url, "https://api.anthropic.com"):
        assert installed.ask(event("UserPromptSubmit", prompt="go on"), ANTHROPIC_BASE_URL=known) is None


def test_the_session_goes_on_when_the_client_has_seen_the_change(installed: Installed) -> None:
    """It looks at its settings now and then; what it asks before goes to the dead address, and so do all its retries (2.1.332)."""
    installed.arrange("dies")
    installed.local.write_text(json.dumps(settings_of(installed)))
    assert installed.ask(START) is not None
    assert time.time() - installed.local.stat().st_mtime > 2


@pytest.mark.parametrize(
    "text", ['{"env": {"ANTHROPIC_BASE_URL": "https://api.example"}}', "{ no JSON", "[]", '{"env": 5, "hooks": [1]}', None]
)
def test_a_file_without_our_address_is_left_alone(installed: Installed, text: str | None) -> None:
    installed.arrange("dies")
    if text is not None:
        installed.local.write_text(text)
    assert installed.ask(START) is None
    assert (installed.local.read_text() if installed.local.exists() else None) == text


def test_a_command_that_is_not_there_is_no_monitor(installed: Installed) -> None:
    installed.arrange(command=["/nowhere/finestream"])
    installed.local.write_text(json.dumps(settings_of(installed)))
    said = installed.ask(START)
    assert said is not None and "cannot be started" in said["systemMessage"]
