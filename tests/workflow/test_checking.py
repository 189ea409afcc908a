"""Whether a document is as its schema says; whatever the schema, there is an answer."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.workflow.checking import MOST, problems_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["summary", "services"],
    "properties": {
        "summary": {"type": "string"},
        "services": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"port": {"type": "integer"}}}},
    },
}


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({"summary": "x", "services": [{"name": "a", "port": 1}]}, []),
        ({}, ["summary is missing", "services is missing"]),
        ({"services": []}, ["summary is missing"]),
        ({"services": [{}]}, ["summary is missing", "services[0]: 'name' is a required property"]),
        (
            {"summary": 1, "services": [{"name": "a", "port": "b"}]},
            ["services[0].port: 'b' is not of type 'integer'", "summary: 1 is not of type 'string'"],
        ),
    ],
)
def test_problems(document: dict[str, Any], problems: list[str]) -> None:
    assert problems_of(document, SCHEMA) == problems


def test_a_schema_that_demands_nothing_is_content() -> None:
    assert problems_of({"a": 1}, {}) == problems_of({}, {}) == []


def test_what_is_missing_comes_first_and_the_list_has_an_end() -> None:
    found = problems_of({"services": [{}] * 20}, SCHEMA)
    assert len(found) == MOST
    assert found[0] == "summary is missing"


def test_a_long_value_is_not_repeated_at_length() -> None:
    assert all(len(problem) < 250 for problem in problems_of({"summary": ["x" * 10_000], "services": []}, SCHEMA))


@pytest.mark.parametrize(
    "part",
    [
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"pattern": "("},
        {"$ref": "#"},
    ],
)
def test_a_schema_that_cannot_be_applied_is_a_problem_and_asks_nobody(part: dict[str, Any]) -> None:
    schema = {"properties": {"a": part}, "$ref": "#/properties/a"} if part == {"$ref": "#"} else {"properties": {"a": part}}
    [problem] = problems_of({"a": "x"}, schema)
    assert problem.startswith("the schema of the document cannot be applied: ")


def test_a_schema_without_end_cannot_be_applied() -> None:
    levels = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(40)}
    schema = {"$defs": {**levels, "d40": {}}, "properties": {"a": {"$ref": "#/$defs/d0"}}}
    [problem] = problems_of({"a": 1}, schema)
    assert "stands for too many checks" in problem
