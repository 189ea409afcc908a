"""``finestream watch``: what streams now, while it streams. SHELL."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from finestream.cli.options import FOLDER


@click.command("watch")
@click.option("--all", "is_all", is_flag=True, help="The streams of every project of yours.")
@click.option("--project", type=FOLDER, default=".", help="Whose streams.")
@click.option("--text", "with_text", is_flag=True, help="Also the last lines that are being written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for everything that changes.")
@click.option("--once", is_flag=True, help="Say how it stands now, and end.")
def command(*, is_all: bool, project: Path, with_text: bool, as_json: bool, once: bool) -> int:
    """Watch tool inputs while they are written: whose, about what, how much, how fast, and what is being mended. Ctrl-C ends it.

    It sees what goes through a monitor: that of 'finestream claude', 'finestream run', 'finestream monitor' and the permanent one.
    """
    from finestream.cli.running import Stopped, give_way, no_certificates, run

    with no_certificates():
        from finestream.watch.watching import look_once, watch

    give_way()
    chosen = None if is_all else project

    async def main() -> int:
        if once:
            await look_once(chosen, sys.stdout, as_json=as_json, with_text=with_text)
            return 0
        return await watch(chosen, sys.stdout, Stopped().exit_code(), as_json=as_json, with_text=with_text)

    return run(main())
