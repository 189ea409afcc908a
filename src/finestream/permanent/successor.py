"""The process that waits beside a permanent monitor for the death of all of it, and takes its place. SHELL.

Its one law: it answers a death, never an end. Who ends takes his signature off the lock before he gives that up; a signature that is still
there on a lock that nobody has is that of one who was killed, and so was his worker.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from finestream.permanent.instance import signature, take_lock

_PAUSE = 0.02  # nothing tells when the lock gets free of somebody who has it open in another process
LONG = 10.0  # seconds; a child that dies earlier may die every time


class Successor:
    """Keeps one such process alive beside a supervisor.

    Args:
        command: Starts it; one argument is appended that `succeed` understands.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._started = 0.0

    def keep(self) -> None:
        """Start it where there is none, or it has died after a good while."""
        if self._process and (self._process.poll() is None or time.monotonic() - self._started < LONG):
            return
        end, lifeline = os.pipe()
        self._started = time.monotonic()
        with suppress(OSError):  # the monitor works without it
            command = [*self._command, f"{os.getpid()},{end}"]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(end,), start_new_session=True)
        os.close(end)
        if self._lifeline >= 0:
            os.close(self._lifeline)
        self._lifeline = lifeline


def succeed(path: Path, inheritance: str) -> int | None:
    """Wait for the end of the supervisor; return the lock where its worker is gone with it, or None: nobody has to take over.

    Args:
        path: Of the lock.
        inheritance: The supervisor, and a pipe that nobody writes into: its end is the end of the supervisor.
    Raises:
        OSError: The lock cannot be opened, or is not a file of ours.
    """
    supervisor, lifeline = map(int, inheritance.split(","))
    os.read(lifeline, 1)
    while signature(path) == supervisor:
        lock = take_lock(path)
        if lock is None:  # the worker lives still, and will start another supervisor
            time.sleep(_PAUSE)  # a lock that is held tells nobody when it is given up, but to one who would wait without end
        elif signature(path) == supervisor:
            return lock
        else:
            os.close(lock)
    return None
