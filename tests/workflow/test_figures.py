"""Figures of a run: what its entries say, and the bound that no run of the same requests can undercut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from finestream.workflow.figures import Bound, bound_of, described, figures_of
from finestream.workflow.ledger import Entry
from finestream.workflow.plan import Plan
from tests.workflow.telling import assignment, began, given, part, plain, turn

START = 1_000_000.0
TWO = Plan("two", "r", {"one": assignment("one", receivers=("two",)), "two": assignment("two", ("one",))})


def moved(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [{**entry, "at": START + entry["at"]} for entry in entries]


def run(**entries: Sequence[Entry]) -> dict[str, list[dict[str, Any]]]:
    return {step: moved(own) for step, own in entries.items()}


def handing(at: float) -> dict[str, Any]:
    return plain("handing", at)


def done(at: float) -> dict[str, Any]:
    return plain("done", at)


# One writes two parts, at 3 s and 6 s; two is told the first one at 4 s, the second one at 10 s.
ONE = [began(0.5), given(1), handing(2), part(3, 1, "a"), part(6, 2, "b"), turn(6.5), done(6.5)]
TWO_READS = [
    began(2),
    given(4, {"one": 1}),
    handing(6),
    part(8, 1, "a"),
    turn(9),
    given(10, {"one": 2}),
    handing(11),
    part(13, 2, "b"),
    done(14),
]


def test_figures_are_moments_that_were_kept() -> None:
    figures = figures_of(run(one=ONE, two=TWO_READS), START)
    assert (figures.starting, figures.makespan) == (1.0, 13.0)
    [handoff] = figures.handoffs
    assert (handoff.sender, handoff.receiver, handoff.first, handoff.whole) == ("one", "two", 2.0, 4.0)
    assert described(figures) == {
        "starting": 1.0,
        "makespan": 13.0,
        "handoffs": [{"sender": "one", "receiver": "two", "first": 2.0, "whole": 4.0, "reduction": 0.5}],
    }


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([given(1), done(2)], [given(3), done(4)]),
        (ONE, [given(3), done(4)]),
        (ONE, [given(3, {"one": 0}), done(4)]),
        ([given(1), handing(2), done(3)], [given(3, {"one": 1}), done(4)]),
        ([given(1), part(2, 1, "a"), done(3)], [given(3, {"one": 1}), done(4)]),
    ],
)
def test_a_handoff_of_which_a_moment_is_missing_is_none(one: list[Entry], two: list[Entry]) -> None:
    assert figures_of(run(one=one, two=two), START).handoffs == ()


def test_what_never_arrived_was_not_told() -> None:
    lost = [began(2), given(4, {"one": 1}), plain("lost", 5), given(7, {"one": 1}), handing(8), part(9, 1, "a"), done(9)]
    assert figures_of(run(one=ONE, two=lost), START).handoffs[0].first == 5.0


# The time to the first token is 0.5 s in each.
BOUNDS: Mapping[str, tuple[dict[str, list[dict[str, Any]]], Bound]] = {
    "nobody": ({}, Bound(0.0, 0.0)),
    "somebody who has done nothing": ({"one": [plain("skipped", 1)]}, Bound(0.0, 0.0)),
    # 0.5 to the first token, 4 until the last part; the client needed 0.5 more.
    "one": ({"one": ONE}, Bound(4.5, 5.0)),
    # two: told at 1.5, answers from 2.0 to 4.0; its second request waits for the part of 4.5, and takes 0.5 + 2.
    # With its client it needs 1.5 more; its second request has nothing to wait for.
    "two": ({"one": ONE, "two": TWO_READS}, Bound(7.0, 8.5)),
    # Its only answer was words.
    "words": ({"one": [given(1), turn(5), done(5)]}, Bound(0.5, 0.5)),
    # In a second turn of its own nothing else is waited for.
    "turns": (
        {"one": [given(1), handing(2), part(4, 1, "a"), turn(5), given(9), handing(10), part(11, 2, "b"), done(11)]},
        Bound(4.0, 4.5),
    ),
    # Several calls in one answer: from the first of them on.
    "calls": ({"one": [given(1), handing(2), part(3, 1, "a"), handing(4), part(6, 2, "b"), turn(7), done(7)]}, Bound(4.5, 5.0)),
    # Their answers go back in one request.
    "answers": (
        {"one": [given(1), handing(2), handing(3), part(4, 1, "a"), given(5), given(5.1), handing(6), part(7, 2, "b"), done(8)]},
        Bound(0.5 + 2 + 0.5 + 1, 5.0 - 0.5),
    ),
    "answers that bring parts": (
        {"one": ONE, "two": [given(7, {"one": 2}), given(7.1), handing(8), part(9, 1, "a"), done(9)]},
        Bound(4.5 + 0.5 + 1, 5.0 + 0.5 + 0.4 + 1),
    ),
    # What never arrived was no request, and one that failed at once has cost nothing.
    "lost": ({"one": [given(1), began(3), plain("lost", 3), given(3.1), handing(4), part(5, 1, "a"), done(5)]}, Bound(1.5, 1.9)),
    "refused": (
        {"one": [given(1), {**turn(1.1), "fault": "overloaded"}, plain("retry", 1.1), given(2), handing(2.5), part(4, 1, "a"), done(4)]},
        Bound(2.0, 2.0),
    ),
    "gone": ({"one": [given(1), plain("retry", 1.1), began(1.5), given(2), handing(2.5), part(4, 1, "a"), done(4)]}, Bound(2.0, 2.0)),
    # What has failed in the middle has brought what it has brought.
    "failed": (
        {"one": [given(1), handing(2), part(3, 1, "a"), {**turn(4), "fault": "reset"}, given(5), handing(6), part(8, 2, "b"), done(9)]},
        Bound(0.5 + 1 + 0.5 + 2, 4.5),
    ),
    # Found in the last words: there was no call.
    "said": ({"one": [given(1), turn(3), part(3, 1, "a"), done(3)]}, Bound(0.5, 0.5)),
    "broken off": ({"one": [*ONE[:-1], given(7), handing(8), part(9, 3, "c")]}, Bound(4.5, 5.0)),
    "before anything": ({"one": [handing(0), part(0, 1, "a"), given(1), turn(3), done(3)]}, Bound(0.5, 0.5)),
    "a part without a call": ({"one": [given(1), part(3, 1, "a"), done(3)]}, Bound(0.5, 0.5)),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_the_bound_of_runs_that_can_be_reckoned_by_hand(case: str) -> None:
    entries, expected = BOUNDS[case]
    bound = bound_of(run(**entries), 0.5)
    assert (bound.perfect, bound.starting) == pytest.approx((expected.perfect, expected.starting), abs=1e-6)


class Wish:
    """What a model does in one request: nothing is known of when."""

    def __init__(self, needs: Mapping[str, int], offsets: Sequence[float]) -> None:
        self.needs = needs
        self.offsets = offsets  # of its parts, from the beginning of the handoff


MOMENTS = st.integers(0, 40).map(lambda tenths: tenths / 10)
NAMES = ("d", "c", "b", "a")  # in the order of the workflow, which is not that of the alphabet


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, list[Wish]]:
    """What each step is asked in a run: every request but the first of all needs parts of those before it."""
    found: dict[str, list[Wish]] = {}
    for place, step in enumerate(NAMES[: draw(st.integers(1, len(NAMES)))]):
        read = dict.fromkeys(NAMES[:place], 0)
        found[step] = []
        for number in range(draw(st.integers(1, 3))):
            for sender in read:
                parts = sum(len(wish.offsets) for wish in found[sender])
                read[sender] = draw(st.integers(max(read[sender], int(number == 0)), parts))
            offsets = sorted(draw(st.lists(MOMENTS, min_size=1, max_size=3)))
            found[step].append(Wish({sender: upto for sender, upto in read.items() if upto}, offsets))
    return found


def played(asked: Mapping[str, Sequence[Wish]], first_token: float, late: Sequence[float]) -> dict[str, list[dict[str, Any]]]:
    """A run of these requests in which everything comes by ``late`` seconds later than it could, one after the other."""
    pauses = iter(late)
    entries: dict[str, list[dict[str, Any]]] = {}
    there: dict[tuple[str, int], float] = {}
    for step, own in asked.items():
        free, number, entries[step] = START, 0, []
        for wish in own:
            begin = max([free, *(there[sender, upto] for sender, upto in wish.needs.items())]) + next(pauses, 0.0)
            begun = begin + first_token + next(pauses, 0.0)
            entries[step] += [given(begin, dict(wish.needs)), handing(begun)]
            for offset in wish.offsets:
                number += 1
                there[step, number] = free = begun + offset
                entries[step].append(part(free, number, "m"))
            free += next(pauses, 0.0)
            entries[step].append(turn(free))
        entries[step].append(done(free))
    return entries


@drawn(wishes(), MOMENTS)
def test_a_run_without_any_cost_takes_as_long_as_the_bound(asked: dict[str, list[Wish]], first_token: float) -> None:
    entries = played(asked, first_token, ())
    bound = bound_of(entries, first_token)
    assert figures_of(entries, START).makespan == pytest.approx(bound.perfect, abs=1e-6)
    assert bound.starting == pytest.approx(bound.perfect, abs=1e-6)


@drawn(wishes(), MOMENTS, st.lists(MOMENTS))
def test_no_run_is_faster_than_its_bound(asked: dict[str, list[Wish]], first_token: float, late: list[float]) -> None:
    entries = played(asked, first_token, late)
    bound = bound_of(entries, first_token)
    ideal = bound_of(played(asked, first_token, ()), first_token)
    assert bound.perfect == pytest.approx(ideal.perfect, abs=1e-6)
    assert bound.perfect <= bound.starting + 1e-6
    assert bound.starting <= figures_of(entries, START).makespan + 1e-6
