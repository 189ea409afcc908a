"""``finestream monitor --permanent``: the monitor that a project keeps, in three processes. SHELL.

The supervisor (`supervise`) holds the address, the worker (`work`) is the gateway, the successor (`wait_beside`) waits. Its one law: the
address answers as long as one of them lives. A supervisor that loses its worker or its successor starts another; a worker that loses its
supervisor starts another, hands the open files on, and ends when its own streams have ended. When both are gone, the lock and the port are
free, and the successor becomes the next supervisor: no hook runs while the client waits for the model, so nobody else could help it.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from finestream.errors import ArrangementError
from finestream.permanent.arrangement import FOLDER, LOCK, LOG, SESSIONS, Arrangement, load_arrangement
from finestream.permanent.instance import sign, take_lock
from finestream.permanent.logfile import bound, redirect, say
from finestream.permanent.successor import Successor, succeed
from finestream.permanent.supervisor import GRACE, Inherited, Supervisor, itself, listen, parse_inherited, unblock

_BASE_URL = "ANTHROPIC_BASE_URL"
_LAST_STREAMS = 600.0  # seconds for the streams of a worker that has handed the address on: nobody waits for its end
_YOUNG = 1.0  # a worker that loses its supervisor before this age does not start another: two that die at once would go on for ever


def supervise(project: Path, adopted: str | None) -> int:
    """Become the permanent monitor of ``project``; where one runs already, say so and end.

    Raises:
        ArrangementError, GatewayError: There is nothing to run, the port is taken, or one of its files is not its own.
    """
    arrangement = load_arrangement(project)
    if adopted:
        files = parse_inherited(adopted)
        return _supervise(project, files.lock, socket.socket(fileno=files.listener))
    with _ours(project / FOLDER / LOCK) as path:
        lock = take_lock(path)
    if lock is None:
        click.echo("finestream: the permanent monitor of this project runs already", err=True)
        return 0
    return _supervise(project, lock, listen(arrangement.port))


def wait_beside(project: Path, inheritance: str) -> int:
    """Wait beside the permanent monitor of ``project``, and become it where all of it is killed.

    Raises:
        ArrangementError, GatewayError: as `supervise`, but in the log.
    """
    unblock()
    arrangement = load_arrangement(project)
    with _ours(project / FOLDER / LOCK) as path:
        lock = succeed(path, inheritance)
    if lock is None or not _is_arranged(project, arrangement):
        return 0
    say("both processes of the permanent monitor were killed; another takes their place")
    return _supervise(project, lock, listen(arrangement.port))


def _supervise(project: Path, lock: int, listener: socket.socket) -> int:
    folder = project / FOLDER
    sign(lock)
    with _ours(folder / LOG) as path:
        redirect(path)
    say(f"the permanent monitor listens on port {listener.getsockname()[1]}")
    worker, successor = ([*itself(str(project)), option] for option in ("--work", "--succeed"))
    with listener:
        code = Supervisor(listener, lock, worker, successor=Successor(successor), on_start=lambda: bound(folder / LOG)).run()
    say("the permanent monitor has ended")
    return code


@contextmanager
def _ours(path: Path) -> Iterator[Path]:
    """Say what stands in the way of a file that is ours to write."""
    try:
        yield path
    except OSError as error:
        raise ArrangementError(f"this cannot be used: {error.strerror}", "Remove it; the monitor makes its own.", path=str(path)) from error


def work(project: Path, inherited: str) -> int:
    """Be the worker of ``project``."""
    from finestream.cli.running import run  # here, as what else only a worker needs: a supervisor stays small

    unblock()
    files = parse_inherited(inherited)
    arrangement = load_arrangement(project)
    if os.environ.get(_BASE_URL, "").rstrip("/") == arrangement.url:
        del os.environ[_BASE_URL]  # the session that started us has been told to ask us
    return run(_work(project, arrangement, files))


async def _work(project: Path, arrangement: Arrangement, files: Inherited) -> int:
    from finestream.cli.client_settings import read_layers
    from finestream.cli.serving import gateway_of
    from finestream.journal import redact
    from finestream.permanent.ending import Ending
    from finestream.permanent.sessions import Sessions

    ending = Ending(files.lifeline)
    sessions = Sessions(project / FOLDER / SESSIONS)
    layers = read_layers(project, [], os.environ)

    def tell(sentence: str) -> None:
        say(redact(sentence))  # the address of an upstream may hold a password

    with socket.socket(fileno=files.listener) as listener:
        async with gateway_of(
            project,
            layers,
            tell,
            upstream=arrangement.upstream,
            may_make=lambda: _is_arranged(project, arrangement),
            listener=listener,
            token=arrangement.token,
            register=sessions,
            kind="permanent",
        ) as served:
            desk = served.gateway.desk
            tell(f"the worker is ready, in front of {served.upstream}")

            def is_needed() -> bool:
                bound(project / FOLDER / LOG)
                return sessions.living() > 0 or desk.was_used()

            reason = await ending.reason(is_needed, served.settings.monitor_idle, lambda: _is_arranged(project, arrangement))
            say(f"the worker ends: {reason}")
            if reason == "orphaned":
                if desk.age() >= _YOUNG:
                    _hand_on(project, files)
                os.close(files.lock)  # who has the address now must not be taken for alive because our last streams are
            await served.gateway.drain(_LAST_STREAMS if reason == "orphaned" else GRACE)
    return 0


def _is_arranged(project: Path, arrangement: Arrangement) -> bool:
    """Say whether the project still wants this monitor. Uninstalled, it serves the sessions that are open, and leaves nothing behind."""
    try:
        return load_arrangement(project) == arrangement
    except ArrangementError:
        return False


def _hand_on(project: Path, files: Inherited) -> None:
    """Start a supervisor that takes over the address and the lock."""
    command = [*itself(str(project)), "--supervise", str(files._replace(lifeline=-1))]
    keep = (files.listener, files.lock)
    try:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=keep, start_new_session=True)
    except OSError as error:  # finestream has been taken away: the port gets free when we end
        say(f"no supervisor can be started: {error.strerror}")
