"""The shape of a tool's input: what the schema says clearly, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.monitor.shape import Shape, shape

ALL = {"object", "array", "string", "number", "boolean", "null"}


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": "integer"}, {"number"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"type": "string", "nullable": True}, {"string", "null"}),
        ({"type": "string", "nullable": 1}, {"string"}),
        ({"type": "array", "default": None}, {"array", "null"}),
        ({"type": "date"}, ALL),
        ({"type": ["string", "date"]}, ALL),
        ({"type": []}, ALL),
        ({"type": 5}, ALL),
        ({"enum": ["a"]}, ALL),
        ({"$ref": "#/x"}, ALL),
        (True, ALL),
        (False, ALL),
        (None, ALL),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, {"string", "array"}),
        ({"oneOf": [{"type": "string"}, {"anyOf": [{"type": "null"}, {"type": "integer"}]}]}, {"string", "null", "number"}),
        ({"anyOf": [{"type": "string"}, True]}, ALL),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/x"}]}, ALL),
        ({"anyOf": []}, ALL),
        ({"anyOf": {}, "type": "string"}, {"string"}),
        ({"type": "string", "anyOf": [{"minLength": 1}]}, ALL),
    ],
)
def test_the_kinds_that_a_member_may_have(schema: Any, kinds: set[str]) -> None:
    found = shape({"properties": {"a": schema}})
    assert found.kinds.get("a", ALL) == kinds


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ({"required": ["a", "b"]}, {"a", "b"}),
        ({"required": ["a", 5, None, ["b"]]}, {"a"}),
        ({"required": "a"}, set()),
        ({"required": True, "properties": ["a"]}, set()),
        ({"required": None, "properties": None}, set()),
        ({}, set()),
        (None, set()),
        ([], set()),
        ("object", set()),
    ],
)
def test_the_members_that_must_be_there(schema: Any, required: set[str]) -> None:
    assert shape(schema) == Shape({}, frozenset(required))
