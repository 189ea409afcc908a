"""A project's journal, as the commands that read it find it. SHELL. Its one law: what cannot be read is said once, on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from finestream.errors import JournalError
from finestream.journal import ERRORS, EVENTS, FOLDER, Damage, read_records
from finestream.journal.reading import Wanted
from finestream.story import Names
from finestream.story.joining import joined

_MOST_AGENTS = 10_000


class ProjectJournal:
    """Both files of one project, read together. ``damage`` counts the lines that are no records."""

    def __init__(self, project: Path) -> None:
        self.folder = project / FOLDER
        self.damage = Damage()

    def names(self) -> Names:
        """The agents that are known by name before a record is read."""
        known = {}
        with suppress(OSError):
            for file in islice((self.folder / "agents").iterdir(), _MOST_AGENTS):
                with suppress(OSError, UnicodeDecodeError):
                    known[file.name] = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        return Names(known)

    def records(self, wanted: Wanted | None = None, *, errors_only: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the records in the order of their time, each once.

        Raises:
            JournalError: There is no journal, or it cannot be read.
        """
        events, errors = self._files(wanted)
        yield from errors if errors_only else joined(events, errors)

    def every_line(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Yield the records of the one file and then of the other, also those that are in both."""
        for records in self._files(wanted):
            yield from records

    def _files(self, wanted: Wanted | None) -> list[Iterator[dict[str, Any]]]:
        if not self.folder.is_dir():
            fix = "Name the project with --project, or run a session with 'finestream claude'."
            raise JournalError("there is no journal yet", fix, path=str(self.folder))
        return [read_records(self.folder / name, damage=self.damage, wanted=wanted) for name in (EVENTS, ERRORS)]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Tell of damage when the reading is over."""
        yield
        if self.damage.lines:
            lines = "1 line is" if self.damage.lines == 1 else f"{self.damage.lines} lines are"
            click.echo(f"finestream: {lines} damaged and left out", err=True)


def clock(moment: float | None) -> str:
    """A moment as the reader's own clock shows it: the time alone where it was today."""
    if moment is None:
        return ""
    local = _local(moment)
    is_today = local.date() == datetime.now(UTC).astimezone().date()
    return local.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M")


def date_and_time(moment: float) -> str:
    """A moment with its date and zone."""
    return _local(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


def iso(moment: float | None) -> str | None:
    """A moment as the journal writes it."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone()
