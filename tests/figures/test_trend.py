"""A span in periods: together they are the span, and each has the figures that follow from its own sums."""

from __future__ import annotations

import pytest

from finestream.figures import Span, Sums, Trend, period_of, values_of
from finestream.figures.trend import MOST


def clock(moment: float) -> str:
    return str(int(moment))


@pytest.mark.parametrize(("minutes", "every"), [(1, 1), (60, 1), (61, 1), (97, 2), (1441, 30), (10_081, 120), (10**7, 104_167)])
def test_a_span_is_well_divided(minutes: int, every: int) -> None:
    span = Span(100, 99 + minutes)
    assert period_of(span) == every
    assert len(Trend(span, every, {}).data(clock)["periods"]) <= MOST


def test_each_period_has_its_own_figures_and_none_is_missing() -> None:
    sums = Sums(inputs=4, incomplete=1, size=90, chunks=3)
    told = Trend(Span(10, 15), 2, {1: sums}).data(clock)
    assert told["minutes"] == 2
    assert [period["from"] for period in told["periods"]] == ["600", "720", "840"]
    assert [period["counts"]["inputs"] for period in told["periods"]] == [0, 4, 0]
    assert told["periods"][1]["figures"] == values_of(sums)
    assert set(told["periods"][0]["figures"].values()) == {None}
