"""``finestream logs``: what the journal of a project tells. SHELL.

A line is a call, joined from everything that was written of it. ``--records``, ``--errors`` and ``--follow`` give the journal's own lines.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finestream.cli.options import FOLDER
from finestream.errors import JournalError

if TYPE_CHECKING:
    from finestream.cli.journals import ProjectJournal
    from finestream.story import Choice, Names, Row, Story

SHOWN = 50
"""Lines that a terminal shows when nothing else is asked for."""
FOLLOWED = 10
"""Lines of the past that ``--follow`` begins with."""
_NAMED = 10  # candidates that an error names


@click.group("logs", invoke_without_command=True)
@click.option("--errors", is_flag=True, help="Only the lines of streaming-errors.log.")
@click.option("--records", is_flag=True, help="Each line of the journal by itself, not joined to calls.")
@click.option("--since", metavar="TIME", help="Only what happened in the last 90s, 15m, 24h, 7d.")
@click.option("--agent", metavar="NAME", help="Only of or to this agent, by its name or id.")
@click.option("--tool", metavar="NAME", help="Only calls of this tool.")
@click.option("--session", metavar="ID", help="Only of this session; the beginning of its id will do.")
@click.option(
    "-n", "--last", type=click.IntRange(0), metavar="N", help=f"Only the last N; 0 is all. Default: {SHOWN} on a terminal, else all."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with each line that is written, until Ctrl-C.")
@click.option("--project", type=FOLDER, default=".", help="Whose journal.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, as always when the output is no terminal.")
@click.pass_context
def command(context: click.Context, /, *, project: Path, as_json: bool, **asked: Any) -> None:
    """What happened to the tool calls of a project: what came whole, what was mended, what was lost."""
    context.obj = project
    if context.invoked_subcommand:
        return
    from finestream.cli.journals import ProjectJournal
    from finestream.cli.listing import Listing

    journal = ProjectJournal(project)
    listing = Listing(journal, _choice(asked))
    output = _Output(listing.names, project, as_json=as_json or not sys.stdout.isatty(), is_streaming=asked["follow"])
    is_raw = asked["records"] or asked["errors"] or asked["follow"]
    last = asked["last"]
    if last is None:
        last = FOLLOWED if asked["follow"] else 0 if output.as_json else SHOWN
    if not asked["follow"]:
        with journal.reading():
            output.show(listing.records(errors_only=asked["errors"]) if is_raw else listing.calls(), last)
        return
    with listing.following(errors_only=asked["errors"]) as following:
        if journal.folder.is_dir():
            with journal.reading():
                output.show(listing.records(errors_only=asked["errors"]), last)
        following.run(lambda record: output.show([record], 0))


@command.command("show")
@click.argument("name", metavar="ID")
@click.option("--project", type=FOLDER, help="Whose journal.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each call: what is known of it, and everything that was written.")
@click.pass_obj
def show(folder: Path, /, *, name: str, project: Path | None, as_json: bool) -> None:
    """Tell the whole story of one call.

    ID is that of the call, its beginning or end as far as it is unique, or that of a stream.
    """
    from finestream.cli.journals import ProjectJournal, date_and_time
    from finestream.story import Stories, Story, tell

    journal = ProjectJournal(project or folder)
    calls, names = calls_of(journal, name)
    for number, records in enumerate(calls):
        if as_json:
            stories = Stories(names)
            for record in records:
                stories.add(record)
            click.echo(json.dumps({"calls": [_data(entry) for entry in stories.entries if isinstance(entry, Story)], "records": records}))
        else:
            click.echo("\n".join([*([""] if number else []), *tell(records, names, date_and_time)]))


@command.command("recover")
@click.argument("name", metavar="ID")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there instead of to stdout.")
@click.option("--parameter", metavar="NAME", help="Only the value of this parameter, decoded: the text of a file, for instance.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@click.option("--project", type=FOLDER, help="Whose journal.")
@click.pass_obj
def recover(folder: Path, /, *, name: str, project: Path | None, output: Path | None, parameter: str | None, force: bool) -> None:
    """Give back what arrived of a tool input that was cut or malformed. What is missing is told on stderr.

    ID is that of the call, or its beginning or end as far as it is unique.
    """
    from finestream.cli.journals import ProjectJournal
    from finestream.cli.recovering import deliver, found_input, wanted_part
    from finestream.cli.running import tell

    journal = ProjectJournal(project or folder)
    calls, _ = calls_of(journal, name)
    if len(calls) > 1:
        raise _ambiguous(journal, name, [str(records[0]["tool_use_id"]) for records in calls])
    text, remarks = wanted_part(found_input(calls[0], journal.folder), parameter)
    deliver(text, output, force=force)
    for remark in remarks:
        tell(remark)


def _choice(asked: dict[str, Any]) -> Choice:
    from finestream.quantities import seconds
    from finestream.story import Choice

    try:
        since = None if asked["since"] is None else time.time() - seconds("0s", "3650d")(asked["since"])
    except ValueError as error:
        raise click.UsageError(f"--since {error}") from None
    return Choice(asked["agent"], asked["tool"], asked["session"], since)


def calls_of(journal: ProjectJournal, name: str) -> tuple[list[list[dict[str, Any]]], Names]:
    """Return the records of each call that is meant, of one or of all of one stream, and the names of agents.

    Raises:
        JournalError: None is meant, or it is not clear which.
    """
    from finestream.story import candidates

    with journal.reading():
        found = candidates(journal.records(lambda line: name.encode("utf-8", "surrogateescape") in line), name)
    if not found:
        raise JournalError(f"there is no call {name!r} here", "See the ids with 'finestream logs'.", path=str(journal.folder))
    if len(found) > 1 and not all(any(record.get("stream") == name for record in records) for records in found.values()):
        raise _ambiguous(journal, name, list(found))
    return _records_of(journal, list(found))


def _records_of(journal: ProjectJournal, ids: list[str]) -> tuple[list[list[dict[str, Any]]], Names]:
    """Read everything about these calls: a hook's line does not name the stream by which they may have been found."""
    from finestream.story.joining import once

    plain = [each for each in ids if json.dumps(each) == f'"{each}"']
    # One whose spelling in the line is another one cannot be looked for there.
    words = [b"subagent_started", *(each.encode() for each in plain)] if plain == ids else [b""]
    calls: dict[str, list[dict[str, Any]]] = {each: [] for each in ids}
    names = journal.names()
    for record in journal.every_line(lambda line: any(word in line for word in words)):
        names.learn(record)
        calls.get(str(record.get("tool_use_id")), []).append(record)
    return [once(records) for records in calls.values()], names


