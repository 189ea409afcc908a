"""A schema from anywhere: what it may cost is bounded, and what is not asked is not said."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.repair import budget
from finestream.repair.schema import Schema

DEEP = 40


def references() -> dict[str, Any]:
    """Forty lines for a billion billions of checks."""
    levels = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(DEEP)}
    return {"$defs": {**levels, f"d{DEEP}": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/d0"}}}


SEARCHES = ("^(a+)+$", "^(a|a)*$", "^(a?){40}a{40}$", "a*a*a*a*b", "^(?:a*)*$", "(a+){2}b", r"^(a)\1*$", "^(?=a*b)a*$")
VALUE = "a" * 150 + "!"
ENDLESS: dict[str, tuple[dict[str, Any], Any]] = {
    **{f"pattern {each}": ({"properties": {"a": {"pattern": each}}}, {"a": VALUE}) for each in SEARCHES},
    **{f"name {each}": ({"patternProperties": {each: False}}, {VALUE: 1}) for each in SEARCHES},
    "names that are left": ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {VALUE: 1}),
    "items that differ": ({"properties": {"a": {"uniqueItems": True}}}, {"a": [{"b": number} for number in range(20_000)]}),
    "a long text": ({"properties": {"a": {"pattern": "x.*y"}}}, {"a": "x" * 10**6}),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_takes_longer_than_it_looks_is_not_asked(case: str) -> None:
    schema, value = ENDLESS[case]
    assert Schema(schema).misfits(value) == []


def test_references_without_end_say_nothing() -> None:
    assert Schema(references()).misfits({"a": 1}) is None
    assert Schema(references()).misfits({"b": 1}) == []


def test_each_question_has_the_whole_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finestream.repair.schema.STEPS", 3)
    schema = Schema({"type": "object", "properties": {"a": {"type": "string"}}})
    assert [schema.misfits({"a": "b"}) for _ in range(3)] == [[], [], []]
    assert schema.misfits({"a": "b"}) is not None
    monkeypatch.setattr("finestream.repair.schema.STEPS", 2)
    assert schema.misfits({"a": "b"}) is None


def test_a_long_list_of_what_is_right_is_right() -> None:
    item = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"enum": ["x"]}}}
    rows = [{"a": number, "b": "x"} for number in range(12_000)]
    schema = Schema({"properties": {"rows": {"type": "array", "items": item}}})
    assert schema.misfits({"rows": rows}) == []
    wrong = schema.misfits({"rows": [*rows, {"a": "1"}]})
    assert wrong and wrong[0].path == ("rows", 12_000, "a")
    assert Schema(references()).misfits({"a": 1, "b": rows[:1_000]}) is None


def test_a_long_list_of_choices_costs_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finestream.repair.schema.STEPS", 100)
    assert Schema({"enum": [*range(64 * 101)]}).misfits(1) is None
    assert Schema({"enum": [*range(64 * 50)]}).misfits(1) == []


@pytest.mark.parametrize("where", [{"properties": {"a": {}}}, {"allOf": [{}]}], ids=["below", "beside"])
def test_a_schema_that_names_another_set_of_rules_inside_says_nothing(where: dict[str, Any]) -> None:
    """The rules of another draft would be those of a class that counts nothing."""
    inner = {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "^(a+)+$"}
    schema = {key: {"a": inner} if isinstance(value, dict) else [inner] for key, value in where.items()}
    assert Schema(schema).misfits({"a": VALUE}) is None
    assert Schema({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"$schema": {"type": "string"}}}).misfits(
        {"$schema": 1}
    )


OBEYED: list[tuple[dict[str, Any], Any, int]] = [
    ({"pattern": "^/[a-z]+/.*$"}, "/a/b", 0),
    ({"pattern": "^/[a-z]+/.*$"}, "a/b", 1),
    ({"pattern": "^(?:[0-9]{4})-(?:[0-9]{2})$|^now$"}, "2026-01", 0),
    ({"pattern": "^(?:[0-9]{4})-(?:[0-9]{2})$|^now$"}, "2026", 1),
    ({"pattern": "^a"}, 7, 0),
    ({"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1, "b": 2}, 1),
    ({"patternProperties": {"^a": {"type": "string"}}}, 7, 0),
    ({"patternProperties": {"^a": {}}, "additionalProperties": False}, {"ab": 1, "b": 2}, 1),
    ({"additionalProperties": False}, {"ab": 1}, 1),
    ({"additionalProperties": False}, 7, 0),
    ({"uniqueItems": True}, [1, 1], 1),
    ({"uniqueItems": True}, 7, 0),
    ({"uniqueItems": True}, [{"a": 1}, {"a": 2}], 0),
]


@pytest.mark.parametrize(("schema", "value", "misfits"), OBEYED, ids=str)
def test_what_takes_no_longer_than_it_looks_is_asked(schema: dict[str, Any], value: Any, misfits: int) -> None:
    found = Schema(schema).misfits(value)
    assert found is not None and len(found) == misfits


def test_what_is_no_pattern_says_nothing() -> None:
    assert Schema({"pattern": "("}).misfits("a") is None


def test_what_is_looked_through_may_be_as_deep_as_json() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": [deep]}
    assert not budget._names_another(deep)
