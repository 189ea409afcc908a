"""An answer is told from a call that is running already as soon as it says something else, and never before."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.monitor.again import says_again
from tests.monitor.deltas import texts

CALL = {"path": "a.txt", "text": 'say "ä🎉"\n\\', "mode": 12, "tags": ["x", {"y": None}]}


@given(texts, st.integers(0, 10**6), st.booleans())
def test_no_beginning_of_the_same_input_is_taken_for_another(text: str, size: int, is_spaced: bool) -> None:
    call = json.loads(text)
    text = json.dumps(call, indent=2, ensure_ascii=False) if is_spaced else text
    assert says_again(text[: size % (len(text) + 1)], call)
    assert says_again(text, call)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_every_beginning_of_an_input_with_all_kinds_of_values(ascii_only: bool) -> None:
    text = json.dumps(CALL, ensure_ascii=ascii_only)
    assert all(says_again(text[:size], CALL) for size in range(len(text) + 1))


@pytest.mark.parametrize(
    ("text", "is_again"),
    [
        ('{"path": "b', False),
        ('{"path": "a.txt"', True),
        ('{"path": "a.txt"}', False),
        ('{"path": "a.txt.old"', False),
        ('{"path": 5,', False),
        ('{"path": {"a', True),
        ('{"mode": "12', False),
        ('{"mode": 1', True),
        ('{"mode": 13', True),
        ('{"mode": 13,', False),
        ('{"mode": 1.', True),
        ('{"mode": 13 ', False),
        ('{"other": ', False),
        ('{"path": "a\\q', True),
        (json.dumps({**CALL, "mode": 12.0}), False),
        (json.dumps(dict(reversed(CALL.items()))), True),
        ("[1", True),
        ('{"path": "a.txt" "x', True),
    ],
)
def test_the_first_difference_tells(text: str, is_again: bool) -> None:
    assert says_again(text, CALL) is is_again


def test_nesting_beyond_all_measure_is_not_judged() -> None:
    assert says_again('{"path": ' + "[" * 10**6, CALL)
