"""``finestream statusline``: the line of Claude Code's status line, by hand. SHELL.

Its one law: it is the line of the script that `finestream install --statusline` puts there, made by the same code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from finestream.roster import entries
from finestream_hooks.status import line, project_of, read_status


@click.command("statusline")
def command() -> None:
    """Print what streams now, or the last thing that was mended or lost. Claude Code gives the session on stdin.

    'finestream install --statusline' sets a script up that prints the same line, and is quicker.
    """
    status = {} if sys.stdin is None or sys.stdin.closed else read_status()
    # Without a session nobody has named the project, and a path in it is told without it only where it is known whole.
    status = {"cwd": str(Path.cwd()), **status}
    text = line(status, os.environb, _address(Path(project_of(status, os.environb))))
    click.echo(text.encode(sys.stdout.encoding or "ascii", "backslashreplace"))


def _address(project: Path) -> str | None:
    """Return where the gateway of a project listens, when this is not run by a client that has been told."""
    if "ANTHROPIC_BASE_URL" in os.environ:
        return None
    here = str(project.resolve())
    return next((entry.url for entry in reversed(entries(os.environ)) if entry.project == here), None)
