"""``finestream uninstall``: take out what was installed. SHELL."""

from __future__ import annotations

from pathlib import Path

import click

from finestream.cli.installing import chosen_place, shipped_assets, tell
from finestream.cli.options import FOLDER
from finestream.install import uninstall


@click.command("uninstall")
@click.option("--project", type=FOLDER, help="The project to take it out of.  [default: .]")
@click.option("--user", "for_user", is_flag=True, help="Take it out of the user's own settings.")
@click.option("--keep-logs", is_flag=True, help="Leave the log, with the tool inputs that never came through.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff, and make none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with what was done.")
def command(*, project: Path | None, for_user: bool, keep_logs: bool, dry_run: bool, as_json: bool) -> None:
    """Take out what was installed: the hooks, the files, the monitor's address, the logs.

    Files that nobody else has changed get back the bytes that they had; from others only our parts go. What you have changed of ours stays,
    and is named.
    """
    place = chosen_place(project, for_user=for_user)
    plan = uninstall(place, shipped_assets(), keeps_logs=keep_logs, is_dry=dry_run)
    tell(plan, is_dry=dry_run, as_json=as_json)
