from __future__ import annotations

import pytest

from finestream.repair.closers import Closer, drop, insert, replace
from finestream.repair.edits import Edit


def run(marks: str) -> list[Closer]:
    return [Closer(offset, mark) for offset, mark in enumerate(marks)]


@pytest.mark.parametrize(
    ("given", "needed", "rule", "edits"),
    [
        ("]", "}", "replaced_closer", [(0, "}")]),
        ("}}", "]}", "replaced_closer", [(0, "]")]),
        ("}]", "]}", "reordered_closers", [(0, "]"), (1, "}")]),
        ("}}]}", "}]}}]", "reordered_closers", [(1, "]"), (2, "}")]),
    ],
)
def test_as_many_closers_as_needed_are_replaced_or_put_in_order(given: str, needed: str, rule: str, edits: list[tuple[int, str]]) -> None:
    fix = replace(run(given), list(needed))
    assert fix is not None
    assert fix.edits == [Edit(rule, at, at + 1, mark) for at, mark in edits]
    assert fix.closed == len(given)


@pytest.mark.parametrize(("given", "needed"), [("}}}", "]]}"), ("]}", "}"), ("]]", "}}")])
def test_more_than_one_wrong_closer_is_too_much(given: str, needed: str) -> None:
    assert replace(run(given), list(needed)) is None


@pytest.mark.parametrize(("given", "needed", "at"), [("}", "]}", 0), ("}}", "}]}", 1), ("}]}", "]}]}", 0)])
def test_the_closer_of_a_list_is_inserted(given: str, needed: str, at: int) -> None:
    fix = insert(run(given), list(needed))
    assert fix is not None
    assert fix.edits == [Edit("added_closer", at, at, "]")]
    assert fix.closed == len(given) + 1


@pytest.mark.parametrize(("given", "needed"), [("]", "}]"), ("]}", "]]}"), ("}", "]]}"), ("}}", "]}]"), ("}", "]"), ("]", "}")])
def test_a_closer_with_several_places_is_not_inserted(given: str, needed: str) -> None:
    assert insert(run(given), list(needed)) is None


@pytest.mark.parametrize(("given", "needed", "at"), [("}}]", "}]", 1), ("}", "]}", 0), ("}]", "]", 0)])
def test_a_brace_too_many_is_dropped(given: str, needed: str, at: int) -> None:
    fix = drop(run(given), list(needed))
    assert fix is not None
    assert fix.edits == [Edit("dropped_closer", at, at + 1, "")]
    assert fix.closed == len(given) - 1


@pytest.mark.parametrize(("given", "needed"), [("]]", "]}"), ("}}}", "}]]"), ("}}]", "}")])
def test_what_dropping_one_brace_does_not_mend_stays(given: str, needed: str) -> None:
    assert drop(run(given), list(needed)) is None
