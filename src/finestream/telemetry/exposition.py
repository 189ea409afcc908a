"""The page for Prometheus: sums, figures, and what is open now, in its text format. PURE.

Its one law: every number is that of `finestream.figures`. Sums are counters and never go back; a figure that was not measured is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from finestream.figures import FIGURES, Sums, values_of
from finestream.figures.figures import total
from finestream.figures.sums import NOTHING

Labels = Mapping[str, str]
Sample = tuple[Labels, float]
MOST_AGENTS = 200
OTHERS = "others"
_PREFIX = "finestream_"
# What each sum counts, of docs/metrics.md; `saved` may shrink, and follows from the other two.
_SUMS = {
    "inputs": "Tool inputs that were watched to their end",
    "unwatched": "Tool inputs that were not watched to their end",
    "size": "Bytes of tool inputs with finished chunks",
    "chunks": "Finished chunks",
    "incomplete": "Tool inputs that broke off, whatever was done about it",
    "retries": "Requests that were sent again for tool inputs",
    "retried": "Tool inputs for which a request was sent again",
    "rescued": "Those of them that came whole",
    "rescued_at_once": "Those of them that came whole with one request",
    "fallbacks": "Tool inputs that were asked for once more as a whole",
    "fallbacks_whole": "Those of them that came whole",
    "malformed": "Malformed tool inputs",
    "corrected": "Those of them that were corrected",
    "repeated": "Requests that were repeated before anything had gone out",
    "handoffs": "Documents that were handed on in runs",
    "first": "Waiting until the first part of a document, summed up",
    "whole": "Waiting until the whole document, summed up",
}
_UNITS = {"size": ("_bytes", 1), "first": ("_seconds", 10**6), "whole": ("_seconds", 10**6)}
_TEXTS = {
    "latency_reduction": "Share of waiting that handing on early has saved",
    "first_chunk_seconds": "Seconds until a receiver was told the first part of a document",
    "average_chunk_bytes": "Bytes of a chunk",
    "incomplete_json_rate": "Share of tool inputs that broke off",
    "fallback_rate": "Share of tool inputs that were asked for once more as a whole",
    "correction_success": "Share of malformed inputs that were corrected",
    "retry_success": "Share of inputs that came whole after a request was sent again",
    "first_retry_success": "Share of inputs that came whole after one request was sent again",
    "fallback_success": "Share of fallbacks that came whole",
}


class Family(NamedTuple):
    """One metric with its samples."""

    name: str
    kind: str
    text: str
    samples: tuple[Sample, ...]


class Rising:
    """Sums that never go back, as counters must not: what has been rotated away out of the journal stays counted while this lives.

    The first `MOST_AGENTS` have a name each, the busiest before the others; whoever comes later is one of `OTHERS`.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._last: dict[str, Sums] = {}
        self._told: dict[str, Sums] = {}

    def of(self, agents: Mapping[str, Sums]) -> dict[str, Sums]:
        """Return what to tell where the journal holds ``agents`` now."""
        agents = self.within(agents)
        for agent in {*agents, *self._told}:
            now, last = agents.get(agent, Sums()), self._last.get(agent, Sums())
            told = self._told.get(agent, Sums())
            self._told[agent] = Sums._make(sum_ + max(0, new - old) for sum_, new, old in zip(told, now, last, strict=True))
            self._last[agent] = now
        return dict(self._told)

    def within(self, agents: Mapping[str, Sums]) -> dict[str, Sums]:
        """Return ``agents`` by the names that they have here: each is a series in every sum for as long as a Prometheus keeps it."""
        found: dict[str, Sums] = {}
        for agent, sums in sorted(agents.items(), key=lambda each: (-each[1].inputs, each[0])):
            if len(self._names) < MOST_AGENTS:
                self._names.add(agent)
            name = agent if agent in self._names else OTHERS
            found[name] = found.get(name, NOTHING).plus(sums)
        return found


def families(
    ever: Mapping[str, Sums], lately: Mapping[str, Sums], views: Iterable[Mapping[str, Any]], state: Mapping[str, Any]
) -> list[Family]:
    """Return everything that there is to tell.

    Args:
        ever: Sums by agent, of all that is known, and ``lately``, of the last day.
        views: Of the streams that are open.
        state: How the gateway is: ``streams``, ``sessions`` (None: nobody counts them), ``uptime``, ``version``.
    """
    return [*_counters(ever), *_figures(lately), *_live(views, state)]


def _counters(agents: Mapping[str, Sums]) -> Iterator[Family]:
    for name, text in _SUMS.items():
        suffix, unit = _UNITS.get(name, ("", 1))
        samples = tuple(({"agent": agent}, getattr(sums, name) / unit) for agent, sums in sorted(agents.items()))
        yield Family(f"{_PREFIX}{name}{suffix}_total", "counter", text, samples)


def _figures(agents: Mapping[str, Sums]) -> Iterator[Family]:
    """The figures of the last day: of each agent, and without a label of all together."""
    told = [({}, values_of(total(agents))), *(({"agent": agent}, values_of(sums)) for agent, sums in sorted(agents.items()))]
    for name in FIGURES:
        samples = tuple((labels, value) for labels, values in told if (value := values[name]) is not None)
        if samples:
            yield Family(f"{_PREFIX}{name}", "gauge", f"{_TEXTS[name]}, of the last 24 hours", samples)


def _live(views: Iterable[Mapping[str, Any]], state: Mapping[str, Any]) -> Iterator[Family]:
    states = Counter(str(view.get("state")) for view in views)
    samples: tuple[Sample, ...] = tuple(({"state": name}, float(number)) for name, number in sorted(states.items()))
    yield Family(f"{_PREFIX}open_streams", "gauge", "Watched responses that are open now, by what they do", samples)
    yield Family(f"{_PREFIX}open_requests", "gauge", "Requests for the API that are open now", (({}, state["streams"]),))
    if state["sessions"] is not None:
        yield Family(f"{_PREFIX}sessions", "gauge", "Sessions of Claude Code that are open now", (({}, state["sessions"]),))
    yield Family(f"{_PREFIX}uptime_seconds", "gauge", "Seconds since the gateway began", (({}, state["uptime"]),))
    yield Family(f"{_PREFIX}build_info", "gauge", "The version of finestream", (({"version": str(state["version"])}, 1.0),))


def exposition(told: Iterable[Family]) -> str:
    """Write families as Prometheus reads them (text format 0.0.4)."""
    lines: list[str] = []
    for family in told:
        lines += [f"# HELP {family.name} {family.text}", f"# TYPE {family.name} {family.kind}"]
        lines += [f"{family.name}{_labels(labels)} {_value(value)}" for labels, value in family.samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(value: str) -> str:
    text = value.encode("utf-8", "replace").decode()
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _value(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
