"""Commands of finestream as processes, with a client that stands in for Claude Code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

# A child finds the package where this process found it, installed or not.
PYTHONPATH = os.pathsep.join(path for path in sys.path if path)
_PATIENCE = 300.0  # seconds
FINESTREAM = [sys.executable, "-m", "finestream"]


def install_fake_client(folder: Path) -> Path:
    """Put a `claude` into ``folder`` that does what ``FAKE_WAY`` in its environment says; return it."""
    folder.mkdir(exist_ok=True)
    program = folder / "claude"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("fake_client.py")}" "$@"\n')
    program.chmod(0o755)
    return program


def environment(**variables: str) -> dict[str, str]:
    """The tests' environment and more.

    No certificates: nobody here speaks with anybody beyond loopback, and reading the system's is a quarter of a process's start.
    """
    return {**os.environ, "PYTHONPATH": PYTHONPATH, "SSL_CERT_FILE": os.devnull, **variables}


@contextmanager
def start(*arguments: str, folder: Path, before: Sequence[str] = (), **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in ``folder``; what is left of it when the context ends is killed, its children too.

    It may not run for ever: whoever waits for a line that never comes gets the end of the output instead.
    """
    pipe = subprocess.PIPE
    command = [*before, *FINESTREAM, *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment(**variables), stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        late = Timer(_PATIENCE, _kill, (process,))
        late.start()
        try:
            yield process
        finally:
            late.cancel()
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def finish(*arguments: str, folder: Path, stdin: str = "", **variables: str) -> tuple[int, str, str]:
    """Run a command to its end: exit code, output, errors."""
    with start(*arguments, folder=folder, **variables) as process:
        out, err = process.communicate(stdin, timeout=60)
    return process.returncode, out, err
