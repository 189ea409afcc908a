"""Handoffs are measured from the moments of a run, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.figures.handoffs import Handoff, count_handoff, handoffs_of, step_of
from finestream.figures.sums import Place, Sums

Entries = dict[str, list[dict[str, Any]]]


def entry(kind: str, at: float, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at, **more}


def run() -> Entries:
    """The first begins to hand on at 100 and is through at 110; the second is told at 102."""
    first = [
        entry("began", 90),
        entry("given", 91, upto={}),
        entry("handing", 100),
        entry("part", 101),
        entry("part", 110),
        entry("done", 111),
    ]
    second = [entry("began", 95), entry("given", 96, upto={"first": 0}), entry("given", 102, upto={"first": 1})]
    return {"first": first, "second": [*second, entry("given", 111, upto={"first": 2}), entry("done", 120)]}


def test_the_first_part_is_set_against_the_whole_document() -> None:
    [handoff] = handoffs_of(run())
    assert handoff == Handoff("first", "second", 2, 10, 110)
    assert handoff.reduction == pytest.approx(0.8)
    assert count_handoff(handoff) == (Place(1, "first"), Sums(handoffs=1, first=2_000_000, saved=8_000_000, whole=10_000_000))


def test_a_document_that_is_handed_on_as_a_whole_saves_nothing() -> None:
    entries = run()
    entries["second"][2]["at"] = 110.5
    [handoff] = handoffs_of(entries)
    counted = count_handoff(handoff)
    assert counted and counted[1].saved == -500_000


def test_what_was_lost_on_the_way_was_not_told() -> None:
    entries = run()
    entries["second"].insert(3, entry("lost", 103))
    [handoff] = handoffs_of(entries)
    assert handoff.first == 11
    entries["second"].insert(0, entry("lost", 90))
    assert list(handoffs_of(entries)) == [handoff]


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ("first", lambda own: own.append(entry("began", 105))),
        ("second", lambda own: own.append(entry("began", 105))),
        ("first", lambda own: own.pop()),
        ("first", lambda own: own.pop(2)),
        ("first", lambda own: own.__delitem__(slice(3, 5))),
        ("second", lambda own: own.__delitem__(slice(2, 4))),
    ],
    ids=["the sender began anew", "the receiver began anew", "not done", "no beginning", "no part", "never told"],
)
def test_what_cannot_be_measured_is_not(step: str, change: Any) -> None:
    entries = run()
    change(entries[step])
    assert list(handoffs_of(entries)) == []


def test_a_sender_that_is_not_in_the_run_is_passed_over() -> None:
    entries = run()
    del entries["first"]
    assert list(handoffs_of(entries)) == []


@pytest.mark.parametrize(("first", "whole"), [(1, 0), (-1, 5), (1, 1e9), (1e9, 5)])
def test_moments_that_cannot_be_count_for_nothing(first: float, whole: float) -> None:
    assert count_handoff(Handoff("a", "b", first, whole, 60)) is None


def test_a_document_that_was_there_at_once_had_nothing_to_save() -> None:
    assert Handoff("a", "b", 1, 0, 60).reduction == 0


def test_entries_are_told_from_other_lines() -> None:
    assert step_of({"step": "a", "kind": "part", "at": 1}) == "a"
    assert step_of({"step": "a", "kind": "given", "at": 1, "upto": {"b": 1}}) == "a"
    assert step_of({"step": "a", "kind": "turn", "at": 1}) is None
    for wrong in ({"kind": "part", "at": 1}, {"step": "a", "kind": "part"}, {"step": "a", "kind": "given", "at": 1, "upto": {"b": "1"}}):
        with pytest.raises(ValueError, match="no entry"):
            step_of(wrong)
