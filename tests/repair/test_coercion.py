"""Types: each row is an input, a schema and what may become of it. More of them are in the fixture."""

from __future__ import annotations

import json

import pytest

from finestream.repair import repair
from finestream.repair.coercion import coerce
from finestream.repair.edits import Draft
from finestream.repair.schema import Schema

STRING = {"type": "string"}
NUMBER = {"type": "number"}
LIST = {"type": "array"}
ITEM = {"type": "object", "properties": {"q": STRING, "n": NUMBER}, "required": ["q"]}


TRUTHS = {"a": True, "b": None, "c": [False]}


def tool(**required: object) -> dict[str, object]:
    return {"type": "object", "properties": required, "required": list(required)}


def coerced(text: str, schema: dict[str, object]) -> object:
    """Return the value that the text is given, or the text itself where it is left alone."""
    draft = coerce(Draft(text), Schema(schema), repair)
    return json.loads(draft.text) if draft is not None and draft.changes else text


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ('{"a": " [1] \\n"}', tool(a=LIST), {"a": [1]}),
        ('{"a": "\\"[1]\\""}', tool(a=LIST), {"a": [1]}),
        ('{"a": "null"}', tool(a={"anyOf": [LIST, {"type": "null"}]}), {"a": None}),
        ('{"a": ["{\\"q\\": \\"x\\"}", {"q": "y"}]}', tool(a={"type": "array", "items": ITEM}), {"a": [{"q": "x"}, {"q": "y"}]}),
        ('{"a": "{\\"n\\": \\"7\\", \\"q\\": \\"x\\"}"}', tool(a=ITEM), {"a": {"n": 7, "q": "x"}}),
        ("{\"a\": \"[{'q': 'x'},]\"}", tool(a=LIST), {"a": [{"q": "x"}]}),
        ('{"a": "[\\"\\\\ud800\\"]"}', tool(a=LIST), {"a": ["\ud800"]}),
        ('{"a": "-0.5"}', tool(a=NUMBER), {"a": -0.5}),
        ('{"a": "1.50e2"}', tool(a=NUMBER), {"a": 150.0}),
        ('{"a": "True", "b": " None", "c": "[False]"}', tool(a={"type": "boolean"}, b={"type": ["array", "null"]}, c=LIST), TRUTHS),
        ('{"a": "9007199254740992"}', tool(a=NUMBER), {"a": 2**53}),
        ('{"a": 1.50}', tool(a=STRING), {"a": "1.50"}),
        ('{"a": 1.50}', tool(a={"anyOf": [STRING, {"type": "null"}]}), {"a": "1.50"}),
        ('{"a": {"x": 1}}', tool(a={"oneOf": [{"enum": ["y"]}, STRING]}), {"a": '{"x": 1}'}),
        ('{"a": true}', tool(a={"enum": ["true", "false"]}), {"a": "true"}),
        ('{"a": {"x": "\\u00fc"}}', tool(a=STRING), {"a": '{"x": "\\u00fc"}'}),
        ('{"a": {"q": "x"}}', tool(a={"type": "array", "items": ITEM}), {"a": [{"q": "x"}]}),
        (' {"q": "x"}\n', tool(a={"type": "array", "items": ITEM}), {"a": [{"q": "x"}]}),
        ('{"q": "x", "n": "1"}', tool(a={"type": "array", "items": ITEM}), {"a": [{"q": "x", "n": 1}]}),
        ('["x"]', tool(a={"type": "array", "items": STRING}), {"a": ["x"]}),
        ('"[\\"x\\"]"', tool(a={"type": "array", "items": STRING}), {"a": ["x"]}),
        ('{"input": {"a": "x"}}', tool(a=STRING), {"a": "x"}),
        ('{"arguments": " {\\"a\\": \\"5\\"}"}', tool(a=NUMBER), {"a": 5}),
        ('{"a": "x</parameter>\\n<parameter name=\\"b\\"> 5 </parameter>"}', tool(a=STRING, b=NUMBER), {"a": "x", "b": 5}),
        ('{"a": "x</a><parameter name=\\"b\\">5</parameter>\\n"}', tool(a=STRING, b=STRING), {"a": "x", "b": "5"}),
    ],
)
def test_what_has_one_reading_is_coerced(text: str, schema: dict[str, object], value: object) -> None:
    assert coerced(text, schema) == value


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ('{"a": {"z": 1}}', tool(a={"anyOf": [{**ITEM, "additionalProperties": False}, STRING]})),  # an object that is not right
        ('{"a": {"z": 1}}', tool(a={"oneOf": [{"type": ["object", "null"], "maxProperties": 0}, STRING]})),
        ('{"a": "1e400"}', tool(a=NUMBER)),  # Infinity
        ('{"a": "0.1234567890123456789"}', tool(a=NUMBER)),  # more than a number holds
        ('{"a": "12345678901234567890.5"}', tool(a=NUMBER)),
        ('{"a": "TRUE"}', tool(a={"type": "boolean"})),
        ('{"a": "[1]"}', tool(a=STRING)),
        ('{"a": "[1]"}', tool(a={})),
        ('{"a": "[1]"}', tool(a={"anyOf": [LIST, {"type": "string", "pattern": "^x"}]})),
        ('{"a": "[1]"}', tool(a={"type": "array", "items": {"type": "object"}})),
        ('{"a": "[1"}', tool(a=LIST)),
        ('{"a": "one, two"}', tool(a=LIST)),
        ('{"a": "9007199254740993"}', tool(a=NUMBER)),
        ('{"a": "\\"\\\\\\"\\\\\\\\\\\\\\"[1]\\\\\\\\\\\\\\"\\\\\\"\\""}', tool(a={"type": "array", "items": {"type": "object"}})),
        ('{"a": null}', tool(a=STRING)),
        ('{"a": ["x"]}', tool(a=STRING)),
        ('{"a": "5", "b": "x"}', tool(a=NUMBER, b=NUMBER)),
        ('{"a": "[1]", "b": "\ufffd"}', tool(a=LIST)),
        ('{"a": "[1]", "b": "x\\",\\"c\\": 1}"}', tool(a=LIST)),
        ('{"a": {"q": "x", "z": 1}}', tool(a={"type": "array", "items": ITEM})),
        ('{"a": {}}', tool(a={"type": "array", "items": ITEM})),
        ('{"a": {"q": "x"}}', tool(a={"type": "array", "items": {}})),
        ('{"q": "x"}', tool(a={"type": "array", "items": {}})),
        ('{"q": "x"}', tool(a={"type": "array", "items": ITEM}, b=STRING)),
        ('{"q": "x"}', {"type": "object", "required": ["a"]}),
        ('{"input": {"a": "x"}, "name": "y"}', tool(a=STRING)),
        ('{"wrapper": {"a": "x"}}', tool(a=STRING)),
        ('{"input": {"a": "x", "b": "y"}}', tool(a=STRING)),
        ('{"input": {"a": 5}}', {"type": "object", "properties": {"a": STRING}, "additionalProperties": False}),
        ('{"input": "a = 5"}', tool(a=STRING)),
        ('{"input": {}}', tool(a=STRING)),
        ('["x"]', tool(a=STRING)),
        ("5", tool(a=STRING)),
        ('{"a": "x</b><parameter name=\\"b\\">5</parameter>"}', tool(a=STRING, b=NUMBER)),
        ('{"a": "x</a><parameter name=\\"c\\">5</parameter>"}', tool(a=STRING, b=NUMBER)),
        ('{"a": "x</a><parameter name=\\"b\\">many</parameter>"}', tool(a=STRING, b=NUMBER)),
        ('{"a": "x</a><parameter name=\\"b\\">5</parameter> and more"}', tool(a=STRING, b=NUMBER)),
        ('{"a": "x</a>, that is all", "c": 1}', tool(a=STRING, b=NUMBER)),
        ('{"a": "x"}', tool(a=STRING)),
        ('{"a": "x"}', {"type": 5}),
    ],
)
def test_what_has_none_or_several_is_left_alone(text: str, schema: dict[str, object]) -> None:
    assert coerced(text, schema) == text


def test_a_string_in_a_string_has_an_end_somewhere() -> None:
    deep = "[1]"
    for _ in range(6):
        deep = json.dumps(deep)
    assert coerced(f'{{"a": {deep}}}', tool(a=LIST)) == f'{{"a": {deep}}}'


def test_a_change_says_what_was_there() -> None:
    draft = coerce(Draft('{"path": "x", "edits": "[1]"}'), Schema(tool(path=STRING, edits=LIST)), repair)
    assert draft is not None
    (change,) = draft.changes
    assert (change.rule, change.offset, change.path, change.before, change.after) == ("parsed_string", 23, "$.edits", '"[1]"', "[1]")
