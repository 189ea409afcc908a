"""YAML to trees: lines, words that stay words, and bounds that hold whatever the text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog.tree import (
    CHARACTERS,
    DEPTH,
    NODES,
    Fields,
    Items,
    Node,
    Scalar,
    Unreadable,
    find_line,
    json_value,
    kind,
    parse_tree,
)

LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9) if n else 'ha'}]\n" for n in range(12))


def tree(text: str) -> Node:
    node = parse_tree(text)
    assert node is not None
    return node


def refusal(text: str, first_line: int = 1) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        parse_tree(text, first_line)
    assert caught.value.message
    return caught.value


def test_everything_knows_its_line() -> None:
    node = parse_tree("a: 1\nb:\n  - x\n  - y\n", first_line=2)
    assert node == Fields(2, {"a": Scalar(2, "1", False), "b": Items(4, (Scalar(4, "x", False), Scalar(5, "y", False)))}, {"a": 2, "b": 3})


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_a_text_that_says_nothing_is_none(text: str) -> None:
    assert parse_tree(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("2024-01-31", "2024-01-31"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1", 1),
        ("-2.5", -2.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        ("9" * 30, "9" * 30),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("[1, a]", [1, "a"]),
        ("{b: 1, a: {}}", {"b": 1, "a": {}}),
        ("|\n  a: b\n", "a: b\n"),
    ],
)
def test_values_are_what_json_would_hold(text: str, value: Any) -> None:
    node = tree(f"key: {text}")
    assert json_value(node) == {"key": value}
    assert type(json_value(node)["key"]) is type(value)


def test_properties_stay_in_the_order_of_the_file() -> None:
    assert list(json_value(tree("{z: 1, a: 2, m: 3}"))) == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a: [1\nb: 2\n", "not-yaml", 2),
        ("a: 1\n---\nb: 2\n", "not-yaml", 2),
        ("a: 1\nb: \x01\n", "not-yaml", 2),
        ("a: 1\nb: *nobody\n", "not-yaml", 2),
        ("a: 1\na: 2\n", "duplicate-key", 2),
        ("a: {x: 1,\n  x: 2}\n", "duplicate-key", 2),
        ("? [a]\n: 1\n", "wrong-type", 1),
        (LAUGHS, "too-big", None),
        ("&a [*a]\n", "too-big", 1),
        ("a: &a\n  b: *a\n", "too-big", None),
        ("[" * 30_000, "too-big", 1),
        ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "too-big", 1),
        ("a: " + "x" * CHARACTERS, "too-big", 1),
        ("[" + "1," * NODES + "]", "too-big", 1),
    ],
)
def test_what_is_no_tree_is_refused_with_its_line(text: str, rule: str, line: int | None) -> None:
    found = refusal(text)
    assert found.rule == rule
    if line is not None:
        assert found.line == line
        assert refusal(text, first_line=10).line == line + 9


def test_an_alias_is_written_out() -> None:
    assert json_value(tree("a: &x {t: 1}\nb: *x\n")) == {"a": {"t": 1}, "b": {"t": 1}}


def test_the_bounds_let_in_what_they_say() -> None:
    assert json_value(tree("[" * DEPTH + "]" * DEPTH))
    assert len(json_value(tree("[" + "1," * (NODES - 1) + "]"))) == NODES - 1


def test_a_path_leads_to_a_line() -> None:
    node = tree("a:\n  b:\n    - x\n    - c: 1\n")
    paths: list[list[str | int]] = [[], ["a"], ["a", "b"], ["a", "b", 1], ["a", "b", 1, "c"], ["a", "b", 0, "z"]]
    assert [find_line(node, path) for path in paths] == [1, 1, 2, 4, 4, 3]


def test_each_kind_has_a_name() -> None:
    assert [kind(tree(text)) for text in ("x", "[x]", "{x: 1}")] == ["a single value", "a list", "a mapping"]


@given(st.text(alphabet=st.sampled_from("ab:- \n#&*!|>'\"[]{},?%@`\t\x00é\u2028"), max_size=60))
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    try:
        node = parse_tree(text)
    except Unreadable as error:
        assert 1 <= error.line <= text.count("\n") + text.count("\u2028") + 1
    else:
        assert node is None or json_value(node) == json_value(node)
