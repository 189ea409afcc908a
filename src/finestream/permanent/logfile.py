"""The file that takes what a monitor without a terminal says. SHELL. Its one law: it is bounded, however long the monitor runs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from finestream.permanent.owned import open_own

LIMIT = 256 * 1024
_KEPT = 64 * 1024


def redirect(path: Path) -> None:
    """Let the whole process, and its children, write to ``path`` from now on, and read nothing.

    Raises:
        OSError: It cannot be opened, or is not a file of ours.
    """
    log = open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(nothing)


def say(sentence: str) -> None:
    """Write a line with the time."""
    line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} [{os.getpid()}] {sentence}\n"
    with suppress(OSError):  # a full disk: nobody can be told
        os.write(2, line.encode("utf-8", "backslashreplace"))


def bound(path: Path) -> None:
    """Keep the last part of a log that has grown too long. Who has it open for appending goes on behind that part."""
    # Where it is gone, or the disk is full: the next time.
    with suppress(OSError), os.fdopen(open_own(path, os.O_RDWR), "r+b") as log:
        if os.fstat(log.fileno()).st_size <= LIMIT:
            return
        log.seek(-_KEPT, os.SEEK_END)
        last = log.read().partition(b"\n")[2]
        log.seek(0)
        log.truncate()
        log.write(last)
