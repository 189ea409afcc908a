"""Listing what a journal holds, and going on as it grows. SHELL. Its one law: each line of the journal is told once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from finestream.cli.journals import ProjectJournal
from finestream.journal import ERRORS, EVENTS, Tail, parse_line
from finestream.story import Choice, Stories, Story
from finestream.story.joining import is_in_both

Json = dict[str, Any]
_LOOK = 0.2  # seconds between two looks at the files
_RECENT = 1000  # records that may be met again when following begins


class Listing:
    """What of a journal was asked for."""

    def __init__(self, journal: ProjectJournal, choice: Choice) -> None:
        self.names = journal.names()
        self._journal = journal
        self._choice = choice
        self._recent: deque[Json] = deque(maxlen=_RECENT)

    def records(self, *, errors_only: bool) -> Iterator[Json]:
        """Yield the records."""
        for record in self._journal.records(self._choice.may_want, errors_only=errors_only):
            if self._wants(record):
                self._recent.append(record)
                yield record

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

    @contextmanager
    def following(self, *, errors_only: bool) -> Iterator[Following]:
        """Begin to follow, before the records that are there are listed: so what is written in the meantime is not missed."""
        with ExitStack() as stack:
            names = (ERRORS,) if errors_only else (EVENTS, ERRORS)
            yield Following({name: stack.enter_context(closing(Tail(self._journal.folder / name))) for name in names}, self)

    def new(self, tails: dict[str, Tail]) -> Iterator[Json]:
        """Yield each record whose line has become whole, except those that have just been listed."""
        for name, tail in tails.items():
            for line in tail.lines():
                record = parse_line(line, self._journal.damage)
                is_told = record in self._recent or (name == ERRORS and EVENTS in tails and record and is_in_both(record))
                if record and not is_told and self._wants(record):
                    yield record
        self._recent.clear()

    def _wants(self, record: Json) -> bool:
        self.names.learn(record)
        return self._choice.wants_record(record, self.names)


class Following:
    """The ends of a journal's files, from a certain moment on."""

    def __init__(self, tails: dict[str, Tail], listing: Listing) -> None:
        self._tails = tails
        self._listing = listing

    def look(self) -> Iterator[Json]:
        """Yield the records that are new since the last look."""
        return self._listing.new(self._tails)

    def run(self, tell: Callable[[Json], None]) -> None:
        """Tell of each new record as soon as its line is whole. It does not return: KeyboardInterrupt ends it."""
        while True:
            for record in self.look():
                tell(record)
            time.sleep(_LOOK)  # a file's growth is told by no portable event; an interrupt ends it
