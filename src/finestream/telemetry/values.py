"""What is told, as plain values: spans, their events, and measurements; no SDK is needed to make or to test them. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

Record: TypeAlias = Mapping[str, Any]
Attributes: TypeAlias = dict[str, str | int | float | bool | list[str]]
LONGEST = 256
"""Characters of a name or an id; upstream may call a tool anything."""


class SpanValue(NamedTuple):
    """A span but for its place in a tree. ``start`` and ``end``: seconds since 1970; ``error``: the type of one, or None."""

    name: str
    start: float
    end: float
    attributes: Attributes
    error: str | None = None


class EventValue(NamedTuple):
    """Something that happened in a span."""

    name: str
    attributes: Attributes


class Measure(NamedTuple):
    """One value for an instrument of `finestream.telemetry.instruments`, in its unit."""

    instrument: str
    value: float
    attributes: Attributes


def attributes(pairs: Mapping[str, object]) -> Attributes:
    """Leave out what is not known, and everything that cannot be an attribute."""
    return {name: _attribute(value) for name, value in pairs.items() if _is_attribute(value)}


def spelled(text: str) -> str:
    """Return a text as it can be sent: half a character would keep back everything that is sent along with it."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


def _is_attribute(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, str) for each in value)
    return isinstance(value, (str, int, float)) and value != ""


def _attribute(value: Any) -> Any:
    if isinstance(value, list):
        return [spelled(each) for each in value]
    return spelled(value) if isinstance(value, str) else value


def agent_of(record: Record) -> str:
    """Name who speaks. An agent whose name nobody has told is one of any number, which makes no label."""
    name = record.get("agent_from")
    return name if isinstance(name, str) and name and name != record.get("agent_id") else "subagent"


def number(record: Record, name: str) -> float | None:
    """Return a number of a record that can be measured."""
    value = record.get(name)
    return value if type(value) in (int, float) and 0 <= value < 2**53 else None  # type: ignore[operator] # it is a number


def outcome_of(record: Record) -> str | None:
    """Return how it came out, without the reason, which may hold anybody's words."""
    outcome = record.get("outcome")
    return outcome.partition(":")[0] if isinstance(outcome, str) else None
