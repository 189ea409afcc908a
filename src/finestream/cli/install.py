"""``finestream install``: hooks, agents, workflows and commands into a project, or for all projects of the user. SHELL."""

from __future__ import annotations

import os
from pathlib import Path

import click

from finestream.cli.arrangement import arrange
from finestream.cli.installing import chosen_place, shipped_assets, tell
from finestream.cli.options import FOLDER
from finestream.install import Order, install
from finestream.quantities import address


@click.command("install")
@click.option("--project", type=FOLDER, help="The project to install into.  [default: .]")
@click.option("--user", "for_user", is_flag=True, help="Install for all projects, into the user's own settings.")
@click.option("--monitor", "with_monitor", is_flag=True, help="Send the project's requests through a monitor that starts by itself.")
@click.option("--upstream", metavar="URL", help="The API behind the monitor. Default: the one that is set now.")
@click.option("--statusline", is_flag=True, help="Show what streams in Claude Code's status line.")
@click.option("--force", is_flag=True, help="Replace files of the same names, too; a copy of each is kept.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff, and make none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with what was done.")
def command(
    *,
    project: Path | None,
    for_user: bool,
    with_monitor: bool,
    upstream: str | None,
    statusline: bool,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Install hooks, agents, workflows and commands.

    Settings keep what stands in them, to the byte. What is not ordered, such as the monitor, is taken out. A file of yours that has the
    name of one of ours stays, and is named.
    """
    place = chosen_place(project, for_user=for_user)
    upstream = _address(upstream)
    if upstream and not with_monitor:
        raise click.UsageError("--upstream is that of a monitor: give --monitor, too.")
    if with_monitor and place.project is None:
        raise click.UsageError("a monitor belongs to a project: give --project, or leave out --monitor.")
    monitor, warnings = arrange(place, place.project, upstream) if with_monitor and place.project else (None, [])
    plan = install(place, Order(shipped_assets(), monitor, statusline, force), os.environ, is_dry=dry_run)
    plan.report.warnings += warnings
    tell(plan, is_dry=dry_run, as_json=as_json)


def _address(text: str | None) -> str | None:
    try:
        return address(text) if text else None
    except ValueError as error:
        raise click.UsageError(f"'--upstream' {error}") from None
