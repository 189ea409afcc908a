"""One instance a project. SHELL.

Its one law: the lock belongs to the open file, so it lasts exactly as long as a process of the monitor lives that has inherited it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from finestream.permanent.owned import open_own


def take_lock(path: Path) -> int | None:
    """Return the locked file, or None: somebody else has the lock. The file stays where it is; only the lock says something.

    Raises:
        OSError: It cannot be opened, or is not a file of ours.
    """
    lock = open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def sign(lock: int) -> None:
    """Write down who the monitor is, for people and for whoever has to end it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)


def signature(path: Path) -> int:
    """Return who has signed last; 0: nobody, or he has ended and taken it back."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), "rb") as lock:
            return int(lock.read(32))
    except (OSError, ValueError):
        return 0


def is_locked(path: Path) -> bool:
    """Say whether a monitor runs."""
    try:
        lock = open_own(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def release(lock: int) -> None:
    """Give the lock up for all who have inherited it, unsigned: this is an end, and nobody has to take over."""
    with suppress(OSError):
        os.ftruncate(lock, 0)
        fcntl.flock(lock, fcntl.LOCK_UN)
