from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from finestream.repair.schema import Schema

TOOL: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "edits": {"type": "array", "items": {"$ref": "#/$defs/edit"}},
        "mode": {"anyOf": [{"type": "array"}, {"type": "null"}]},
        "level": {"enum": [1, 2, 3]},
        "meta": {"type": ["object", "null"], "properties": {"x": {}}, "additionalProperties": True},
        "free": {},
        "odd/na~me": {"$ref": "#/$defs/a~1b~0c"},
    },
    "required": ["path"],
    "$defs": {
        "edit": {"type": "object", "properties": {"old": {"type": "string"}, "new": {"$ref": "#/$defs/text"}}},
        "text": {"type": "string"},
        "a/b~c": {"type": "number"},
        "loop": {"$ref": "#/$defs/loop"},
        "lost": {"$ref": "#/$defs/nowhere"},
    },
}


def test_a_value_that_fits_has_no_misfits() -> None:
    assert Schema(TOOL).misfits({"path": "a", "edits": [{"old": "x"}], "mode": None, "level": 2}) == []


@pytest.mark.parametrize(
    ("schema", "value", "forbids"),
    [
        ({"type": "array"}, "x", True),
        ({"type": ["array", "string"]}, 5, False),
        ({"enum": [1, 2]}, "1", True),
        ({"enum": [1, "2"]}, "1", False),
        ({"const": 1}, "1", True),
        ({"const": "a"}, "1", False),
        ({"anyOf": [{"type": "array"}, {"type": "null"}]}, "x", True),
        ({"anyOf": [{"type": "array"}, {"anyOf": [{"type": "null"}, {"enum": [0]}]}]}, "x", True),
        ({"anyOf": [{"type": "array"}, {"type": "string", "pattern": "^a"}]}, "x", False),
        ({"oneOf": [{}, {"type": "string"}]}, "x", False),
        ({"pattern": "^a"}, "x", False),
        ({"anyOf": [{"type": "object", "properties": {"x": {"type": "number"}}}]}, {"x": "y"}, False),
    ],
)
def test_it_is_proven_from_the_errors_whether_a_string_can_stand_there(schema: dict[str, object], value: object, forbids: bool) -> None:
    misfits = Schema({"properties": {"a": schema}}).misfits({"a": value})
    assert misfits is not None
    assert [(misfit.path, misfit.forbids_strings) for misfit in misfits] == [(("a",), forbids)]


def test_messages_name_members_but_never_say_what_is_there() -> None:
    schema = Schema(
        {"required": ["need"], "properties": {"a": {"type": ["array", "null"]}, "b": {"pattern": "x"}}, "additionalProperties": False}
    )
    misfits = schema.misfits({"a": "SECRET", "b": "SECRET", "odd": "SECRET"})
    assert misfits is not None
    said = {misfit.keyword: misfit.message for misfit in misfits}
    assert said["type"] == "the schema wants array or null here"
    assert said["pattern"] == "the schema's pattern does not hold here"
    assert "'need'" in said["required"]
    assert "'odd'" in said["additionalProperties"]
    assert "SECRET" not in str(said)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5},
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "#/$defs/nowhere"},
        {"properties": {"a": {"pattern": "(?<bad"}}},
        {"$defs": {"x": {"$ref": "#/$defs/x"}}, "$ref": "#/$defs/x"},
    ],
)
def test_a_schema_that_cannot_be_used_says_nothing(schema: dict[str, object]) -> None:
    assert Schema(schema).misfits({"a": "x"}) is None


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[object] = []
    monkeypatch.setattr(urllib.request, "urlopen", lambda *request, **_: fetched.append(request))
    assert Schema({"$ref": "https://example.org/schema.json"}).misfits({}) is None
    assert fetched == []


def test_other_drafts_are_obeyed() -> None:
    old = Schema({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"type": "string"}}})
    assert old.misfits({"a": "x"}) == []
    assert old.misfits({"a": 1}) != []


def test_members_are_found_through_references_and_items() -> None:
    schema = Schema(TOOL)
    assert set(schema.declared() or ()) == set(TOOL["properties"])
    assert set(schema.declared(("edits", 3)) or ()) == {"old", "new"}
    assert schema.declared(("free",)) is None
    assert schema.declared(("nowhere", "deep")) is None
    assert schema.declared(("path", "deep")) is None
    assert schema.declared(("edits", "old")) is None
    assert schema.required() == ["path"]
    assert Schema({"required": "path"}).required() == []
    assert Schema({"required": ["path", 5]}).required() == ["path"]


@pytest.mark.parametrize(
    ("path", "types"),
    [
        ((), {"object"}),
        (("path",), {"string"}),
        (("edits", 0, "new"), {"string"}),
        (("odd/na~me",), {"number"}),
        (("meta",), {"object", "null"}),
        (("free",), set()),
        (("nowhere",), set()),
    ],
)
def test_types_are_named(path: tuple[str | int, ...], types: set[str]) -> None:
    assert Schema(TOOL).types(path) == types


def test_whether_more_members_can_come_is_told() -> None:
    schema = Schema(TOOL)
    assert schema.is_closed(())
    assert not schema.is_closed(("meta",))
    assert schema.is_closed(("nowhere",))


@pytest.mark.parametrize("name", ["loop", "lost"])
def test_a_reference_to_nowhere_ends_the_search(name: str) -> None:
    schema = Schema({**TOOL, "properties": {"a": {"$ref": f"#/$defs/{name}"}}})
    assert schema.types(("a",)) == set()


def test_a_reference_elsewhere_is_not_followed() -> None:
    assert Schema({"properties": {"a": {"$ref": "other.json#/x"}, "b": {"$ref": 5}}}).types(("a",)) == set()
