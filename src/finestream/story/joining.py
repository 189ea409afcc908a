"""Records joined to stories. PURE. Its one law: a call has one story, whoever wrote of it; what belongs to no call stays a record.

Each row of the file of errors is also a line of the other file, of a hook's without the text of the input. So where both are read as one,
of the rows only those count that are older than everything in the other file, which is rotated away sooner, and those of unknown origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Any

from finestream.story.naming import Names
from finestream.story.story import Story

Record = dict[str, Any]


class Stories:
    """Joins records as they come; what it holds is small, because the texts of the inputs stay outside."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._stories: dict[str, Story] = {}
        self.entries: list[Story | Record] = []
        """Stories and single records, in the order in which each began to be told."""

    def add(self, record: Record) -> None:
        """Take one record in."""
        if record.get("agent_type"):
            self._names.learn(record)
        tool_use_id = record.get("tool_use_id")
        if not (isinstance(tool_use_id, str) and tool_use_id):
            self.entries.append(record)
            return
        story = self._stories.get(tool_use_id)
        if story is None or _differs(story.session_id, record.get("session_id")):  # a simulated API gives an id again
            story = self._stories[tool_use_id] = Story(tool_use_id)
            self.entries.append(story)
        story.add(record)


def _differs(one: object, other: object) -> bool:
    return bool(one and other) and one != other


def joined(events: Iterable[Record], errors: Iterable[Record]) -> Iterator[Record]:
    """Yield the records of both files in the order of their time, each once."""
    behind = _Oldest(events)
    return merge(behind, _not_in_events(errors, behind), key=_moment)


def candidates(records: Iterable[Record], wanted: str) -> dict[str, list[Record]]:
    """Return the calls that an id may mean, with their records: the one with this tool_use_id, else those whose id begins or ends with it,
    or that came in the stream of this name.
    """
    found: dict[str, list[Record]] = {}
    for record in records:
        tool_use_id = record.get("tool_use_id")
        if (
            isinstance(tool_use_id, str)
            and tool_use_id
            and (tool_use_id.startswith(wanted) or tool_use_id.endswith(wanted) or record.get("stream") == wanted)
        ):
            found.setdefault(tool_use_id, []).append(record)
    return {wanted: found[wanted]} if wanted in found else found


class _Oldest:
    """An iterator that tells its first timestamp before it is asked for the rest."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = iter(records)
        self._first = next(self._records, None)
        self.moment = _moment(self._first) if self._first is not None else None

    def __iter__(self) -> Iterator[Record]:
        if self._first is not None:
            yield self._first
            self._first = None
        yield from self._records


def _not_in_events(errors: Iterable[Record], events: _Oldest) -> Iterator[Record]:
    for record in errors:
        if not is_in_both(record) or events.moment is None or _moment(record) < events.moment:
            yield record


def is_in_both(record: Record) -> bool:
    """Whether a row of the file of errors is in the other file as well: all that gateway and hooks write there are."""
    return record.get("event") in ("input_rejected", "tool_ended") or (record.get("stream") is not None and record.get("source") != "hook")


def once(records: Iterable[Record]) -> list[Record]:
    """Return the records of one call, in the order of their time, and of what was written to both files the fuller one."""
    found: dict[object, Record] = {}
    for number, record in enumerate(sorted(records, key=_moment)):
        key = tuple(str(record.get(name)) for name in _SAME) if record.get("error") else number
        if key not in found or len(record) > len(found[key]):
            found[key] = record
    return list(found.values())


_SAME = ("event", "source", "error", "action", "attempt", "outcome", "bytes_received", "checkpoint")


def _moment(record: Record) -> str:
    """All timestamps of a journal are written alike, so their texts are in order."""
    return str(record.get("timestamp", ""))
