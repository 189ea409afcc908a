"""Turning a file of the journal that has become too large. SHELL. Its one law: only who has the folder's lock moves files, and nobody waits
for it.
"""

import contextlib
import fcntl
import os

from finestream_hooks.preferences import load_preferences


def turn(path: str, more: int) -> bool:
    """Move the file to ``path.1`` and its older parts on, so that ``more`` bytes begin a new one; False where it may grow on."""
    folder = os.path.dirname(path)
    wishes = load_preferences(folder)
    try:
        if os.stat(path).st_size + more <= wishes.rotate:
            return False
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Looked at again under the lock: another process may just have done it.
        if _is_locked(lock) and os.stat(path).st_size + more > wishes.rotate:
            _shift(path, wishes.keep)
    except OSError:  # a file that grows too large is better than a line that is lost
        return False
    finally:
        os.close(lock)
    return True


def _shift(path: str, keep: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_part(path, keep))
    for index in range(keep, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            os.replace(_part(path, index - 1), _part(path, index))


def _part(path: str, index: int) -> str:
    return f"{path}.{index}" if index else path


def _is_locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the second look at the size has to do
        return True
    return True