def _ambiguous(journal: ProjectJournal, name: str, found: list[str]) -> JournalError:
    from finestream.printable import printable

    ids = [printable(each) for each in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return JournalError(f"{name!r} can mean {len(found)} calls", f"Give one of: {', '.join(ids)}{more}.", path=str(journal.folder))


def _data(entry: Story | dict[str, Any]) -> dict[str, Any]:
    from finestream.cli.journals import iso

    if isinstance(entry, dict):
        return entry
    data = entry.data()
    return {**data, "timestamp": iso(data["timestamp"]), "began": iso(data["began"])}


class _Output:
    """Where the entries go: JSON lines, a table, or lines as they come."""

    def __init__(self, names: Names, project: Path, *, as_json: bool, is_streaming: bool) -> None:
        self.as_json = as_json
        self._names = names
        self._project = f"{project}{os.sep}"
        self._is_streaming = is_streaming

    def show(self, entries: Iterable[Story | dict[str, Any]], last: int) -> None:
        """Show entries, or the last of them."""
        chosen: Iterable[Story | dict[str, Any]] = deque(entries, last) if last else entries
        if self.as_json:
            for entry in chosen:
                sys.stdout.write(json.dumps(_data(entry)) + "\n")
            sys.stdout.flush()
        else:
            self._print([self._row(entry) for entry in chosen])

    def _row(self, entry: Story | dict[str, Any]) -> Row:
        from finestream.story import row_of_record, row_of_story

        row = row_of_record(entry, self._names) if isinstance(entry, dict) else row_of_story(entry, self._names)
        return row._replace(what=row.what.replace(self._project, ""))

    def _print(self, rows: list[Row]) -> None:
        from rich.console import Console

        from finestream.cli.journals import clock
        from finestream.show.table import print_line, print_table

        console = Console(highlight=False)
        if self._is_streaming:
            for row in rows:
                print_line(row, clock, console)
        elif rows:
            print_table(rows, clock, console)
        else:
            click.echo("Nothing of that kind is in the journal.")
