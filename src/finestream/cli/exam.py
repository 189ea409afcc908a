"""``finestream exam``: any gateway, examined with the real client and the simulator's faults. SHELL."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import click

from finestream.cli.client import find_client
from finestream.cli.running import run, tell
from finestream.errors import ExamError

if TYPE_CHECKING:
    from finestream.exam.candidates import Candidate
    from finestream.exam.report import Sheet
    from finestream.exam.scenarios import Scenario

_BASE = "What the client is given, for a command; {port} in it is replaced.  [default: http://127.0.0.1:{port}]"


@click.command("exam")
@click.option("--gateway", "gateways", multiple=True, metavar="WHAT", help="Who sits it; several times for several.  [default: finestream]")
@click.option("--base-url", metavar="URL", help=_BASE)
@click.option("--upstream-port", type=click.IntRange(0, 65535), default=0, help="Where a gateway that runs already expects its upstream.")
@click.option("--scenario", "globs", multiple=True, metavar="GLOB", help="Only these; several times for more.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the documents and of what is left to chance.")
@click.option("--jobs", type=click.IntRange(1, 32), default=2, show_default=True, help="Sessions at a time.")
@click.option("--list", "is_list", is_flag=True, help="Print the names of the scenarios.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each scenario.")
@click.option(
    "--results",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Tell of these, lines of --json, and play nothing.",
)
@click.option("--markdown", "page", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Put the tables into this page.")
def command(
    *,
    gateways: tuple[str, ...],
    base_url: str | None,
    upstream_port: int,
    globs: tuple[str, ...],
    seed: int,
    jobs: int,
    is_list: bool,
    as_json: bool,
    file: Path | None,
    page: Path | None,
) -> int:
    """Examine a gateway: real sessions of Claude Code, an API that breaks.

    WHAT is none (the client alone), finestream, litellm, mitmproxy, claude-tap (installed on demand), a command with {port} and {upstream}
    in it, or the address of a gateway that runs, with --upstream-port. Graded is what is on disk, what the client believes, and
    what the model was made to generate. Exit code 1: something was wrong, hung, or proved nothing, or a gateway died.
    """
    chosen = _chosen(globs)
    if is_list:
        click.echo("".join(f"{scenario.name}\n" for scenario in chosen), nl=False)
        return 0
    names = gateways or ("finestream",)
    _check_own(names, is_told_of=bool(base_url or upstream_port))
    candidates = [_candidate(text, base_url, upstream_port) for text in names]
    _check(page)
    if file is not None:
        return _tell_of(file, page)
    client = find_client(os.environ)
    known = {"client": _version(client), "seed": seed}
    sheets: list[Sheet] = []
    try:
        for candidate in candidates:
            sheets.append(_sheet(candidate, chosen, client, seed, jobs=jobs, known=known if as_json else None))
    finally:  # what one that cannot sit it would take along
        if sheets:
            _report(sheets, _remark(known, sys.argv[1:]), page if len(sheets) == len(candidates) else None, as_json=as_json)
    return 1 if any(sheet.has_missed for sheet in sheets) else 0


def _chosen(globs: Sequence[str]) -> list[Scenario]:
    from finestream.exam.scenarios import scenarios

    chosen = [scenario for scenario in scenarios() if not globs or any(fnmatchcase(scenario.name, glob) for glob in globs)]
    if not chosen:
        raise click.BadParameter("no scenario is called so; see --list", param_hint="'--scenario'")
    return chosen


def _check_own(names: Sequence[str], *, is_told_of: bool) -> None:
    from finestream.exam.candidates import PRESETS

    if is_told_of and PRESETS.keys() >= set(names):
        raise click.UsageError("--base-url and --upstream-port are for a gateway of your own: name it with --gateway")


def _candidate(text: str, base: str | None, upstream_port: int) -> Candidate:
    from finestream.exam.candidates import parse_candidate

    try:
        shlex.split(text)  # as it will be: a quote that is not closed is said now
        return parse_candidate(text, base=base, upstream_port=upstream_port)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--gateway'") from error


def _sheet(
    candidate: Candidate, chosen: Sequence[Scenario], client: Path, seed: int, *, jobs: int, known: Mapping[str, object] | None
) -> Sheet:
    """Let one sit it. ``known``: what stands in each line of JSON beside the grade; None for no such lines."""
    from finestream.exam.report import Sheet, data, line
    from finestream.exam.sitting import Sat, sit

    title = Sheet(candidate.name, candidate.version, {}).title

    def done(sat: Sat) -> None:
        tell(line(title, sat.scenario.name, sat.grade))
        if known is not None:
            click.echo(json.dumps({**data(title, sat.scenario.name, sat.grade), **known}, ensure_ascii=False))

    place, is_kept = Path(mkdtemp(prefix="finestream-exam-")), False
    try:
        sat = run(sit(candidate, chosen, client, place, seed=seed, jobs=jobs, say=tell, done=done))
    except ExamError:
        is_kept = True  # it names the log that stands there
        raise
    finally:
        if not is_kept:
            shutil.rmtree(place, ignore_errors=True)
    return Sheet(candidate.name, candidate.version, {each.scenario.name: each.grade for each in sat})


def _check(page: Path | None) -> None:
    """Find out now, not in half an hour, that the tables have no place."""
    from finestream.exam.report import surroundings

    if page is not None:
        try:
            surroundings(page.read_text(encoding="utf-8"))
        except ValueError as error:  # no UTF-8 either
            raise click.BadParameter(str(error), param_hint="'--markdown'") from error


def _report(sheets: Sequence[Sheet], remark: str, page: Path | None, *, as_json: bool) -> None:
    from finestream.exam import report
    from finestream.printable import printable

    if page is not None:
        page.write_text(report.place(page.read_text(encoding="utf-8"), sheets, remark), encoding="utf-8")
    if not as_json:
        for text in (*report.totals(sheets), "", *report.table(sheets), "", remark, *report.troubles(sheets)):
            click.echo(printable(text))


def _tell_of(file: Path, page: Path | None) -> int:
    """Tell of gateways that have sat the exam one by one."""
    from finestream.exam.report import read

    try:
        lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")  # what else ends a line may stand in what a gateway said
        sheets = read(lines)
        ((client, seed),) = {(value["client"], value["seed"]) for value in map(json.loads, lines)}
    except (ValueError, KeyError, TypeError) as error:
        raise click.BadParameter(f"these are no results of one exam: {error}", param_hint="'--results'") from error
    names = [word for sheet in sheets for word in ("--gateway", sheet.name.partition(" ")[0])]
    where = ["--markdown", str(page)] if page else []
    _report(sheets, _remark({"client": client, "seed": seed}, ["exam", *names, "--seed", str(seed), *where]), page, as_json=False)
    return 1 if any(sheet.has_missed for sheet in sheets) else 0


def _version(client: Path) -> str:
    asked = subprocess.run([str(client), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return (asked.stdout.split() or ["?"])[0]


def _remark(known: Mapping[str, object], arguments: Sequence[str]) -> str:
    where = f"Claude Code {known['client']}, Python {platform.python_version()}, {platform.system()}, seed {known['seed']}"
    return f"({date.today().isoformat()}, {where}: `{shlex.join(['finestream', *arguments])}`)"
