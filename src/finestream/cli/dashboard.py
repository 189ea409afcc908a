"""``finestream dashboard``: the figures of a project before somebody's eyes. SHELL. Its one law: however it ends, the screen is whole."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from finestream.cli.options import FOLDER

if TYPE_CHECKING:
    from finestream.figures import Report
    from finestream.show.panel import Panel

SINCE = "24h"
_LOOK = 2.0  # seconds between two looks at the journal
_BLINK = 0.1  # between two looks at the size of the terminal, whose change nothing tells that would not interrupt


@click.command("dashboard")
@click.option("--since", metavar="TIME", default=SINCE, help=f"Of the last 15m, 24h, 7d. Default: {SINCE}.")
@click.option("--watch", is_flag=True, help="Go on showing what changes, until Ctrl-C.")
@click.option("--web", "is_web", is_flag=True, help="As a page: print its address, and serve it where no monitor runs.")
@click.option("--open", "is_opened", is_flag=True, help="With --web: open it in the browser, too.")
@click.option("--json", "as_json", is_flag=True, help="With --web: print one JSON object with the address.")
@click.option("--backstage", type=int, hidden=True, help="The number of an open socket of a gateway.")
@click.option("--project", type=FOLDER, default=".", help="Whose journal.")
def command(*, since: str, watch: bool, project: Path, backstage: int | None, **page: bool) -> int:
    """Show how well streaming works: latency, chunks, what broke off, what was mended, and what raises an alert.

    What each figure means is in docs/metrics.md; `finestream metrics` writes the same figures as JSON. With --web it is a page, with what
    streams, runs and calls besides: docs/dashboard.md.
    """
    if backstage is not None or any(page.values()):
        return _page(project, backstage, watch=watch, **page)
    from finestream.cli.measuring import folder_of, limits_of, parse_since, read

    folder, limits, seconds = folder_of(project), limits_of(project), parse_since(since)

    def look() -> Panel:
        return _panel(since, read(folder, seconds, limits).report)

    if watch:
        _watch(look)
    else:
        _print(look())
    return 0


def _page(project: Path, backstage: int | None, *, watch: bool, is_web: bool, is_opened: bool, as_json: bool) -> int:
    from finestream.cli.running import no_certificates

    with no_certificates():
        from finestream.cli.opening import serve_backstage, show_page
    if backstage is not None:
        return serve_backstage(project, backstage)
    if watch or not is_web:
        raise click.UsageError("--open and --json belong to --web, and --watch does not.")
    return show_page(project, is_opened=is_opened, as_json=as_json)


def _panel(span: str, report: Report) -> Panel:
    from finestream.cli.journals import clock
    from finestream.show.panel import Panel

    since = None if report.begins is None or report.reaches_back else clock(report.begins * 60)
    return Panel(report, f"Fine-grained streaming, the last {span.strip()}", since)


def _print(panel: Panel) -> None:
    from rich.console import Console

    from finestream.show.look import Look

    columns = shutil.get_terminal_size().columns
    console = Console(highlight=False, width=columns, legacy_windows=False)
    for row in panel.draw(Look(columns, None, sys.stdout.encoding or "ascii")):
        console.print(row, soft_wrap=True)


def _watch(look: Callable[[], Panel]) -> NoReturn:
    from finestream.cli.watching import Drawn, Ending, Told

    face, ending = Drawn(sys.stdout) if _can_draw() else Told(_print), Ending()
    with ending.heard():
        try:
            while True:
                panel = look()
                with ending.drawing():
                    face.show(panel)
                end = time.monotonic() + _LOOK
                while time.monotonic() < end:
                    time.sleep(_BLINK)  # a look at the journal every few seconds, and at the size of the terminal in between
                    with ending.drawing():
                        face.keep()
        finally:
            with ending.drawing():
                face.close()


def _can_draw() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
