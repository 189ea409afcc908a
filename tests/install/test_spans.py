"""Strict JSON to places: accepts what ``JSON.parse`` accepts, and says of each part where it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.install.spans import Node, NotJson, parse_spans, position, texts, value_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def accepted(text: str) -> bool:
    """Say what Python's own parser makes of it, which knows three words too many."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def ours(text: str) -> bool:
    try:
        parse_spans(text)
    except NotJson:
        return False
    return True


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_part_stands_where_it_is_said_to_stand(value: Any, indent: int | str | None, is_ascii: bool) -> None:
    text = f" {json.dumps(value, indent=indent, ensure_ascii=is_ascii)}\r\n"

    def rebuilt(node: Node) -> Any:
        if node.kind == "object":
            assert all(text[part.start] == '"' and part.end == part.value.end for part in node.parts)
            return {part.key: rebuilt(part.value) for part in node.parts}
        return [rebuilt(part.value) for part in node.parts] if node.kind == "array" else value_of(text, node)

    assert rebuilt(parse_spans(text)) == value


@given(VALUES.map(json.dumps), st.data())
def test_one_character_more_or_less_is_judged_as_by_any_parser(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    piece = data.draw(
        st.sampled_from(["", ",", "]", "}", "{", "[", '"', ":", "\\", "0", "-", ".", "e", "n", " ", "\n", "\x01", "\u00a0", "/"])
    )
    broken = text[:at] + piece + text[at + (not piece) :]
    assert ours(broken) == accepted(broken)


NUMBERS = ["01", "1.", ".5", "+1", "1e", "-"]
OTHERS = ["tru", "nul", "'a'", '"\\u12g4"', '"\t"', "\ufeff1", "[1 2]", '{"a":1 "b":2}', "{1:2}", "", " "]


@pytest.mark.parametrize("text", NUMBERS + OTHERS)
def test_what_is_no_json(text: str) -> None:
    assert not accepted(text)
    assert not ours(text)


def test_depth_and_length_know_no_bound() -> None:
    deep = '{"a":' * 100_000 + "[]" + "}" * 100_000
    root = parse_spans(deep)
    assert root.end == len(deep)
    assert value_of(deep, root) is None
    long = "9" * 5000
    assert value_of(long, parse_spans(long)) is None


def test_the_last_member_of_a_name_counts() -> None:
    text = '{"a": [1], "\\u0061": ["x", 2, "y"], "b": "z"}'
    root = parse_spans(text)
    assert len(root.of("a")) == 2
    assert list(texts(text, root.get("a"))) == ["x", "y"]
    assert list(texts(text, root.get("b"))) == ["z"]
    assert list(texts(text, root.get("c"))) == []
    assert root.get("a") is not None and parse_spans("[1]").of("a") == []


@pytest.mark.parametrize(("offset", "where"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (3, 1)), (6, (3, 2))])
def test_lines_and_columns_count_from_one(offset: int, where: tuple[int, int]) -> None:
    assert position("ab\nc\nd", offset) == where
