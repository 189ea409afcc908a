"""Hooks under load: many at once, a disk that is full, a journal that has vanished. The session goes on every time."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from finestream.journal import ERRORS, EVENTS, FOLDER
from finestream_hooks.memory import Memory
from tests.hooks.running import batch, begin, call, command, environment, errors, events, run, unparsed

GOOD = json.dumps(call("PreToolUse", "Write", {"file_path": "/p/a", "content": "x" * 500})).encode()
BAD = json.dumps(batch(unparsed('{"content": "x' + "y" * 1500) | {"tool_use_id": None})).encode()


def at_once(script: str, data: bytes, project: Path, number: int, before: Callable[[], None] | None = None) -> list[tuple[int, bytes]]:
    """Start many hooks; return exit codes and answers."""
    line, known = command(script), environment(project)
    hooks = [begin(line, data, known, before) for _ in range(number)]
    answers = [hook.communicate(timeout=120) for hook in hooks]
    assert [err for _, err in answers if err] == []
    return [(hook.returncode, out) for hook, (out, _) in zip(hooks, answers, strict=True)]


def test_fifty_at_once_write_fifty_lines(project: Path) -> None:
    assert at_once("pre_tool", GOOD, project, 50) == [(0, b"")] * 50
    lines = (project / FOLDER / EVENTS).read_bytes().splitlines()
    # One that sees half of another's line begins a new one: an empty line is nothing to a reader.
    assert [json.loads(line)["event"] for line in lines if line] == ["tool_started"] * 50


def test_two_hooks_at_once_do_not_count_the_same_failure(project: Path) -> None:
    answers = at_once("streaming_monitor", BAD, project, 12)
    assert {code for code, _ in answers} == {0}
    attempts = sorted(record["attempt"] for record in errors(project))
    assert attempts.count(3) >= 1 and len(attempts) == 12
    stopped = sum(b'"continue":false' in out for _, out in answers)
    assert stopped == sum(attempt >= 3 for attempt in attempts)


def test_many_at_once_turn_a_large_file_once(project: Path) -> None:
    folder = project / FOLDER
    folder.mkdir(parents=True)
    (folder / EVENTS).write_bytes(b'{"event":"old"}\n' * (10 * 2**20 // 16))
    assert {code for code, _ in at_once("pre_tool", GOOD, project, 20)} == {0}
    assert sum(record["event"] == "tool_started" for record in events(project)) == 20
    assert sorted(path.name for path in folder.glob("events*")) == [EVENTS, f"{EVENTS}.1"]


def no_space(limit: int) -> Callable[[], None]:
    """Let no file grow beyond ``limit``: a write stops there, or fails, as on a full disk."""

    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return set_limit


@pytest.mark.parametrize("limit", [0, 100, 700])
def test_a_full_disk_costs_no_call(project: Path, limit: int) -> None:
    assert at_once("pre_tool", GOOD, project, 3, no_space(limit)) == [(0, b"")] * 3
    for code, out in at_once("streaming_monitor", BAD, project, 2, no_space(limit)):
        assert code == 0 and json.loads(out)["hookSpecificOutput"]
    at_once("pre_tool", GOOD, project, 1)  # there is room again: what is torn spoils no line
    assert events(project)[-1]["event"] == "tool_started"


def test_a_full_file_system_costs_no_call(tmp_path: Path) -> None:
    """The real thing, where we may mount one."""
    project = tmp_path / "small"
    project.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(project)], capture_output=True, check=False)
    if mounted.returncode:
        return  # the limit above has to do
    try:
        (project / FOLDER).mkdir(parents=True)
        filler = os.open(project / "filler", os.O_WRONLY | os.O_CREAT)
        with pytest.raises(OSError, match="No space left"):
            while True:
                os.write(filler, b"x" * 4096)
        os.close(filler)
        assert at_once("pre_tool", GOOD, project, 2) == [(0, b"")] * 2
        assert all(code == 0 and out for code, out in at_once("streaming_monitor", BAD, project, 2))
    finally:
        subprocess.run(["umount", str(project)], check=True)


def test_a_journal_that_vanished_is_made_again(project: Path) -> None:
    run("pre_tool", GOOD, project)
    for path in sorted((project / ".claude").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    run("pre_tool", GOOD, project)
    assert len(events(project)) == 1
    assert (project / FOLDER / ".gitignore").read_text() == "*\n"
    assert (project / FOLDER / EVENTS).stat().st_mode & 0o777 == 0o600


def test_a_file_that_vanished_is_made_again_for_nobody_else(project: Path) -> None:
    run("pre_tool", GOOD, project)
    (project / FOLDER / EVENTS).unlink()
    run("pre_tool", GOOD, project)
    assert (project / FOLDER / EVENTS).stat().st_mode & 0o777 == 0o600


def test_no_two_hooks_are_told_the_same_number(project: Path) -> None:
    memory = Memory(str(project / FOLDER))
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: memory.failed({"session_id": "session"}, "Write", None), range(800)))
    assert sorted(numbers) == list(range(1, 801))


def test_a_project_that_vanished_is_not_made_again(project: Path) -> None:
    (project).rmdir()
    ran = subprocess.run(command("pre_tool"), input=GOOD, env=environment(project), capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    assert not project.exists()


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "read-only"])
def test_what_is_no_file_is_not_written_to(project: Path, kind: str) -> None:
    folder = project / FOLDER
    folder.mkdir(parents=True)
    elsewhere = project / "elsewhere"
    elsewhere.write_text("mine\n")
    for name in (EVENTS, ERRORS):
        path = folder / name
        if kind == "folder":
            path.mkdir()
        elif kind == "link":
            path.symlink_to(elsewhere)
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.touch(0o400)
    for script, data in (("pre_tool", GOOD), ("streaming_monitor", BAD)):
        assert run(script, data, project).returncode == 0
    assert elsewhere.read_text() == "mine\n"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("linked", [".claude", ".claude/finestream"])
def test_a_linked_folder_is_not_written_to_and_that_is_said_once_a_session(project: Path, linked: str, there: bool) -> None:
    """Git carries links, and what lies behind one may be anybody's."""
    elsewhere = project / "elsewhere"
    if there:
        elsewhere.mkdir()
    link = project / linked
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    for script, data in (("pre_tool", GOOD), ("streaming_monitor", BAD)):
        ran = run(script, data, project)
        assert (ran.returncode, ran.stderr) == (0, b"")
    begin = json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "source": "startup"}).encode()
    ran = run("streaming_monitor", begin, project)
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert f"{link} is a link" in ran.stderr.decode() and "Put a folder in its place" in ran.stderr.decode()
    assert not there or list(elsewhere.iterdir()) == []
    assert elsewhere.exists() == there
