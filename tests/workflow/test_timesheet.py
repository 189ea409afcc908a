"""Hours: what overlaps is counted once where it has to be, and nothing that nobody has seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.workflow.timesheet import Spell, Timesheet, covered, most, total

MOMENTS = st.lists(st.tuples(st.sampled_from(["work", "rest", "break_off"]), st.integers(0, 50)))


def sheet(*told: tuple[str, float], since: float | None = None) -> Timesheet:
    hours = Timesheet(since)
    for what, at in told:
        if what == "break_off":
            hours.break_off()
        else:
            getattr(hours, what)(at)
    return hours


def test_a_spell_lasts_until_somebody_rests_or_until_now() -> None:
    assert sheet(("work", 1), ("work", 3), ("rest", 4), ("work", 6)).spells(9) == [(1, 4), (6, 9)]
    assert sheet(("rest", 4)).spells(9) == []


def test_what_vanished_has_worked_until_it_was_last_heard_of() -> None:
    assert sheet(("work", 1), ("work", 3), ("break_off", 0), ("work", 8), ("rest", 9)).spells(20) == [(1, 3), (8, 9)]


def test_what_was_open_before_this_process_is_not_open_now() -> None:
    before = sheet(("work", 1), ("work", 3), since=10)
    assert (before.is_open, before.spells(20)) == (False, [(1, 3)])
    after = sheet(("work", 1), ("work", 3), ("work", 11), since=10)
    assert (after.is_open, after.spells(20)) == (True, [(1, 3), (11, 20)])
    assert sheet(("work", 1), ("work", 3), ("rest", 15), since=10).spells(20) == [(1, 3)]


def test_hours_of_several() -> None:
    spells = [(0.0, 4.0), (1.0, 2.0), (3.0, 6.0), (8.0, 9.0)]
    assert (total(spells), covered(spells)) == (9.0, 7.0)
    assert covered([]) == 0.0


@pytest.mark.parametrize(
    ("spells", "at_once"),
    [
        ([], 0),
        ([(1.0, 1.0)], 0),
        ([(1.0, 2.0), (2.0, 3.0)], 1),
        ([(0.0, 4.0), (1.0, 2.0), (3.0, 6.0), (8.0, 9.0)], 2),
        ([(0.0, 9.0), (1.0, 3.0), (2.0, 4.0)], 3),
    ],
)
def test_how_many_were_at_work_at_once(spells: list[Spell], at_once: int) -> None:
    assert most(spells) == at_once


@given(MOMENTS, st.integers(0, 60))
def test_no_spell_ends_before_it_begins_and_none_counts_twice(told: list[tuple[str, float]], now: int) -> None:
    spells = sheet(*told).spells(now)
    assert all(start <= end for start, end in spells)
    assert covered(spells) == sum(any(start <= second < end for start, end in spells) for second in range(61))
