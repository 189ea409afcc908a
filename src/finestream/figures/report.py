"""What is told of a span, as data and compared with data. PURE. Its one law: every surface shows these values, and computes none itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from finestream.figures.figures import Alert, alerts_of, total, values_of
from finestream.figures.sums import NOTHING, Span, Sums
from finestream.story import parse_moment

Json = dict[str, Any]
Clock = Callable[[float], str]
"""Seconds since 1970 -> how they are written."""


@dataclass(frozen=True, slots=True)
class Report:
    """Of the agents of a project in a span.

    ``begins``: the first minute of which something is known, whatever the span. ``damaged``: lines that could not be read.
    """

    span: Span
    agents: Mapping[str, Sums]
    limits: Mapping[str, float]
    begins: int | None = None
    damaged: int = 0

    @property
    def sums(self) -> Sums:
        """All agents together."""
        return total(self.agents)

    @property
    def values(self) -> dict[str, float | None]:
        """The figures of all agents together."""
        return values_of(self.sums)

    @property
    def alerts(self) -> list[Alert]:
        """What is above its limit."""
        return alerts_of(self.values, self.limits)

    @property
    def reaches_back(self) -> bool:
        """Whether something is known of the time before the span, so that nothing of it can be missing."""
        return self.begins is not None and self.begins <= self.span.first

    def data(self, clock: Clock) -> Json:
        """Return it as JSON values."""
        return {
            "from": clock(self.span.first * 60),
            "to": clock(self.span.last * 60 + 59),
            "journal_begins": None if self.begins is None else clock(self.begins * 60),
            "damaged_lines": self.damaged,
            **told(self.sums),
            "agents": {agent: told(sums) for agent, sums in sorted(self.agents.items())},
            "alerts": [alert._asdict() for alert in self.alerts],
        }


def told(sums: Sums) -> Json:
    """Return sums as JSON values, with the figures that follow from them."""
    return {"figures": values_of(sums), "counts": sums._asdict()}


def renamed(agents: Mapping[str, Sums], names: Mapping[str, str]) -> dict[str, Sums]:
    """Put agents together that have one name. ``names``: by id, as far as somebody has told."""
    found: dict[str, Sums] = {}
    for agent, sums in agents.items():
        name = names.get(agent, agent)
        found[name] = found.get(name, NOTHING).plus(sums)
    return found


def span_told(data: Json) -> Span | None:
    """Return the span of a report that was written down."""
    first, last = parse_moment(data.get("from")), parse_moment(data.get("to"))
    return None if first is None or last is None else Span(int(first // 60), int(last // 60))


class Check(NamedTuple):
    """One value of a report that was written down, and what it is when it is computed anew."""

    name: str
    told: object
    found: object

    @property
    def is_same(self) -> bool:
        """Whether both agree."""
        return self.told == self.found and isinstance(self.told, bool) == isinstance(self.found, bool)


def checks(told: Json, found: Json) -> Iterator[Check]:
    """Compare every value; what only one of them has is none in the other."""
    written, computed = dict(_leaves(_values(told), "")), dict(_leaves(_values(found), ""))
    for name in {**computed, **written}:
        yield Check(name, written.get(name, _ABSENT), computed.get(name, _ABSENT))


_ABSENT = "absent"


def _values(data: Json) -> Json:
    return {name: data.get(name) for name in ("figures", "counts", "agents", "damaged_lines")}


def _leaves(value: object, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, f"{name}.{key}" if name else str(key))
    else:
        yield name, value
