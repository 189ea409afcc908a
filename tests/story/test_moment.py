"""Timestamps are read as the calendar has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.story import parse_moment


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_moment_of_the_journal_is_read(moment: datetime) -> None:
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert parse_moment(text) == pytest.approx(datetime.fromisoformat(text).timestamp(), abs=1e-3)


@pytest.mark.parametrize("hours", [-9.5, 2])
def test_a_zone_is_obeyed(hours: float) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59, tzinfo=timezone(timedelta(hours=hours)))
    assert parse_moment(moment.isoformat()) == moment.timestamp()


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-25", "2026-11-25T10:00:00", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "٢٠٢٦-11-25T10:00:00Z", None, 5],
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse_moment(text) is None
