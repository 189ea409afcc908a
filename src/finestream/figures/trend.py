"""How the figures have come about in the course of a span. PURE. Its one law: all periods together are the span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finestream.figures.report import Clock, Json, told
from finestream.figures.sums import NOTHING, Span, Sums

MOST = 96  # periods; what is drawn finer than that, nobody sees
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200)  # minutes


def period_of(span: Span) -> int:
    """Return the minutes of a period with which a span is well divided."""
    minutes = span.last - span.first + 1
    return next((step for step in _STEPS if minutes <= step * MOST), -(-minutes // MOST))


@dataclass(frozen=True, slots=True)
class Trend:
    """``sums``: of the periods of ``every`` minutes by number; where there is none, nothing was counted."""

    span: Span
    every: int
    sums: Mapping[int, Sums]

    def data(self, clock: Clock) -> Json:
        """Return it as JSON values: each period from its first minute on, the last one as far as the span goes."""
        starts = range(self.span.first, self.span.last + 1, self.every)
        periods = [{"from": clock(start * 60), **told(self.sums.get(number, NOTHING))} for number, start in enumerate(starts)]
        return {"minutes": self.every, "periods": periods}
