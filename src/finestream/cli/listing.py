"""Listing what a journal holds, and going on as it grows. SHELL. Its one law: each line of the journal is told once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from finestream.cli.journals import ProjectJournal
from finestream.journal import ERRORS, EVENTS, Tail, parse_line
from finestream.story import Choice, Stories, Story
from finestream.story.joining import is_in_both

Json = dict[str, Any]
_LOOK = 0.2  # seconds between two looks at the files


class Listing:
    """What of a journal was asked for."""

    def __init__(self, journal: ProjectJournal, choice: Choice) -> None:
        self.names = journal.names()
        self._journal = journal
        self._choice = choice

    def records(self, *, errors_only: bool) -> Iterator[Json]:
        """Yield the records."""
        return filter(self._wants, self._journal.records(self._choice.may_want, errors_only=errors_only))

    def calls(self) -> Iterator[Story | Json]:
        """Yield a story for each call, and the records that belong to none."""
        stories = Stories(self.names)
        for record in self._journal.records(self._choice.may_want):
            stories.add(record)
        for entry in stories.entries:
            if isinstance(entry, Story):
                if self._choice.wants_story(entry, self.names):
                    yield entry
            elif self._choice.wants_record(entry, self.names):
                yield dict(entry)

    def follow(self, tell: Callable[[Json], None], *, errors_only: bool) -> None:
        """Tell of each record as soon as its line is whole. It does not return: KeyboardInterrupt ends it."""
        names = (ERRORS,) if errors_only else (EVENTS, ERRORS)
        tails = {name: Tail(self._journal.folder / name) for name in names}
        try:
            while True:
                for record in self._new_records(tails):
                    if self._wants(record):
                        tell(record)
                time.sleep(_LOOK)
        finally:
            for tail in tails.values():
                tail.close()

    def _new_records(self, tails: dict[str, Tail]) -> Iterator[Json]:
        for name, tail in tails.items():
            for line in tail.lines():
                record = parse_line(line, self._journal.damage)
                if record and not (name == ERRORS and EVENTS in tails and is_in_both(record)):
                    yield record

    def _wants(self, record: Json) -> bool:
        self.names.learn(record)
        return self._choice.wants_record(record, self.names)
