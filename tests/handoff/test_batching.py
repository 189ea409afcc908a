"""When parts go to a receiver: nothing lost, order kept, and each priority as its table says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog.values import PRIORITIES, Priority
from finestream.handoff import Batch, Part
from finestream.handoff.batching import LEAST, MOST, PAUSE, USUAL


def part(number: int, size: int) -> Part:
    return Part(number, "a", "text", number, "x" * size)


MOVES = st.lists(
    st.one_of(
        st.lists(st.integers(0, 3000), max_size=4).map(lambda sizes: ("add", sizes)),
        st.sampled_from([("ask", True), ("ask", False), ("join", True), ("wait", PAUSE / 2), ("wait", PAUSE * 2)]),
    ),
    max_size=30,
)


@given(st.sampled_from(PRIORITIES), MOVES)
def test_nothing_is_lost_and_the_order_is_kept(priority: Priority, moves: list[tuple[str, object]]) -> None:
    batch, now = Batch(priority), 0.0
    sent: list[Part] = []
    told: list[Part] = []
    for move, what in moves:
        if move == "add" and isinstance(what, list):
            parts = [part(len(sent) + at, size) for at, size in enumerate(what, 1)]
            batch.add(parts, now)
            sent += parts
        elif move == "wait" and isinstance(what, float):
            now += what
        elif (move == "ask" and batch.is_due(now)) or (move == "join" and batch.can_join):
            told += batch.take(is_waiting=bool(what))
        assert told + batch.parts == sent
        assert not (priority == "low" and told)
        assert priority != "high" or batch.is_due(now) == bool(batch.parts)
    batch.finish()
    assert batch.is_due(now) == (len(told) < len(sent))
    assert told + batch.take(is_waiting=True) == sent
    assert not batch.is_due(now + 1000)
    assert batch.take(is_waiting=True) == []


@pytest.mark.parametrize(("priority", "is_due", "is_due_later", "can_join"), [("high", True, True, True), ("low", False, False, False)])
def test_high_is_told_at_once_and_low_at_the_end(priority: Priority, is_due: bool, is_due_later: bool, can_join: bool) -> None:
    batch = Batch(priority)
    assert not batch.is_due(0.0)
    batch.add([part(1, 1)], 0.0)
    assert (batch.is_due(0.0), batch.is_due(1e9), batch.can_join) == (is_due, is_due_later, can_join)
    batch.add([part(2, MOST * 2)], 0.0)
    assert (batch.is_due(0.0), batch.deadline) == (is_due, None)
    batch.finish()
    assert batch.is_due(0.0)


def test_medium_waits_for_its_size() -> None:
    batch = Batch("medium")
    batch.add([part(1, USUAL - 1)], 5.0)
    assert not batch.is_due(5.0)
    batch.add([part(2, 1)], 5.0)
    assert batch.is_due(5.0)
    assert batch.can_join


def test_medium_waits_no_longer_than_a_pause_of_the_sender() -> None:
    batch = Batch("medium")
    batch.add([part(1, LEAST - 1)], 5.0)
    assert (batch.deadline, batch.is_due(1e9)) == (None, False)
    batch.add([part(2, 1)], 6.0)
    assert batch.deadline == 6.0 + PAUSE
    batch.add([], 7.0)
    assert batch.deadline == 6.0 + PAUSE
    assert [batch.is_due(now) for now in (6.0, 6.0 + PAUSE)] == [False, True]
    batch.take(is_waiting=True)
    assert not batch.is_due(1e9)


def due_at(batch: Batch) -> int:
    """The size at which ``batch`` is due; it is emptied."""
    parts = 0
    while not batch.is_due(0.0):
        parts += 1
        batch.add([part(parts, 1)], 0.0)
    batch.parts.clear()
    return parts


@pytest.mark.parametrize(
    ("waits", "sizes"),
    [
        ([True] * 4, [USUAL // 2, LEAST, LEAST, LEAST]),
        ([False] * 4, [USUAL * 2, MOST, MOST, MOST]),
        ([True, False, False, True], [USUAL // 2, USUAL, USUAL * 2, USUAL]),
    ],
)
def test_medium_grows_while_the_receiver_works_and_shrinks_while_it_waits(waits: list[bool], sizes: list[int]) -> None:
    batch = Batch("medium")
    found = []
    for is_waiting in waits:
        batch.take(is_waiting=is_waiting)
        found.append(due_at(batch))
        batch.take(is_waiting=is_waiting)  # empties its size too
        batch.take(is_waiting=not is_waiting)
    assert found == sizes


@given(st.lists(st.booleans(), max_size=20))
def test_medium_stays_within_its_bounds(waits: list[bool]) -> None:
    batch = Batch("medium")
    for is_waiting in waits:
        batch.take(is_waiting=is_waiting)
    batch.add([part(1, LEAST - 1)], 0.0)
    assert not batch.is_due(0.0)
    batch.add([part(2, MOST - LEAST + 1)], 0.0)
    assert batch.is_due(0.0)
