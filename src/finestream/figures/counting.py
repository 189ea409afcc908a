"""Records of the journal, counted. PURE. Its one law: each record counts by itself, so neither order nor company changes a sum."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from finestream.figures.sums import Place, Sums, minute_of
from finestream.story import parse_moment

Record: TypeAlias = Mapping[str, Any]

UNKNOWN = "unknown"
"""The agent of a record that names none."""

_MOST = 2**40  # no size or number of ours comes near it; a record may say anything, and sums must fit
_LONGEST_NAME = 200
_WHOLE = frozenset({"complete", "continued", "corrected"})
_ENDED = _WHOLE | {"surfaced", "cut"}
_UNWATCHED = frozenset({"blind", "client_left"})
# Where a line says of what it is. Inside of a string no quote stands without a backslash before it, so this can only be a member.
_EVENT = re.compile(rb'[{, ]"event": ?"(\w+)"')
_NAMING = "subagent_started"
# An input that came whole at once, as most do, as the journal writes it: its chunks are the most of a line, and need not be parsed.
_FIELDS = rb'(?:"\w+": (?:"[^"\\]*"|null), )*?'
_HEALTHY = re.compile(
    rb'\{"timestamp": "([0-9T:-]{16}):[0-5][0-9]\.[0-9]{3}Z", "event": "tool_input", '
    + _FIELDS
    + rb'"agent_from": "([ !#-\[\]-~]{1,200})", '
    + _FIELDS
    + rb'"bytes": ([0-9]{1,12}), "deltas": [0-9]+, "chunks": ([0-9]{1,12}), "first_chunk_ms": [^,]+, "duration_ms": [^,]+, '
    rb'"attempts": 0, "cuts": 0, "fallbacks": 0, "spans": \[.*\], "outcome": "complete"\}\s*\Z'
)


def may_count(line: bytes) -> bool:
    """Whether a line of the journal can be of interest here. One that does not say what it is, as ours do, can."""
    match = _EVENT.search(line)
    return match is None or match[1] in _OF_INTEREST


def count_at_once(line: bytes) -> tuple[Place, int, int] | None:
    """Return of the line of a healthy input where it belongs, its size as far as it has chunks, and these; None: it has to be parsed."""
    match = _HEALTHY.match(line)
    if match is None:
        return None
    minute, agent, size, chunks = match.groups()
    place, number = _place(minute, agent), int(chunks)
    return None if place is None else (place, int(size) if number else 0, number)


@lru_cache(maxsize=1024)
def _place(minute: bytes, agent: bytes) -> Place | None:
    moment = parse_moment(f"{minute.decode()}:00Z")
    return None if moment is None else Place(minute_of(moment), agent.decode())


def count(record: Record) -> tuple[Place, Sums] | None:
    """Return what a record counts for, None where that is nothing."""
    counter = _COUNTERS.get(str(record.get("event")))
    moment = parse_moment(record.get("timestamp"))
    if counter is None or moment is None:
        return None
    sums = counter(record)
    return None if sums is None else (Place(minute_of(moment), _agent(record)), sums)


def named(record: Record) -> tuple[str, str] | None:
    """Return the id of an agent and what it is called, where a record tells that."""
    agent, name = record.get("agent_id"), record.get("agent_type")
    return (_kept(agent), _kept(name)) if isinstance(agent, str) and isinstance(name, str) and agent and name else None


def _agent(record: Record) -> str:
    name = record.get("agent_from")
    return _kept(name) if isinstance(name, str) and name else UNKNOWN


def _kept(name: str) -> str:
    """Return a name as an index can keep it: with an end, and without the halves of surrogate pairs."""
    return name[:_LONGEST_NAME].encode("utf-8", "replace").decode()


def _tool_input(record: Record) -> Sums | None:
    outcome = record.get("outcome")
    if outcome not in _ENDED:
        return Sums(unwatched=1) if outcome in _UNWATCHED else None
    chunks, attempts, fallbacks = (_number(record, name) for name in ("chunks", "attempts", "fallbacks"))
    is_whole, is_retried, has_fallen_back = outcome in _WHOLE, attempts > 0, fallbacks > 0
    return Sums(
        inputs=1,
        size=_number(record, "bytes") if chunks else 0,
        chunks=chunks,
        incomplete=int(outcome == "cut" or _number(record, "cuts") > 0),
        retries=attempts,
        retried=int(is_retried),
        rescued=int(is_retried and is_whole),
        rescued_at_once=int(attempts == 1 and is_whole),
        fallbacks=int(has_fallen_back),
        fallbacks_whole=int(has_fallen_back and is_whole),
    )


def _correction(record: Record) -> Sums | None:
    outcome = record.get("outcome")
    if record.get("error") == "incomplete_json" or outcome not in ("corrected", "surfaced"):
        return None  # it broke off, and was not malformed
    return Sums(malformed=1, corrected=int(outcome == "corrected"))


def _retry(record: Record) -> Sums:
    return Sums(repeated=1)


def _number(record: Record, name: str) -> int:
    value = record.get(name)
    return value if type(value) is int and 0 <= value <= _MOST else 0


_COUNTERS: dict[str, Callable[[Record], Sums | None]] = {"tool_input": _tool_input, "correction": _correction, "retry": _retry}
_OF_INTEREST = frozenset(name.encode() for name in (*_COUNTERS, _NAMING))
