from __future__ import annotations

import json

import pytest

from finestream.repair.edits import apply
from finestream.repair.proposal import LONGEST, propose


@pytest.mark.parametrize(
    ("text", "value", "bare"),
    [
        ('{"a": two words, "b": [2031-05-06 , 1]}', {"a": "two words", "b": ["2031-05-06", 1]}, [("a",), ("b", 0)]),
        ('["a" "b"\n "c"]', ["a", "b", "c"], []),
        ('{"a" "x" "b": {"c": [true, {}]}} \n', {"a": "x", "b": {"c": [True, {}]}}, []),
    ],
)
def test_a_proposal_that_the_text_bears_out_is_taken(text: str, value: object, bare: list[tuple[str | int, ...]]) -> None:
    proposal = propose(text)
    assert proposal is not None
    assert json.loads(apply(text, proposal.edits)) == value
    assert proposal.bare == bare


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ["x", "y"',  # closes what was cut
        '{"a": "x',
        '{"a": 12 "b": 1}',  # a number may go on
        '{"a": "x," "b": 1}',  # the quote may have slipped
        '{"a": "x, "b": "y"}',  # the quote that is missing may have had text in front of it
        '{"foo": "bar "foo", baz"}',
        '{"a": "C:\\new\\docs"}',  # invents or loses backslashes
        '{"a": "x\ny"}',
        '{"a": 1} and more',  # drops text
        '{"a": 1}{"a": 2}',
        '{"a": [1}, "b": 2}',  # moves brackets
        '{"a": 1, "a": two words}',
        '{"a": }',
        '{"a": two "words"}',
        '{"a": back\\slash x}',
        '{"a": 01}',
        '["a""b"]',  # between the two something may be lost
        "prose",
        "",
        "[" * 5000,
        '{"a": ' + "x " * LONGEST + "}",
    ],
)
def test_a_proposal_that_the_text_does_not_bear_out_is_not(text: str) -> None:
    assert propose(text) is None
