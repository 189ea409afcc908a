"""The handoff tool as a model is shown it."""

from __future__ import annotations

from finestream.handoff import RESUME
from finestream.workflow.tool import tool_schema


def test_a_call_may_hold_any_of_the_parts_and_say_where_it_goes_on() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}, "$defs": {}}
    found = tool_schema(schema)
    assert found.keys() == {"type", "properties", "$defs"}
    assert list(found["properties"]) == [RESUME, "a"]
    assert list(schema["properties"]) == ["a"]


def test_a_schema_without_properties_is_one_too() -> None:
    assert list(tool_schema({"type": "object"})["properties"]) == [RESUME]
