"""A file that a clone has brought in place of ours is neither read nor written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.permanent.arrangement import FOLDER
from finestream.permanent.instance import is_locked, take_lock
from finestream.permanent.logfile import LIMIT, bound, redirect
from finestream.permanent.owned import is_own, open_own
from finestream.permanent.sessions import Sessions
from tests.permanent.arranging import arrange, kill_both, start

BYTES = b"mine\n" * LIMIT


@pytest.fixture
def link(tmp_path: Path) -> Path:
    (tmp_path / "bashrc").write_bytes(BYTES)
    (tmp_path / "link").symlink_to("bashrc")
    return tmp_path / "link"


@pytest.mark.parametrize("touch", [take_lock, redirect, lambda path: open_own(path, os.O_RDONLY)])
def test_a_link_is_not_opened(touch: Callable[[Path], object], link: Path) -> None:
    with pytest.raises(OSError, match="a link, or no plain file"):
        touch(link)
    assert link.read_bytes() == BYTES


def test_what_a_link_leads_to_is_not_cut_short(link: Path) -> None:
    bound(link)
    assert link.read_bytes() == BYTES


def test_a_lock_behind_a_link_is_nobodys(link: Path) -> None:
    lock = take_lock(link.resolve())
    assert lock is not None
    assert not is_locked(link)
    os.close(lock)


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR])
def test_nobody_waits_for_the_other_end_of_a_pipe(flags: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a link, or no plain file"):
        open_own(tmp_path / "pipe", flags)


def test_the_draft_of_the_sessions_follows_no_link(link: Path) -> None:
    link.rename(link.with_name(f"sessions.{os.getpid()}"))
    Sessions(link.with_name("sessions")).begin("s", os.getpid())
    assert (link.parent / "bashrc").read_bytes() == BYTES


@pytest.mark.parametrize("name", ["monitor.lock", "monitor.log"])
def test_a_monitor_says_so_and_does_not_start(name: str, link: Path) -> None:
    arrange(link.parent)
    (link.parent / FOLDER / name).symlink_to("../../bashrc")
    supervisor = start(link.parent)
    try:
        assert supervisor.wait(30) == 1
    finally:
        if supervisor.poll() is None:
            kill_both(supervisor.pid)
            supervisor.wait()
    assert (link.parent / "bashrc").read_bytes() == BYTES


@pytest.mark.parametrize(("mode", "is_private"), [(0o600, True), (0o400, True), (0o700, True), (0o640, False), (0o602, False)])
def test_what_others_may_read_or_write_is_not_the_users_own(mode: int, is_private: bool, link: Path) -> None:
    (link.parent / "bashrc").chmod(mode)
    assert is_own((link.parent / "bashrc").stat()) == is_private
    assert not is_own(link.lstat())
