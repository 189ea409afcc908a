"""A file of lines that several processes append to. SHELL. Its one law: a line is whole and in the file, or append raises.

A line is one write to a file opened for appending, which the system never mixes with another. Only rotation takes a lock, and nobody
waits for it: while one process moves the files, the others append to the one they have open.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finestream_hooks.lines import check_file

# No symbolic link and no waiting for a pipe: whoever wrote the project may have put something other than a file there.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class LineFile:
    """``path`` and its older parts ``path.1`` (the newest) to ``path.keep``.

    It is opened for each line, so that it may be moved or deleted at any time; that costs some tens of microseconds.
    """

    def __init__(self, path: Path, *, rotate: int, keep: int) -> None:
        self._path = path
        self._rotate = rotate
        self._keep = keep

    def append(self, line: bytes) -> None:
        """Add ``line``, which holds no line end.

        Raises:
            OSError: The disk refused it. A part of it may be in the file; the next line starts afresh.
        """
        with _opened(self._path) as handle:
            if not self._is_full(os.fstat(handle).st_size, len(line)):
                _write(handle, line)
                return
        with suppress(OSError):  # a file that grows too large is better than a line that is lost
            self._turn(len(line))
        with _opened(self._path) as handle:
            _write(handle, line)

    def _is_full(self, size: int, more: int) -> bool:
        return size > 0 and size + more + 1 > self._rotate

    def _turn(self, more: int) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # Looked at again under the lock: another process may just have done it.
            if _is_locked(folder) and self._is_full(self._path.stat().st_size, more):
                self._shift()
        finally:
            os.close(folder)

    def _shift(self) -> None:
        self._part(self._keep).unlink(missing_ok=True)
        for index in range(self._keep, 0, -1):
            with suppress(FileNotFoundError):
                self._part(index - 1).replace(self._part(index))

    def _part(self, index: int) -> Path:
        return part_of(self._path, index)


def part_of(path: Path, index: int) -> Path:
    """Return the name of the ``index``-th older part of ``path``; 0 is the file itself."""
    return path.with_name(f"{path.name}.{index}") if index else path


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, _FLAGS, 0o600)
    try:
        check_file(handle)
        yield handle
    finally:
        os.close(handle)


def _write(handle: int, line: bytes) -> None:
    size = os.fstat(handle).st_size
    # Somebody's last write may have been cut by a full disk or a kill: what is torn must not spoil this line too. Where the size was read
    # in the middle of another process's write, this adds an empty line, which no reader minds.
    is_torn = size > 0 and os.pread(handle, 1, size - 1) not in (b"\n", b"")
    rest = memoryview(b"\n" * is_torn + line + b"\n")
    while rest:
        rest = rest[os.write(handle, rest) :]


def _is_locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the second look at the size has to do
        return True
    return True
