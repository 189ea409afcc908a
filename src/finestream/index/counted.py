"""Counting the lines of a file. SHELL. Its one law: each whole line once; one that says nothing of use is counted as damaged, and no more.

A line that is not whole may still be being written. It waits, unless nothing will be written to its file any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from finestream.figures import Counts, count, count_at_once, count_handoff, handoffs_of, may_count, named
from finestream.figures.handoffs import step_of
from finestream.journal.reading import LONGEST, Damage, parse_line

Json = dict[str, Any]


class Counted:
    """What came of it. ``end``: up to which byte; ``names``: of agents, by id."""

    def __init__(self, end: int = 0) -> None:
        self.counts = Counts()
        self.names: dict[str, str] = {}
        self.damage = Damage()
        self.end = end


def count_lines(file: BufferedReader, start: int, end: int | None = None, *, is_over: bool) -> Counted:
    """Count the records of a part of the journal from byte ``start`` on.

    Args:
        end: Where to stop, the end of a line; None: the end of the file.
        is_over: Nothing more will be written to it.
    """
    found = Counted(start)
    file.seek(start)
    for line in _lines(file, found, end, is_over=is_over):
        counted = count_at_once(line)
        if counted:
            found.counts.add_healthy(*counted)
        elif may_count(line):
            _take(found, parse_line(line, found.damage))
        else:
            found.damage.lines += not (line.startswith(b"{") and line.endswith((b"}\n", b"}")))
    return found


def _lines(file: BufferedReader, found: Counted, end: int | None, *, is_over: bool) -> Iterator[bytes]:
    while end is None or found.end < end:
        line = file.readline(LONGEST)
        if not line or not (is_over or line.endswith(b"\n") or len(line) == LONGEST):
            return
        found.end += len(line)
        yield line


def _take(found: Counted, record: Json | None) -> None:
    if record is None:
        return
    counted = count(record)
    if counted:
        found.counts.add(*counted)
    name = named(record)
    if name:
        found.names |= [name]


def count_run(file: BufferedReader, end: int | None = None) -> Counted:
    """Count the handoffs of a run from its whole file of entries."""
    found = Counted()
    entries: dict[str, list[Json]] = {}
    file.seek(0)
    for line in _lines(file, found, end, is_over=False):
        record = parse_line(line, found.damage)
        try:
            step = None if record is None else step_of(record)
        except ValueError:
            found.damage.lines += 1
            continue
        if record and step is not None:
            entries.setdefault(step, []).append({key: record.get(key) for key in ("kind", "at", "upto")})
    for counted in map(count_handoff, handoffs_of(entries)):
        if counted:
            found.counts.add(*counted)
    return found
