"""``finestream check``: what the monitor would have seen in a captured stream. SHELL."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.quantities import counted

if TYPE_CHECKING:
    from finestream.capture import Report, Verdict

_READ = 2**20  # bytes at once


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, file: Path, as_json: bool) -> int:
    """Tell what the monitor would have seen in FILE: of each tool input whether it came whole, was cut, or is malformed.

    FILE is a captured stream of the API, the output of 'claude -p --output-format stream-json --verbose', or a transcript of Claude Code;
    - is stdin. Exits with 1 where something was found.
    """
    from finestream.capture import check
    from finestream.errors import FinestreamError

    report = check(_blocks(file))
    if report is None:
        name = "stdin" if str(file) == "-" else str(file)
        fix = "Give server-sent events, Claude Code's stream-json output with --verbose, or one of its transcripts."
        raise FinestreamError(f"{name} is no captured stream", fix)
    if as_json:
        click.echo(json.dumps(_data(report)))
    else:
        for line in _told(report):
            click.echo(line)
    return 0 if report.is_well else 1


def _blocks(file: Path) -> Iterator[bytes]:
    from finestream.errors import FinestreamError

    try:
        if str(file) == "-":
            yield from iter(lambda: sys.stdin.buffer.read(_READ), b"")
        else:
            with file.open("rb") as handle:
                yield from iter(lambda: handle.read(_READ), b"")
    except OSError as error:
        raise FinestreamError(f"{file} cannot be read: {error.strerror}", "Give the path of a readable file.") from error


def _data(report: Report) -> dict[str, object]:
    return {
        "form": report.form.value,
        "messages": report.messages,
        "sessions": report.sessions,
        "inputs": [verdict.data() for verdict in report.verdicts],
        "unwatched": report.unwatched,
        "remarks": list(report.remarks),
        "well": report.is_well,
    }


def _told(report: Report) -> Iterator[str]:
    from finestream.printable import printable

    for verdict in report.verdicts:
        yield from map(printable, _lines(verdict))
    yield from map(printable, report.remarks)
    yield _summary(report)


def _lines(verdict: Verdict) -> Iterator[str]:
    figures = [_count(verdict.size, "byte"), _count(verdict.deltas, "delta"), _count(verdict.chunks, "chunk")]
    name = " ".join(filter(None, (verdict.tool, verdict.target)))
    stop = f", stop reason {verdict.stop_reason}" if verdict.stop_reason else ""
    yield f"{verdict.state.value:9}  {name}  ({', '.join(filter(None, figures))}{stop})  {verdict.tool_use_id}"
    if verdict.offset is not None:
        yield f"           at byte {verdict.offset:,}: {_reason(verdict.reason)}"
    elif verdict.reason:
        yield f"           {_reason(verdict.reason)}"
    if verdict.why:
        yield f"           {verdict.why}"
    if verdict.kept:
        yield f"           it could be continued from byte {verdict.kept:,}, at {verdict.path}"
    elif verdict.kept == 0:
        yield "           too little arrived to go on from"
    if verdict.repair:
        yield f"           a repair would {_mending(verdict)}"


def _reason(reason: str | None) -> str:
    from finestream.scanner import REASONS

    known = {"unfinished": "it does not end", **{name: f"{name}, {sentence}" for name, sentence in REASONS.items()}}
    return known.get(reason or "", reason or "")


def _mending(verdict: Verdict) -> str:
    assert verdict.repair is not None
    if verdict.repair.outcome == "repaired":
        return f"correct it: {', '.join(verdict.repair.rules)}"
    if verdict.repair.outcome == "intact":
        return "leave it as it is" + (f": {verdict.repair.reason}" if verdict.repair.reason else "")
    return f"refuse it: {verdict.repair.reason}"


def _count(number: int | None, noun: str) -> str:
    return "" if number is None else counted(number, noun)


def _summary(report: Report) -> str:
    states = [verdict.state.value for verdict in report.verdicts]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    where = f"{_count(report.messages, 'message')}" + (f" of {_count(report.sessions, 'session')}" if report.sessions else "")
    verb = "is" if report.unwatched == 1 else "are"
    unwatched = f"; {_count(report.unwatched, 'input')} of tools that the server runs {verb} not watched" if report.unwatched else ""
    return f"{_count(len(states), 'tool input')} in {where} ({report.form.value}): {', '.join(counts) or 'nothing to watch'}{unwatched}"
