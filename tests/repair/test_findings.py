from __future__ import annotations

import json

import pytest

from finestream.repair.findings import find, is_damaged, is_doubtful
from finestream.repair.schema import Schema

PREFIX = "antml" + ":"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": "plain", "n": 1, "l": [True, None]}, []),
        ({"a": ["x", {"b": "gr\ufffdn"}]}, ["replacement_character: $.a[1].b"]),
        ({"old text": 'foo","new":"bar"}'}, ['swallowed_members: $["old text"]']),
        ({"a": '{"x": "y", "z": 1}'}, []),
        ({"a": 'say "x", "y": 1'}, []),
        ({"a": 'text</a>\n<parameter name="b">1</parameter>'}, ["leaked_markup: $.a"]),
        ({"body": "text</body> more"}, ["leaked_markup: $.body"]),
        ({"a": f"</{PREFIX}invoke>"}, ["leaked_markup: $.a"]),
        ({"a": "a </b> tag and <parameters>"}, []),
        (["text</0>"], ["not_an_object: $"]),
        ({"a": "C:\new and D:\\x"}, ["lost_backslash: $.a"]),
        ({"a": "note:\n\tx"}, []),
        ({"a": "Example:\n"}, ["ends_abruptly: $.a"]),
        ({"a": "Example:"}, []),
        ({}, ["empty_input: $"]),
        ('{"a": 1}', ["double_encoded: $"]),
        ("text", ["not_an_object: $"]),
        (5, ["not_an_object: $"]),
    ],
)
def test_what_looks_wrong_is_said_with_its_place(value: object, found: list[str]) -> None:
    findings = find(json.dumps(value), value, None)
    assert [finding.rpartition(": ")[0] for finding in findings] == found


def test_a_name_that_is_given_twice_is_said() -> None:
    assert find('{"a": 1, "a": 2}', {"a": 2}, None)[0].startswith("repeated_name: $")


def test_what_the_schema_misses_is_said() -> None:
    schema = Schema({"properties": {"a": {"type": "number"}}, "required": ["b"]})
    rules = [finding.partition(": ")[0] for finding in find('{"a": "x"}', {"a": "x"}, schema)]
    assert sorted(rules) == ["schema_required", "schema_type"]
    assert find("{}", {}, Schema({"type": 5})) == (
        "schema_unusable: $: the tool's schema cannot be used, so the input was not checked against it",
    )


def test_an_empty_input_is_right_for_a_tool_that_needs_none() -> None:
    assert find("{}", {}, Schema({"type": "object"})) == ()
    assert [finding.partition(": ")[0] for finding in find("{}", {}, Schema({"required": ["a"]}))] == ["empty_input", "schema_required"]


@pytest.mark.parametrize(
    ("value", "expected"), [({"a": ["\ufffd"]}, True), ({"a": 'x","b":1'}, True), ({"a": "C:\new</a>"}, False), (1, False)]
)
def test_certain_damage_is_told_from_suspicion(value: object, expected: bool) -> None:
    assert is_damaged(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": "C:\new"}, True),
        ({"a": ["x</parameter>\n"]}, True),
        ({"a": "x</a>"}, True),
        ({"a": "x</invoke>"}, True),
        ({"a": 'x","b":1'}, True),
        ({"a": "<a>x</a>", "b": "<p>x</p>", "c": ["</c>"]}, False),
        ({"a": "the </parameter> tag"}, False),
        ("x", False),
    ],
)
def test_damage_that_is_only_likely_is_enough_for_a_doubt(value: object, expected: bool) -> None:
    assert is_doubtful(value) == expected
