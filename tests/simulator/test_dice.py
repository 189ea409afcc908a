from __future__ import annotations

from finestream.simulator.dice import Dice


def test_the_same_seed_gives_the_same_throws() -> None:
    first, second, other = Dice("a", 1), Dice("a", 1), Dice("a", 2)
    throws = [first.below(1000) for _ in range(100)]
    assert throws == [second.below(1000) for _ in range(100)]
    assert throws != [other.below(1000) for _ in range(100)]


def test_throws_stay_below_the_limit_and_reach_all_numbers() -> None:
    dice = Dice(3)
    assert {dice.below(7) for _ in range(500)} == set(range(7))


def test_throws_are_the_same_on_every_machine() -> None:
    dice = Dice("pinned")
    assert [dice.below(100) for _ in range(8)] == PINNED


PINNED = [14, 55, 65, 59, 99, 50, 39, 29]
