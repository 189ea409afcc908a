"""Of several installations one answers: each call has one record, whoever of them is asked first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from finestream.install import Monitor, Order, Place, install, load_assets, project_place, user_place
from finestream.journal import FOLDER
from finestream_hooks.precedence import _arguments
from tests.hooks.running import SCRIPTS, Json, call, event, events, run

GOOD = call("PreToolUse", "Write", {"file_path": "a", "content": "b"})
START = event("SessionStart", source="startup")
SCRIPT_OF = {"PreToolUse": "pre_tool", "SessionStart": "streaming_monitor"}
TOKEN = "t" * 32


@pytest.fixture(autouse=True)
def at_home(home: Path) -> None:
    """Give each test a user of its own."""


def order(*, monitor: bool = False) -> Order:
    """All that is shipped."""
    root = SCRIPTS.parent
    assets = load_assets(lambda name: root / name)
    return Order(assets, Monitor(9, TOKEN, ("nobody",), None, {}) if monitor else None)


def installed(project: Path, *, monitor: bool = False) -> Place:
    place = project_place(project, os.environ)
    install(place, order(monitor=monitor), os.environ)
    return place


def for_user() -> Place:
    place = user_place(os.environ)
    install(place, order(), os.environ)
    return place


def scripts_of(place: Place) -> Path:
    return place.root / "hooks" / "finestream"


def ask(scripts: Path, project: Path, said: Json = GOOD, known: Mapping[str, str] | None = None) -> None:
    """Run one installation's hook."""
    ran = run(SCRIPT_OF[said["hook_event_name"]], json.dumps(said).encode(), project, scripts=scripts, known=known)
    assert (ran.returncode, ran.stderr) == (0, b"")


def records(project: Path) -> int:
    return len(events(project))


@pytest.mark.parametrize("said", [GOOD, START], ids=["call", "session"])
def test_the_project_answers_before_the_user_and_the_user_before_the_plugin(project: Path, said: Json) -> None:
    where = {"plugin": SCRIPTS, "user": scripts_of(for_user()), "project": scripts_of(installed(project))}
    number = 0
    for names in (["user", "project"], ["plugin", "project"], ["plugin", "user", "project"]):
        for some in permutations(names):
            for name in some:
                ask(where[name], project, said)
            number += 1
            assert records(project) == number, some


def test_the_user_answers_before_the_plugin(project: Path) -> None:
    user = scripts_of(for_user())
    for number, some in enumerate(permutations([user, SCRIPTS]), 1):
        for scripts in some:
            ask(scripts, project)
        assert records(project) == number


def test_alone_each_answers(project: Path, tmp_path: Path) -> None:
    ask(SCRIPTS, project)
    ask(scripts_of(for_user()), project)
    (tmp_path / "other").mkdir()
    ask(scripts_of(installed(tmp_path / "other")), project)  # as the local settings of a work tree name it
    assert records(project) == 3


def test_a_monitor_answers_before_the_user(project: Path) -> None:
    """Its hooks are addresses; the events that start it have commands with the whole path."""
    user, place = scripts_of(for_user()), installed(project, monitor=True)
    (place.root / "settings.local.json").chmod(0o600)
    for said in (GOOD, START):
        ask(user, project, said)
        ask(SCRIPTS, project, said)
    assert records(project) == 0


def test_in_the_folders_of_a_work_tree_and_in_others_of_it_its_local_settings_count(project: Path, tmp_path: Path) -> None:
    user, led = scripts_of(for_user()), {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:9/{TOKEN}"}
    installed(project, monitor=True)
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=project, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], cwd=project, check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "tree")], cwd=project, check=True)
    for folder in (project / "sub" / "folder", tmp_path / "tree", tmp_path / "tree" / "sub"):
        folder.mkdir(parents=True, exist_ok=True)
        ask(user, folder, known=led)
        assert records(folder) == 0
        ask(user, tmp_path, known=led)
    assert records(tmp_path) == 3


