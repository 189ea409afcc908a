"""Sums add up in any order and any pieces."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from finestream.figures.sums import NOTHING, Counts, Place, Span, Sums, by_agent, minute_of, span_of
from tests.figures.strategies import sums

PLACES = st.builds(Place, st.integers(0, 5), st.sampled_from(("main", "qa")))
COUNTED = st.lists(st.tuples(PLACES, sums()), max_size=20)


@given(COUNTED, st.randoms())
def test_order_and_cutting_change_nothing(counted: list[tuple[Place, Sums]], dice: Random) -> None:
    at_once = dict(Counts(counted))
    shuffled = list(counted)
    dice.shuffle(shuffled)
    cut = len(shuffled) // 3
    pieces = [*Counts(shuffled[:cut]), *Counts(shuffled[cut:])]
    assert dict(Counts(pieces)) == at_once
    span = Span(1, 4)
    assert by_agent(pieces, span) == by_agent(counted, span)


def test_healthy_inputs_are_added_to_the_others() -> None:
    here, there = Place(1, "qa"), Place(2, "qa")
    counts = Counts([(here, Sums(inputs=1, incomplete=1))])
    for place, size in ((here, 10), (there, 20), (here, 30)):
        counts.add_healthy(place, size, 2)
    for _ in range(2):
        assert dict(counts) == {here: Sums(inputs=3, incomplete=1, size=40, chunks=4), there: Sums(inputs=1, size=20, chunks=2)}


@given(sums(), sums())
def test_each_number_is_added_to_its_own(one: Sums, other: Sums) -> None:
    both = one.plus(other)
    assert all(getattr(both, name) == getattr(one, name) + getattr(other, name) for name in Sums._fields)
    assert one.plus(NOTHING) == one


def test_a_span_is_whole_minutes_with_both_ends() -> None:
    assert span_of(600.5, 60) == Span(9, 10)
    assert [minute_of(moment) for moment in (0, 59.9, 60)] == [0, 0, 1]
    counted = [(Place(minute, "qa"), Sums(inputs=10**minute)) for minute in range(4)]
    assert by_agent(counted, Span(1, 2)) == {"qa": Sums(inputs=110)}
