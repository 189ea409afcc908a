"""The figures themselves: sums -> what every surface shows. PURE. Its one law: a figure without data is None.

Each figure is one sum divided by another; docs/metrics.md tells what they mean, and a test holds page and table together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from finestream.figures.sums import NOTHING, Sums

Values = Mapping[str, float | None]
"""Figures by name; None is not measured."""


class Figure(NamedTuple):
    """``over`` divided by ``under``, both names of sums, and by ``unit``."""

    over: str
    under: str
    unit: int = 1

    def of(self, sums: Sums) -> float | None:
        """Return its value."""
        under: int = getattr(sums, self.under)
        over: int = getattr(sums, self.over)
        return over / (under * self.unit) if under else None


FIGURES: Mapping[str, Figure] = {
    "latency_reduction": Figure("saved", "whole"),
    "first_chunk_seconds": Figure("first", "handoffs", 10**6),
    "average_chunk_bytes": Figure("size", "chunks"),
    "incomplete_json_rate": Figure("incomplete", "inputs"),
    "fallback_rate": Figure("fallbacks", "inputs"),
    "correction_success": Figure("corrected", "malformed"),
    "retry_success": Figure("rescued", "retried"),
    "first_retry_success": Figure("rescued_at_once", "retried"),
    "fallback_success": Figure("fallbacks_whole", "fallbacks"),
}


def values_of(sums: Sums) -> dict[str, float | None]:
    """Compute every figure."""
    return {name: figure.of(sums) for name, figure in FIGURES.items()}


def total(agents: Mapping[str, Sums]) -> Sums:
    """Return the sums of all agents together."""
    found = NOTHING
    for sums in agents.values():
        found = found.plus(sums)
    return found


class Alert(NamedTuple):
    """A figure that is above its limit."""

    figure: str
    value: float
    limit: float


def alerts_of(values: Values, limits: Mapping[str, float]) -> list[Alert]:
    """Return the figures that are above their ``limits``; one that was not measured is not."""
    return [Alert(name, value, limit) for name, limit in limits.items() if (value := values[name]) is not None and value > limit]
