"""Members and items are found where they stand, and the inside of a string is measured as it is spelled."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.recovery.parts import parts, raw_length, skip_space
from tests.recovery.documents import make_value, spellings


@given(st.integers(0, 2**40), st.booleans(), spellings)
def test_parts_are_the_members_and_items_where_they_stand(seed: int, is_list: bool, spelling: dict[str, Any]) -> None:
    random = Random(seed)
    value = [make_value(random, 2) for _ in range(4)] if is_list else {str(n): make_value(random, 2) for n in range(4)}
    text = "  " + json.dumps(value, **spelling)
    found = list(parts(text, 2))
    assert [part.key for part in found] == (list(value) if isinstance(value, dict) else [None] * len(value))
    assert [json.loads(text[part.value_at : part.end]) for part in found] == (list(value.values()) if isinstance(value, dict) else value)
    for part in found:
        assert (
            text[part.start : part.value_at] == ""
            if part.key is None
            else json.loads("{" + text[part.start : part.end] + "}").keys() == {part.key}
        )


def test_numbers_are_told_apart_by_their_spelling() -> None:
    kinds = [part.value for part in parts('[1, 1.0, 1.00, 1e0, "1", true]', 0)]
    assert all(one != two for at, one in enumerate(kinds) for two in kinds[:at])


@pytest.mark.parametrize(("text", "at", "expected"), [("", 0, 0), ("x", 0, 0), (" \t\r\nx", 0, 4), ("a  b", 1, 3), (" \u00a0", 0, 1)])
def test_white_space_is_that_of_json(text: str, at: int, expected: int) -> None:
    assert skip_space(text, at) == expected


@given(st.text(st.characters(), max_size=40) | st.text('\\"\n/é😀\ud83d\ude00u0', max_size=20), st.booleans(), st.data())
def test_the_raw_length_spells_just_that_many_characters(text: str, ascii_only: bool, data: st.DataObject) -> None:
    raw = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    decoded = json.loads(f'"{raw}"')
    count = data.draw(st.integers(0, len(decoded)))
    size = raw_length(raw, count)
    assert json.loads(f'"{raw[:size]}"') == decoded[:count]
    assert json.loads(f'"{raw[size:]}"') == decoded[count:]


@pytest.mark.parametrize(
    ("raw", "lengths"),
    [
        ("abc", [0, 1, 2, 3, 3]),
        (r"a\nb", [0, 1, 3, 4]),
        (r"\\n", [0, 2, 3]),
        (r"\u00e9x", [0, 6, 7]),
        (r"\ud83d\ude00x", [0, 12, 13]),
        (r"\uD83D\uDE00x", [0, 12, 13]),
        (r"\ud83dx", [0, 6, 7]),
        (r"\ude00\ud83d", [0, 6, 12]),
        (r"\/", [0, 2]),
    ],
)
def test_raw_lengths(raw: str, lengths: list[int]) -> None:
    assert [raw_length(raw, count) for count in range(len(lengths))] == lengths
