"""The process that holds the address of a permanent monitor, and starts the worker that answers there again whenever it dies. SHELL.

Its one law: as long as it lives, the port is open. What connects while no worker is there waits in the listening socket's queue instead of
being refused. So it does next to nothing: it imports no event loop and never touches a connection.

All signals are blocked and taken one by one, so that none is lost between two looks; a worker inherits that and unblocks them (`unblock`).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from finestream.errors import GatewayError
from finestream.permanent.arrangement import HOST
from finestream.permanent.instance import release
from finestream.permanent.logfile import say
from finestream.permanent.successor import LONG, Successor

GRACE = 15.0
"""Seconds that open streams get when the monitor is told to end."""
_ENDS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_AWAITED = {*_ENDS, signal.SIGCHLD, signal.SIGALRM}
# Before the next start, after so many deaths in a row of workers that did not live long. One that dies every time is no use: then the port
# is better closed, because clients that wait in its queue would get no answer, not even an error.
_PAUSES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
_EXPECTED_FAILURE = 1  # of ours, told in a sentence: the next start would fail likewise
_QUEUE = 512


class Inherited(NamedTuple):
    """The open files that a process of the monitor gets from the one that started it."""

    listener: int
    lock: int
    lifeline: int = -1
    """A pipe that nobody writes into: its end is the end of the supervisor. A supervisor has none."""

    def __str__(self) -> str:
        return ",".join(map(str, self))

    @property
    def files(self) -> tuple[int, ...]:
        """Those that there are."""
        return tuple(number for number in self if number >= 0)


def parse_inherited(text: str) -> Inherited:
    """Read what `str` wrote."""
    return Inherited(*map(int, text.split(",")))


def listen(port: int) -> socket.socket:
    """Open the address.

    Raises:
        GatewayError: The port is taken.
    """
    try:
        return socket.create_server((HOST, port), backlog=_QUEUE)
    except OSError as error:
        fix = "End the program that has it, or run 'finestream install --monitor' again to get another."
        raise GatewayError(f"the port cannot be used: {error.strerror or error}", fix, address=f"{HOST}:{port}") from error


class Supervisor:
    """Keeps one worker running.

    Args:
        command: Starts a worker; what it inherits is appended as one argument.
    """

    def __init__(
        self, listener: socket.socket, lock: int, command: Sequence[str], *, successor: Successor, on_start: Callable[[], None]
    ) -> None:
        self._listener = listener
        self._lock = lock
        self._command = command
        self._successor = successor
        self._on_start = on_start
        self._worker: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._started = 0.0
        self._deaths = 0

    def run(self) -> int:
        """Supervise until a signal, or until the worker says that nobody needs it; return the exit code."""
        signal.signal(signal.SIGCHLD, lambda *_: None)  # what is ignored by default is not kept for later everywhere
        signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
        try:
            return self._supervise()
        except OSError as error:  # finestream has been moved or taken away: a port without a worker behind it is worse than none
            say(f"no worker can be started: {error.strerror or error}")
            self._leave()
            return _EXPECTED_FAILURE

    def _supervise(self) -> int:
        self._start()
        while True:
            self._successor.keep()
            number = signal.sigwait(_AWAITED)
            if number in _ENDS:
                return self._stop()
            if number == signal.SIGALRM:
                self._start()
            code = self._worker.poll() if self._worker else None
            verdict = None if code is None else self._judge(code)
            if verdict is not None:
                self._leave()
                return verdict

    def _start(self) -> None:
        self._on_start()
        end, lifeline = os.pipe()
        inherited = Inherited(self._listener.fileno(), self._lock, end)
        command = [*self._command, str(inherited)]
        try:
            # A session of its own: what is sent to one whole group of processes must not take both.
            self._worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=inherited.files, start_new_session=True)
        finally:
            os.close(end)
            if self._lifeline >= 0:
                os.close(self._lifeline)
            self._lifeline = lifeline
        self._started = time.monotonic()

    def _judge(self, code: int) -> int | None:
        """Decide what the end of the worker means: an exit code, or None where another is or will be started."""
        self._worker = None
        if code == 0 and not self._is_somebody_waiting():
            return 0
        self._deaths = self._deaths + 1 if time.monotonic() - self._started < LONG else 0
        if code == _EXPECTED_FAILURE or self._deaths > len(_PAUSES):
            say(f"the worker ended with {code} and is not started again; the reason stands above")
            return _EXPECTED_FAILURE
        pause = _PAUSES[max(0, self._deaths - 1)]
        say(f"the worker ended with {code} and is started again" + (f" in {pause} s" if pause else ""))
        if pause:
            signal.setitimer(signal.ITIMER_REAL, pause)
        else:
            self._start()
        return None

    def _is_somebody_waiting(self) -> bool:
        """Say whether somebody has connected since the worker decided that it is alone."""
        return bool(select.select([self._listener], [], [], 0)[0])

    def _stop(self) -> int:
        """Give the open streams their time."""
        self._leave()
        if self._worker:
            self._worker.terminate()
            try:
                self._worker.wait(GRACE + 5)
            except subprocess.TimeoutExpired:
                self._worker.kill()
                self._worker.wait()
        return 0

    def _leave(self) -> None:
        """Free the port and the lock at once, for whoever comes next."""
        self._listener.close()
        release(self._lock)


def unblock() -> None:
    """Take signals again in a process that a supervisor has started."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)


def itself(project: str) -> list[str]:
    """Return the command that starts a process of the permanent monitor. No file of the project shadows a module (-P)."""
    return [sys.executable, "-P", "-m", "finestream", "monitor", "--permanent", "--project", project]
