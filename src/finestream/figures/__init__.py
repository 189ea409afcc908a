"""The figures of a project: records -> sums that can be added up -> figures. PURE. Its one law: each is computed here, and nowhere else."""

from finestream.figures.counting import count, count_at_once, may_count, named
from finestream.figures.figures import FIGURES, Alert, Figure, values_of
from finestream.figures.handoffs import Handoff, count_handoff, handoffs_of
from finestream.figures.report import Report, checks, renamed, span_told
from finestream.figures.sums import Counts, Place, Span, Sums, by_agent, span_of
from finestream.figures.trend import Trend, period_of

__all__ = [
    "FIGURES",
    "Alert",
    "Counts",
    "Figure",
    "Handoff",
    "Place",
    "Report",
    "Span",
    "Sums",
    "Trend",
    "by_agent",
    "checks",
    "count",
    "count_at_once",
    "count_handoff",
    "handoffs_of",
    "may_count",
    "named",
    "period_of",
    "renamed",
    "span_of",
    "span_told",
    "values_of",
]
