"""Sessions live as long as their processes, and are known to a monitor that was started again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from finestream.permanent.sessions import MOST, Sessions, is_alive


@pytest.fixture
def dead() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def test_a_session_that_began_lives_until_it_ends(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions")
    sessions.begin("one", os.getpid())
    sessions.begin("two", os.getpid())
    sessions.begin("two", os.getpid())
    assert sessions.living() == 2
    sessions.end("one")
    sessions.end("nobody knows this one")
    assert sessions.living() == 1


def test_a_session_whose_process_is_gone_is_forgotten(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        sessions.begin("one", process.pid)
        assert sessions.living() == 1
        process.communicate()
    assert sessions.living() == 0
    assert Sessions(tmp_path / "sessions").living() == 0


def test_one_that_is_dead_at_once_never_began(tmp_path: Path, dead: int) -> None:
    sessions = Sessions(tmp_path / "sessions")
    sessions.begin("one", dead)
    assert not (tmp_path / "sessions").exists()
    assert sessions.living() == 0


def test_the_next_monitor_knows_them(tmp_path: Path) -> None:
    Sessions(tmp_path / "sessions").begin("one", os.getpid())
    later = Sessions(tmp_path / "sessions")
    assert later.living() == 1
    later.end("one")
    assert Sessions(tmp_path / "sessions").living() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["sessions"]


@pytest.mark.parametrize("text", ["", "[]", '{"one": "1"}', '{"one": 0}', '{"one": -1}', '{"one": true}', "\x00"])
def test_a_damaged_file_holds_nobody(text: str, tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text(text)
    assert Sessions(tmp_path / "sessions").living() == 0


def test_a_folder_that_has_vanished_is_no_harm(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "gone" / "sessions")
    sessions.begin("one", os.getpid())
    assert sessions.living() == 1


def test_it_does_not_grow_without_end(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "gone" / "sessions")
    for number in range(MOST + 5):
        sessions.begin(str(number), os.getpid())
    assert sessions.living() == MOST


def test_who_is_alive(dead: int) -> None:
    assert is_alive(os.getpid())
    assert is_alive(1)
    assert not is_alive(dead)
    assert not is_alive(2**40)
