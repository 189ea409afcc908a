from __future__ import annotations

import pytest

from finestream.repair.closers import Closer, drop, has_slipped, insert, insert_brace, replace
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


@pytest.mark.parametrize(("given", "needed"), [("]}", "}]}"), ("]", "}]"), ("]}]}", "}]}]}")])
def test_the_brace_of_an_item_is_inserted(given: str, needed: str) -> None:
    fix = insert_brace(run(given), list(needed))
    assert fix is not None
    assert fix.edits == [Edit("added_closer", 0, 0, "}")]
    assert fix.closed == len(given) + 1


@pytest.mark.parametrize(("given", "needed"), [("}]}", "}}]}"), ("]}", "]}]}"), ("}", "]}"), ("]]", "}]}"), ("]}", "}]"), ("]}", "}}")])
def test_a_brace_with_several_places_is_not_inserted(given: str, needed: str) -> None:
    assert insert_brace(run(given), list(needed)) is None


@pytest.mark.parametrize(("given", "needed", "at"), [("}}]", "}]", 1), ("}", "]}", 0), ("}]", "]", 0)])
def test_a_brace_too_many_is_dropped(given: str, needed: str, at: int) -> None:
    fix = drop(run(given), list(needed))
    assert fix is not None
    assert fix.edits == [Edit("dropped_closer", at, at + 1, "")]
    assert fix.closed == len(given) - 1


@pytest.mark.parametrize(("given", "needed"), [("]]", "]}"), ("}}}", "}]]"), ("}}]", "}")])
def test_what_dropping_one_brace_does_not_mend_stays(given: str, needed: str) -> None:
    assert drop(run(given), list(needed)) is None


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ('["x","y]"', "}"),  # it was typed in front of the quote
        ('["x","y]" \n', "}"),
        ('{"a":"x}"', "]"),
        ("['y]'", "}"),
        ('{"a":"{x"', "}"),  # it was typed behind the quote
        ('{"a":"say \\"{x\\""', "}"),
        ('["[a-z"', "]"),
    ],
)
def test_a_bracket_that_its_string_lacks_or_has_too_many_may_have_slipped_past_the_quote(text: str, marks: str) -> None:
    assert has_slipped(text, len(text), marks)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ('["x","[y]"', "}"),
        ('{"a":"f() { g[1]; }"', "]"),
        ('{"a":"{x"', "]"),
        ('{"a":"[x","b":"y"', "]"),
        ('{"a":1', "}"),
        ('{"a":"]b"', "}"),
        ('{"a":"\\"[x]"', "]"),
        ('\\"x"', "]"),
        ("", "}"),
    ],
)
def test_a_bracket_that_its_string_needs_has_not_slipped(text: str, marks: str) -> None:
    assert not has_slipped(text, len(text), marks)
