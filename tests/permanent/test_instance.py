"""The lock of the one instance lasts as long as a process lives that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from finestream.permanent.instance import is_locked, release, sign, take_lock


def test_one_has_it_and_the_next_gets_it_after_that(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    first = take_lock(path)
    assert first is not None
    sign(first)
    assert path.read_text() == f"{os.getpid()}\n"
    assert take_lock(path) is None
    assert is_locked(path)
    release(first)
    assert not is_locked(path)
    second = take_lock(path)
    assert second is not None
    os.close(first)
    os.close(second)
    assert not is_locked(path)


def test_it_lasts_until_the_last_who_inherited_it_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = take_lock(path)
    assert lock is not None
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock]) as heir:
        os.close(lock)
        assert is_locked(path)
        heir.communicate()
    assert not is_locked(path)
