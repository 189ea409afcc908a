"""The ladder: one owner of retries, and an end to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.monitor.ladder import Ladder, Rung
from finestream.settings import Settings

C, R, F, G = Rung.CONTINUE, Rung.REPEAT, Rung.FALLBACK, Rung.GIVE_UP
DEFAULT = Settings()


def climbs(ladder: Ladder, count: int, *, can_continue: bool = True, can_repeat: bool = True) -> list[Rung]:
    """The rungs of attempts that all bring nothing."""
    found = []
    for _ in range(count):
        found.append(ladder.climb(can_continue=can_continue, can_repeat=can_repeat))
        ladder.failed()
    return found


# mode, attempts, can_continue, can_repeat -> the rungs of attempts that all fail
ROWS: list[tuple[str, int, bool, bool, list[Rung]]] = [
    ("continue", 2, True, True, [C, C, F, G, G]),
    ("continue", 2, True, False, [C, C, G, G]),
    ("continue", 2, False, True, [R, R, F, G, G]),
    ("continue", 2, False, False, [G, G]),
    ("retry", 2, True, True, [R, R, F, G, G]),
    ("retry", 2, True, False, [G, G]),
    ("retry", 2, False, True, [R, R, F, G]),
    ("continue", 0, True, True, [F, G]),
    ("continue", 0, True, False, [G]),
    ("continue", 3, True, True, [C, C, C, F, G]),
    *(("off", attempts, can_continue, True, [G, G]) for attempts in (0, 2) for can_continue in (True, False)),
    ("off", 2, True, False, [G, G]),
]


@pytest.mark.parametrize(("mode", "attempts", "can_continue", "can_repeat", "expected"), ROWS)
def test_the_rungs_in_order(mode: str, attempts: int, can_continue: bool, can_repeat: bool, expected: list[Rung]) -> None:
    settings = replace(DEFAULT, recovery=mode, attempts=attempts)  # type: ignore[arg-type]  # a name of the three
    ladder = Ladder(settings)
    assert climbs(ladder, len(expected), can_continue=can_continue, can_repeat=can_repeat) == expected
    assert ladder.attempts == sum(rung is not G for rung in expected)


def test_progress_starts_the_count_again_and_gives_the_fallback_back() -> None:
    ladder = Ladder(DEFAULT)
    assert climbs(ladder, 3) == [C, C, F]
    ladder.progressed()
    assert ladder.failures == 0
    assert climbs(ladder, 4) == [C, C, F, G]
    assert ladder.attempts == 6


def test_a_refused_request_is_not_sent_again_as_it_was() -> None:
    ladder = Ladder(DEFAULT)
    assert ladder.climb(can_continue=True, can_repeat=True) is C
    ladder.failed(final=True)
    assert ladder.climb(can_continue=True, can_repeat=True) is F
    ladder.failed(final=True)
    assert ladder.climb(can_continue=True, can_repeat=True) is G


def test_what_is_possible_may_change_on_the_way() -> None:
    ladder = Ladder(DEFAULT)
    assert ladder.climb(can_continue=False, can_repeat=True) is R
    ladder.failed()
    assert ladder.climb(can_continue=True, can_repeat=False) is C
    ladder.failed()
    assert ladder.climb(can_continue=True, can_repeat=True) is F


@given(st.lists(st.sampled_from(["fail", "final", "climb"])), st.integers(0, 4), st.booleans(), st.booleans())
def test_without_progress_there_is_an_end(steps: list[str], attempts: int, can_continue: bool, can_repeat: bool) -> None:
    ladder = Ladder(replace(DEFAULT, attempts=attempts))
    sent = 0
    for step in steps:
        if step == "climb":
            sent += ladder.climb(can_continue=can_continue, can_repeat=can_repeat) is not G
            ladder.failed()
        else:
            ladder.failed(final=step == "final")
    assert sent == ladder.attempts <= attempts + 1


@pytest.mark.parametrize(
    ("backoff", "failures", "is_limit", "retry_after", "expected"),
    [
        ((2.0, 4.0), 0, False, None, 2.0),
        ((2.0, 4.0), 1, False, None, 4.0),
        ((2.0, 4.0), 7, False, None, 4.0),
        ((2.0, 4.0), 0, True, None, 0.0),
        ((2.0, 4.0), 0, True, 9.0, 0.0),
        ((2.0, 4.0), 1, True, None, 4.0),
        ((2.0, 4.0), 0, False, 9.0, 9.0),
        ((2.0, 4.0), 0, False, 0.5, 2.0),
        ((2.0, 4.0), 0, False, -3.0, 2.0),
        ((), 3, False, None, 0.0),
        ((), 0, False, 1.5, 1.5),
    ],
)
def test_how_long_to_wait(backoff: tuple[float, ...], failures: int, is_limit: bool, retry_after: float | None, expected: float) -> None:
    ladder = Ladder(replace(DEFAULT, backoff=backoff))
    for _ in range(failures):
        ladder.failed()
    assert ladder.delay(is_limit=is_limit, retry_after=retry_after) == expected
