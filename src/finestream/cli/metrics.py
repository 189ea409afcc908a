"""``finestream metrics``: the figures of a project for programs, and the proof that they are true. SHELL."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from finestream.cli.options import FOLDER
from finestream.errors import JournalError

FILE = "streaming-metrics.json"
SINCE = "24h"


@click.command("metrics")
@click.option("--since", metavar="TIME", default=SINCE, help=f"Of the last 15m, 24h, 7d. Default: {SINCE}.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help=f"Default: {FILE} beside the journal."
)
@click.option("--json", "as_json", is_flag=True, help="Print it instead of writing a file.")
@click.option("--verify", is_flag=True, help="Count every figure of the file again, from the journal alone; exit 1 where one differs.")
@click.option("--project", type=FOLDER, default=".", help="Whose journal.")
def command(*, since: str, output: Path | None, as_json: bool, verify: bool, project: Path) -> int:
    """Write the figures that the dashboard shows, with the counts behind them. What each one means is in docs/metrics.md."""
    from finestream.cli.measuring import folder_of, limits_of, parse_since, read

    folder = folder_of(project)
    path = output or folder / FILE
    if verify:
        return _verify(folder, path, as_json=as_json)
    text = json.dumps(read(folder, parse_since(since), limits_of(project)).data(), indent=2) + "\n"
    if as_json:
        click.echo(text, nl=False)
    else:
        _write(path, text)
        click.echo(f"finestream: written to {path}", err=True)
    return 0


def _write(path: Path, text: str) -> None:
    """Put a whole file in its place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise JournalError(f"the figures cannot be written: {error.strerror}", "Name another file with -o.", path=str(path)) from error


def _verify(folder: Path, path: Path, *, as_json: bool) -> int:
    from finestream.cli.measuring import utc
    from finestream.figures import Report, checks, span_told
    from finestream.index import recount

    told = _load(path)
    span, sources = span_told(told), told.get("sources")
    if span is None or not isinstance(sources, list) or not all(isinstance(each, dict) for each in sources):
        raise _unreadable(path)
    again = recount(folder, span, sources)
    found = Report(span, again.agents, {}, damaged=again.damaged).data(utc)
    checked = list(checks(told, found))
    is_true = all(check.is_same for check in checked) and not again.gone
    if as_json:
        figures = [{"name": each.name, "file": each.told, "journal": each.found, "same": each.is_same} for each in checked]
        click.echo(json.dumps({"same": is_true, "gone": again.gone, "figures": figures}))
    else:
        _tell(checked, again.gone, is_true=is_true)
    return 0 if is_true else 1


def _load(path: Path) -> dict[str, Any]:
    from finestream.plainfile import read_plain

    try:
        told = json.loads(read_plain(path))
    except FileNotFoundError as error:
        raise JournalError("there are no figures yet", "Write them with 'finestream metrics'.", path=str(path)) from error
    except OSError as error:
        raise JournalError(f"the figures cannot be read: {error.strerror or error}", "Make it a readable file.", path=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    if not isinstance(told, dict):
        raise _unreadable(path)
    return told


def _unreadable(path: Path) -> JournalError:
    return JournalError("this is no file of figures", "Write it anew with 'finestream metrics'.", path=str(path))


def _tell(checked: list[Any], gone: list[str], *, is_true: bool) -> None:
    from finestream.printable import printable

    for check in checked:
        if not check.is_same:
            click.echo(printable(f"differs  {check.name}: {_spelled(check.told)} in the file, {_spelled(check.found)} in the journal"))
        elif check.name.startswith(("figures.", "damaged_lines")):
            click.echo(printable(f"same     {check.name}: {_spelled(check.told)}"))
    for name in gone:
        click.echo(printable(f"gone     {name}: what was counted from it is not there any more as it was"))
    same = sum(check.is_same for check in checked)
    click.echo(f"{same} of {len(checked)} values are the same." if is_true else f"{len(checked) - same} of {len(checked)} values differ.")


def _spelled(value: object) -> str:
    return "not measured" if value is None else json.dumps(value)
