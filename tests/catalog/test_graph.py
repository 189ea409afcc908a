"""Graphs of steps: orders, cycles, drawings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog.graph import ancestors, draw, find_cycle, order

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


@st.composite
def graphs(draw_from: st.DrawFn, *, acyclic: bool) -> dict[str, list[str]]:
    names = [f"s{number}" for number in range(draw_from(st.integers(1, 9)))]
    return {
        name: draw_from(st.lists(st.sampled_from(names[:number] if acyclic else names), max_size=4)) if number or not acyclic else []
        for number, name in enumerate(names)
    }


@given(graphs(acyclic=True))
def test_each_step_stands_behind_what_it_needs(needs: dict[str, list[str]]) -> None:
    found = order(needs)
    assert sorted(found) == sorted(needs)
    assert all(found.index(each) < found.index(name) for name in needs for each in needs[name])
    assert find_cycle(needs) == []


@given(graphs(acyclic=False))
def test_a_cycle_is_one_and_is_found_where_there_is_one(needs: dict[str, list[str]]) -> None:
    cycle = find_cycle(needs)
    assert bool(cycle) == (len(order(needs)) < len(needs))
    assert all(after in needs[name] for name, after in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))


@pytest.mark.parametrize(
    ("needs", "cycle"),
    [
        ({"a": ["a"]}, ["a"]),
        ({"a": [], "b": ["a", "c"], "c": ["b"]}, ["b", "c"]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, ["b", "c"]),
    ],
)
def test_cycles(needs: dict[str, list[str]], cycle: list[str]) -> None:
    assert find_cycle(needs) == cycle


def test_what_a_step_needs_through_others() -> None:
    assert [ancestors(DIAMOND, name) for name in DIAMOND] == [set(), {"a"}, {"a"}, {"a", "b", "c"}]


@pytest.mark.parametrize(
    ("needs", "drawing"),
    [
        ({}, []),
        ({"a": []}, ["●  a"]),
        ({"a": [], "b": ["a"]}, ["●  a", "│", "●  b"]),
        (DIAMOND, ["●    a", "│", "├─●  b", "│ │", "● │  c", "│ │", "●─┘  d"]),
        ({"a": [], "b": []}, ["●  a", "", "●  b"]),
        ({"a": [], "b": [], "c": ["a", "b"]}, ["●    a", "│", "│ ●  b", "│ │", "●─┘  c"]),
    ],
)
def test_drawings(needs: dict[str, list[str]], drawing: list[str]) -> None:
    assert draw(needs, {name: name for name in needs}) == drawing


def test_a_line_that_passes_is_not_interrupted() -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["a", "c"], "e": ["b", "d"], "f": ["a", "e"]}
    assert draw(needs, {name: name for name in needs})[::2] == ["●      a", "├─●    b", "├─│─●  c", "├─│─●  d", "│ ●─┘  e", "●─┘    f"]


@given(graphs(acyclic=True))
def test_every_line_ends_where_it_is_needed(needs: dict[str, list[str]]) -> None:
    """Follow the lines: each step's row is joined with the lanes of what it needs, and with no other."""
    rows = draw(needs, {name: f"={name}" for name in needs})
    owners: dict[int, str] = {}
    for row in rows:
        picture, _, name = row.partition("=")
        if not name:
            assert {column for column, mark in enumerate(picture) if mark == "│"} == set(owners)
            continue
        joined = {owners[column] for column, mark in enumerate(picture) if mark in "├└┤┘┼┴"}
        own = picture.index("●")
        joined |= {owners[own]} if own in owners else set()
        assert joined == set(needs[name])
        owners = {column: owner for column, owner in owners.items() if picture[column] in "├┤┼│"}
        if any(name in each for each in needs.values()):
            owners[own] = name
    assert owners == {}
