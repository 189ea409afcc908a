"""Files in whose place something else may stand. SHELL. Its one law: what has no end is not begun: a pipe, a socket, a device."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def open_plain(path: Path) -> BufferedReader:
    """Open a file to read it; a link is followed.

    Raises:
        OSError: It cannot be read, or is none.
    """
    _check(path.stat())  # before it is opened, which some devices feel
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    try:
        _check(os.fstat(file.fileno()))
    except OSError:
        file.close()
        raise
    return file


def read_plain(path: Path) -> bytes:
    """Read a whole file; a link is followed.

    Raises:
        OSError: It cannot be read, or is none.
    """
    with open_plain(path) as file:
        return file.read()


def _check(known: os.stat_result) -> None:
    if stat.S_ISDIR(known.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(known.st_mode):
        raise OSError(errno.EINVAL, f"it is {_KINDS.get(stat.S_IFMT(known.st_mode), 'something else')}, and no file")
