"""``finestream claude``: Claude Code behind a monitor of its own. SHELL.

Its one law: from outside it is ``claude``: the same terminal, the same signals, the same exit code, and nothing is left behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from finestream.cli.client import additions, agent_of, find_client
from finestream.cli.client_settings import overlaid, read_layers
from finestream.cli.options import FOLDER
from finestream.cli.running import run, tell
from finestream.errors import ClientError


@click.command("claude", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--upstream", metavar="URL", help="The API behind it. Default: the settings' upstream, ANTHROPIC_BASE_URL, the real API.")
@click.option("--project", type=FOLDER, default=".", help="Where Claude Code works.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGS]")
def command(*, upstream: str | None, project: Path, arguments: tuple[str, ...]) -> int:
    """Run Claude Code behind the monitor. ARGS are its own arguments; options of finestream stand before them."""
    return run(_session(project, arguments, upstream))


async def _session(project: Path, arguments: Sequence[str], upstream: str | None) -> int:
    from finestream.cli.serving import gateway_of, remarks

    client = find_client(os.environ)
    layers = read_layers(project, arguments, os.environ)
    known = {**os.environ, **layers.all}
    notices = Notices()
    for remark in remarks(layers, known, upstream=upstream):
        notices.tell(remark)
    async with gateway_of(project, layers, notices.tell, upstream=upstream, kind="claude") as served:
        added = additions(known, served.gateway.url, upstream=served.upstream, agent=agent_of(arguments))
        with overlaid(arguments, layers, added) as final, notices.held():
            return await _supervise([str(client), *final], {**os.environ, **added}, project)


class Notices:
    """Sentences for stderr. While the client draws on the terminal they wait: they would tear its picture."""

    def __init__(self) -> None:
        self._waiting: list[str] | None = None

    def tell(self, sentence: str) -> None:
        """Say it now, or when the terminal is free."""
        if self._waiting is None:
            tell(sentence)
        else:
            self._waiting.append(sentence)

    @contextmanager
    def held(self) -> Iterator[None]:
        """As long as the context lasts, the terminal is somebody else's."""
        self._waiting = [] if sys.stderr.isatty() else None
        try:
            yield
        finally:
            waiting, self._waiting = self._waiting or [], None
            for sentence in waiting:
                self.tell(sentence)


async def _supervise(command_line: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    """Run the client on our own terminal and return its exit code, 128 + n when signal n ended it."""
    children: list[subprocess.Popen[bytes]] = []
    _pass_signals_on(children)
    try:
        # Not asyncio's own: uvloop sets every signal back to its default in the child, those too that `nohup` has set to be ignored.
        child = subprocess.Popen(command_line, env=environment, cwd=folder)
    except OSError as error:
        message = f"{command_line[0]} does not start: {error.strerror}"
        raise ClientError(message, "Install Claude Code anew, or put another one on PATH.") from error
    children.append(child)
    try:
        code = await asyncio.to_thread(child.wait)
    except BaseException:
        child.terminate()
        raise
    return code if code >= 0 else 128 - code


def _pass_signals_on(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Let the child decide what a signal means. A stop (Ctrl-Z) and a change of the window's size reach it, and us, by themselves."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, _pass_on, number, children)


def _pass_on(number: signal.Signals, children: Sequence[subprocess.Popen[bytes]]) -> None:
    if number in (signal.SIGINT, signal.SIGQUIT) and _is_in_front():
        return  # Ctrl-C and Ctrl-\: the terminal has told the child already
    for child in children:
        with suppress(ProcessLookupError):
            child.send_signal(number)


def _is_in_front() -> bool:
    """Whether we are what the terminal's keys are meant for."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
