"""The latest calls of a journal, with everything that was written of them. SHELL. Its one law: however large the journal, little is held.

A line is looked at before it is parsed: of a day of calls, nearly all went well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from finestream.cli.journals import ProjectJournal
from finestream.journal import EVENTS, last_lines, parse_line
from finestream.story import Names, parse_moment

RECENT = (640 * 2**10, 2 * 2**20, 16 * 2**20)
"""Bytes at the end of the journal: mostly the first are enough."""
ENOUGH = 300
"""Calls."""
_MOST = 2000  # calls that are looked at closely
_NAMING = b"subagent_started"
_CALL = re.compile(rb'"tool_use_id": ?"([^"\\]+)"')
_TROUBLE = re.compile(
    rb'"outcome": ?"(?:continued|corrected|surfaced|cut|failed|blind|client_left|recovered|given_up|pending)'
    rb'|"event": ?"input_rejected"|"error": ?"'
)
Json = dict[str, Any]
Test = Callable[[bytes], bool]


def recent(journal: ProjectJournal, since: float) -> list[Json]:
    """Return the records at the end of the journal, as far back as ``since`` or as there are many calls."""
    found: list[Json] = []
    for size in RECENT:
        journal.damage.lines = 0
        found = _last(journal, size)
        begins = parse_moment(found[0].get("timestamp")) if found else None
        if (begins is not None and begins < since) or len({str(record.get("tool_use_id")) for record in found}) > ENOUGH:
            break
    return found


def _last(journal: ProjectJournal, size: int) -> list[Json]:
    found = (parse_line(line, journal.damage) for line in last_lines(journal.folder / EVENTS, size))
    return [record for record in found if record is not None]


def of_trouble(journal: ProjectJournal) -> Iterator[Json]:
    """Yield the records of the latest calls that did not simply go well."""
    return _chosen(journal, lambda line: _TROUBLE.search(line) is not None)


def with_words(journal: ProjectJournal, words: str, names: Names) -> Iterator[Json]:
    """Yield the records of the latest calls in whose lines a word stands, or the id of an agent in whose name it does."""
    first = max(words.casefold().split(), key=len, default="")
    needles = [needle.casefold().encode("utf-8", "surrogatepass") for needle in (first, *names.ids(first))]
    return _chosen(journal, lambda line: any(needle in line.lower() for needle in needles))


def _chosen(journal: ProjectJournal, is_wanted: Test) -> Iterator[Json]:
    """Yield everything about the latest calls of which some line is wanted."""
    ids: dict[bytes, None] = {}

    def note(line: bytes) -> bool:
        call = _CALL.search(line) if is_wanted(line) else None
        if call:
            ids.pop(call[1], None)
            ids[call[1]] = None
            if len(ids) > _MOST:
                del ids[next(iter(ids))]
        return False

    def belongs(line: bytes) -> bool:
        call = _CALL.search(line)
        return call[1] in ids if call else _NAMING in line

    for _ in journal.records(note):
        pass
    return journal.records(belongs)


def of_sessions(folder: Path, sessions: set[str]) -> Iterator[Json]:
    """Yield what did not simply go well in some sessions."""
    words = [session.encode("utf-8", "surrogatepass") for session in sessions]

    def is_wanted(line: bytes) -> bool:
        return any(word in line for word in words) and _TROUBLE.search(line) is not None

    return ProjectJournal(folder).records(is_wanted)