def edited(project: Path, change: Callable[[Any], object]) -> None:
    """Change the project's settings."""
    file = project / ".claude" / "settings.json"
    settings = json.loads(file.read_text())
    change(settings)
    file.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: settings.pop("hooks"),
        lambda settings: settings["hooks"].pop("PreToolUse"),
        lambda settings: settings["hooks"]["PreToolUse"][0].update(matcher="Read"),
        lambda settings: settings["hooks"]["PreToolUse"][0]["hooks"][0].update({"if": "Write(src/**)"}),
        lambda settings: settings["hooks"].update(
            PreToolUse=[1, {"hooks": 2}, {"hooks": [3, {"args": []}, {"args": ["x.py"]}, {"url": 4}]}]
        ),
        lambda settings: settings["hooks"].update(PreToolUse=[{"hooks": [{"url": "http://127.0.0.1:1/x/hooks/PostToolUse"}]}]),
        lambda settings: settings.update(hooks=[]),
    ],
)
def test_one_that_would_not_be_run_silences_nobody(project: Path, change: Callable[[Any], object]) -> None:
    user = scripts_of(for_user())
    installed(project)
    edited(project, change)
    ask(user, project)
    assert records(project) == 1


@pytest.mark.parametrize("damage", ["no script", "no settings", "no JSON", "folder", "pipe"])
def test_one_that_is_damaged_silences_nobody(project: Path, damage: str) -> None:
    user, place = scripts_of(for_user()), installed(project)
    file = place.root / "settings.json"
    if damage == "no script":
        (scripts_of(place) / "pre_tool.py").unlink()
    else:
        file.unlink()
    if damage == "no JSON":
        file.write_text("{")
    elif damage == "folder":
        file.mkdir()
    elif damage == "pipe":
        os.mkfifo(file)
    ask(user, project)
    assert records(project) == 1


def test_settings_that_are_a_link_count(project: Path, tmp_path: Path) -> None:
    """As those in the care of a program for dotfiles."""
    place = for_user()
    (place.root / "settings.json").rename(tmp_path / "elsewhere.json")
    (place.root / "settings.json").symlink_to(tmp_path / "elsewhere.json")
    ask(SCRIPTS, project)
    assert records(project) == 0


def test_another_path_to_the_users_own_is_the_users_own(project: Path, tmp_path: Path) -> None:
    place = for_user()
    installed(project)
    (tmp_path / "link").symlink_to(place.root)
    ask(scripts_of(place), project, known={"CLAUDE_CONFIG_DIR": f"{tmp_path / 'link'}/"})
    assert records(project) == 0
    (project / ".claude" / "settings.json").unlink()
    ask(scripts_of(place), project, known={"CLAUDE_CONFIG_DIR": f"{tmp_path / 'link'}/"})
    assert records(project) == 1


@contextmanager
def client(*arguments: str) -> Iterator[dict[str, str]]:
    """A process with the arguments of a client, and what its hooks know of it."""
    pipe, code = subprocess.PIPE, "print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=pipe, stdout=pipe) as waits:
        assert waits.stdout and waits.stdout.readline()
        yield {"CLAUDE_PID": str(waits.pid)}
        waits.communicate(b"\n")


@pytest.mark.parametrize(
    ("arguments", "is_silent"),
    [
        (["-p", "go"], True),
        (["--setting-sources", "user,project"], True),
        (["--setting-sources=project"], True),
        (["--setting-sources", "user,local"], False),
        (["--setting-sources", ""], False),
        (["--setting-sources="], False),
        (["--setting-sources"], False),
    ],
)
def test_settings_that_the_client_does_not_read_silence_nobody(project: Path, arguments: list[str], is_silent: bool) -> None:
    user = scripts_of(for_user())
    installed(project)
    with client(*arguments) as known:
        ask(user, project, known=known)
    assert records(project) == (not is_silent)


def test_where_the_client_cannot_be_seen_it_is_told_twice(project: Path) -> None:
    user = scripts_of(for_user())
    installed(project)
    for pid in ("x", "0"):
        ask(user, project, known={"CLAUDE_PID": pid})
    assert records(project) == 2


def test_the_arguments_of_a_client_are_found_without_a_list_of_processes_in_files(tmp_path: Path) -> None:
    with client("--setting-sources", "user") as known:
        assert _arguments(known["CLAUDE_PID"])[-2:] == ["--setting-sources", "user"]
        told = _arguments(known["CLAUDE_PID"], str(tmp_path / "nothing"))
        assert told[-2:] == ["--setting-sources", "user"]


def test_the_doctor_is_always_answered(project: Path) -> None:
    user = scripts_of(for_user())
    installed(project)
    ask(user, project, GOOD | {"session_id": "doctor"})
    assert records(project) == 1
    assert (project / FOLDER).is_dir()
