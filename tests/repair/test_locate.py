from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.repair.locate import Path, paths_at, show, spans_of

TEXT = '{"a": [10, {"b c": "x, ]"}], "d": {}, "\\u00e9": [[], true]}'


@pytest.mark.parametrize(
    ("at", "path"),
    [
        ('{"a"', "$"),
        ('"a"', "$.a"),
        ("[10", "$.a"),
        ("10", "$.a[0]"),
        (', {"b', "$.a"),
        ('{"b c"', "$.a[1]"),
        ("x, ]", '$.a[1]["b c"]'),
        ('}], "d"', "$.a[1]"),
        ('], "d"', "$.a"),
        (', "d"', "$"),
        ("{}", "$.d"),
        ("}, ", "$.d"),
        ('"\\u00e9"', "$.\u00e9"),
        ("[]", "$.\u00e9[0]"),
        ("true", "$.\u00e9[1]"),
        ("]}", "$.\u00e9"),
    ],
)
def test_the_innermost_value_at_an_offset_is_named(at: str, path: str) -> None:
    assert paths_at(TEXT, [TEXT.index(at)]) == [path]


def test_many_offsets_are_found_in_one_pass() -> None:
    offsets = list(range(len(TEXT) + 3))
    assert paths_at(TEXT, offsets) == [paths_at(TEXT, [offset])[0] for offset in offsets]
    assert paths_at(TEXT, []) == []
    assert paths_at("12", [0, 1, 9]) == ["$", "$", "$"]


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    found = {path: value}
    if isinstance(value, dict):
        for name, part in value.items():
            found |= leaves(part, (*path, name))
    if isinstance(value, list):
        for index, part in enumerate(value):
            found |= leaves(part, (*path, index))
    return found


VALUES = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([None, 1]))
def test_every_value_is_found_where_it_is_written(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    parts = leaves(value)
    spans = spans_of(text, list(parts))
    assert {path: json.loads(text[start:end]) for path, (start, end) in spans.items()} == parts


def test_what_is_not_there_is_not_found() -> None:
    assert spans_of(TEXT, [("a", 7), ("z",)]) == {}


def test_a_path_is_shown_as_people_write_it() -> None:
    assert show(("edits", 0, "old text", 'a"b')) == '$.edits[0]["old text"]["a\\"b"]'
