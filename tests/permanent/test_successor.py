"""Who takes over when the supervisor and the worker are killed together, and when nobody has to."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.permanent import successor
from finestream.permanent.instance import is_locked, release, sign, signature, take_lock
from finestream.permanent.successor import Successor, succeed


class Monitor:
    """The lock of a monitor, and the pipe that ends with its supervisor: this process is the supervisor."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        found = take_lock(self.path)
        assert found is not None
        self.lock = found
        sign(found)
        self.lifeline, self._end = os.pipe()

    def die(self) -> None:
        """Lose the supervisor: its worker has the lock still."""
        os.close(self._end)

    def follow(self) -> int | None:
        """Be its successor."""
        return succeed(self.path, f"{os.getpid()},{self.lifeline}")


def test_the_lock_of_those_who_were_killed_is_taken(tmp_path: Path) -> None:
    monitor = Monitor(tmp_path)
    os.close(monitor.lock)
    monitor.die()
    lock = monitor.follow()
    assert lock is not None
    assert is_locked(monitor.path)
    os.close(lock)


def test_as_long_as_the_worker_lives_it_waits(tmp_path: Path) -> None:
    monitor = Monitor(tmp_path)
    found: list[int | None] = []
    waiting = threading.Thread(target=lambda: found.append(monitor.follow()))
    waiting.start()
    monitor.die()
    assert not found
    os.close(monitor.lock)
    waiting.join(60)
    (lock,) = found
    assert lock is not None
    os.close(lock)


def end(monitor: Monitor) -> None:
    release(monitor.lock)


def hand_on(monitor: Monitor) -> None:
    os.pwrite(monitor.lock, b"999999999", 0)


def vanish(monitor: Monitor) -> None:
    monitor.path.unlink()


@pytest.mark.parametrize("what", [end, hand_on, vanish])
def test_nobody_has_to_take_over(what: Callable[[Monitor], None], tmp_path: Path) -> None:
    """The monitor has ended by itself; another supervisor has its place; it was uninstalled."""
    monitor = Monitor(tmp_path)
    what(monitor)
    monitor.die()
    assert monitor.follow() is None
    os.close(monitor.lock)
    assert not is_locked(monitor.path)


def test_a_signature_is_a_number_or_nobody(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert signature(path) == 0
    path.write_text("who?")
    assert signature(path) == 0
    path.write_text("17\n")
    assert signature(path) == 17


CHILD = """
import os, pathlib, sys
supervisor, lifeline = map(int, sys.argv[2].split(","))
folder = pathlib.Path(sys.argv[1])
(folder / f"{os.getpid()}.part").write_text(str(supervisor))
(folder / f"{os.getpid()}.part").rename(folder / f"{os.getpid()}.up")
os.read(lifeline, 1)
"""


def up(folder: Path, number: int) -> list[Path]:
    """Wait until so many have come up."""
    while len(found := sorted(folder.glob("*.up"))) < number:
        pass
    return found


def test_it_is_kept_alive_and_ends_with_its_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(successor, "LONG", 0.0)
    kept = Successor([sys.executable, "-c", CHILD, str(tmp_path)])
    kept.keep()
    kept.keep()
    (first,) = up(tmp_path, 1)
    assert first.read_text() == str(os.getpid())
    assert kept._process
    kept._process.kill()
    kept._process.wait()
    kept.keep()
    assert len(up(tmp_path, 2)) == 2
    os.close(kept._lifeline)
    assert kept._process.wait(60) == 0


def test_one_that_dies_young_is_not_started_again_and_again(tmp_path: Path) -> None:
    kept = Successor([sys.executable, "-c", "pass"])
    kept.keep()
    first = kept._process
    assert first
    first.wait()
    kept.keep()
    assert kept._process is first
    os.close(kept._lifeline)


def test_without_one_the_monitor_works(tmp_path: Path) -> None:
    kept = Successor([str(tmp_path / "nothing")])
    kept.keep()
    assert kept._process is None
    os.close(kept._lifeline)
