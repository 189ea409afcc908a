"""``finestream statusline``: one line for Claude Code's status line. SHELL.

Its one law: quick and quiet. It reads the ends of the files only, and what goes wrong is a shorter line, never an error.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from finestream.errors import FinestreamError
from finestream.journal import ERRORS, EVENTS, FOLDER, Damage, last_lines, parse_line
from finestream.story.latest import latest

_END = 64 * 2**10  # bytes of each file
_PATIENCE = 0.5  # seconds for the client to say which session it is
_LONGEST = 2**20


@click.command("statusline")
def command() -> None:
    """Print the last thing that was mended or lost. Claude Code gives the session on stdin.

    In its settings: {"statusLine": {"type": "command", "command": "finestream statusline"}}
    """
    status = _status()
    folder = _project(status) / FOLDER
    try:
        is_there = folder.is_dir()
        records = [record for name in (EVENTS, ERRORS) for record in _records(folder / name)]
    except (FinestreamError, OSError):
        is_there, records = False, []
    session = status.get("session_id")
    line = latest(records, session if isinstance(session, str) else None, time.time()) if is_there else "finestream: no journal yet"
    click.echo(line.encode(sys.stdout.encoding or "ascii", "backslashreplace"))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    damage = Damage()
    return filter(None, (parse_line(line, damage) for line in last_lines(path, _END)))


def _project(status: dict[str, Any]) -> Path:
    workspace = status.get("workspace")
    named = workspace.get("project_dir") if isinstance(workspace, dict) else None
    return next((Path(each) for each in (named, status.get("cwd")) if isinstance(each, str) and each), Path())


def _status() -> dict[str, Any]:
    """What the client says; nothing where it says nothing in time."""
    try:
        status = json.loads(_read())
    except (ValueError, RecursionError):
        return {}
    return status if isinstance(status, dict) else {}


def _read() -> bytes:
    """Read stdin to its end, to the end of one JSON text, or to our own deadline, whatever comes first."""
    deadline = time.monotonic() + _PATIENCE
    data = b""
    try:
        handle = sys.stdin.fileno()
        while len(data) < _LONGEST and select.select([handle], [], [], max(0.0, deadline - time.monotonic()))[0]:
            more = os.read(handle, 65536)
            data += more
            if not more or _is_whole(data):
                break
    except (OSError, ValueError):  # no stdin, or one that cannot be waited for
        pass
    return data


def _is_whole(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
