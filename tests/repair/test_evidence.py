from __future__ import annotations

import pytest

from finestream.repair import Refused, Repaired, repair

STRING = {"type": "string"}
NUMBER = {"type": "number"}


def tool(**required: object) -> dict[str, object]:
    return {"type": "object", "properties": required, "required": list(required)}


def rule_of(text: str, schema: dict[str, object] | None) -> str:
    result = repair(text, schema)
    return result.rule if isinstance(result, Refused) else type(result).__name__


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"a": [.5, 5., -.25]}', None, "Repaired"),
        ('{"a": 5.}', tool(a={"type": "integer"}), "Repaired"),
        ('{"a": .5}', tool(a={"type": "integer"}), "schema"),
        ('{"a": .5}', tool(a=STRING), "schema"),  # the number, or its text
        ('{"a": +5}', tool(a=NUMBER), "Repaired"),
        ('{"a": [1, +5], "b": "x"}', tool(a={"type": "array", "items": {"type": ["integer", "number"]}}, b=STRING), "Repaired"),
        ('{"a": +1}', None, "bare_value"),  # a thumb up, or the beginning of a telephone number
        ('{"a": +1}', tool(a=STRING), "bare_value"),
        ('{"a": +1}', tool(a={"type": ["string", "number"]}), "bare_value"),
        ('{"a": +1}', tool(a={}), "bare_value"),
        ('{"a": +1, "b": +1}', tool(a=NUMBER, b={}), "bare_value"),
    ],
)
def test_a_number_of_another_language_is_one_where_it_can_be_nothing_else(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


def closed(**members: object) -> dict[str, object]:
    return {"type": "object", "properties": members, "additionalProperties": False}


INNER = closed(b=STRING, c=STRING)


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"o": {"b": "x", "c": "y"}', closed(o=INNER), "Repaired"),
        ('{"o": {"b": "x", "c": "y"}', closed(o=INNER, c=STRING), "missing_closer"),
        ('{"c": "x", "o": {"b": "x", "c": "y"}', closed(o=INNER, c=STRING), "Repaired"),  # it cannot be there twice
        ('{"q": {"a": "x", "o": {"b": "x", "c": "y"}}', closed(q=closed(a=STRING, o=INNER, c=STRING)), "missing_closer"),
        ('{"c": "x", "o": {"b": "x", "d": "y"}', closed(o={"type": "object"}, c=STRING), "Repaired"),
        ('{"c": "x", "o": {"b": "x"}, "p": {"b": "x"}', closed(o=INNER, p=INNER, c=STRING), "Repaired"),
        ('{"c": "x", "q": {"o": {"b": "x"}, "p": {"b": "x"}}', closed(q=closed(o=INNER, p=INNER), p=INNER, c=STRING), "missing_closer"),
        ('{"o": {"b": "x"}, "d": "y"}}', closed(o=INNER, d=STRING), "Repaired"),
        ('{"o": {"b": "x"}, "c": "y"}}', closed(o=INNER, c=STRING), "surplus_closer"),
        ('{"c": "y", "o": {"b": "x"}, "d": "y"}}', closed(o=INNER, c=STRING, d=STRING), "Repaired"),
        ('{"o": {"b": "x"}, "d": "y"}}', closed(o={"type": "object"}, d=STRING), "surplus_closer"),
    ],
)
def test_a_brace_has_one_place_where_each_name_has(text: str, schema: dict[str, object], rule: str) -> None:
    assert rule_of(text, schema) == rule


COMMAND = tool(command=STRING) | {"properties": {"command": STRING, "-n": NUMBER, "note": STRING}}


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"command: "ls", "-n": 5}', COMMAND, "Repaired"),
        ('{"command": "ls", "-n: 5, "note": "x"}', COMMAND, "Repaired"),
        ('{"command : "", "note": ""}', COMMAND, "Repaired"),
        ('{"command: "ls"}', None, "missing_colon"),
        ('{"command: "ls"}', tool(note=STRING), "missing_colon"),
        ('{"note: ls", "command": "x"}', COMMAND, "missing_colon"),  # the quote of the value, too
        ('{"command: "a" "b"}', COMMAND, "missing_colon"),
        ('{"note", "command: "ls"}', COMMAND, "missing_colon"),
        ('{"command: "echo "a"", "note": "x"}', COMMAND, "missing_colon"),
    ],
)
def test_a_name_without_its_closing_quote_is_one_that_the_schema_declares(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"file_path": /home/u/a.py}', tool(file_path=STRING), "Repaired"),
        ('{"paths": [~/a, ./b, x]}', tool(paths={"type": "array", "items": STRING}), "Repaired"),
        ('{"file_path": /home/u/a.py}', None, "bare_value"),
        ('{"file_path": /home/u/a.py}', tool(file_path={"type": ["string", "null"]}), "bare_value"),
        ('{"file_path": /home/u/a.py}', tool(file_path={}), "bare_value"),
        ('{"file_path": /home/.../a.py}', tool(file_path=STRING), "bare_value"),
        ('{"pattern": /foo/g}', tool(pattern=STRING), "bare_value"),  # a regular expression, or its text, or a path
        ('{"command": tree"}', tool(command=STRING), "Repaired"),
        ('{"command": tree"}', None, "bare_value"),
        ('{"command": tree"}', tool(command={"type": ["boolean", "string"]}), "bare_value"),
        ('{"command": true"}', tool(command=STRING), "bare_value"),
        ('{"command": 12"}', tool(command=STRING), "bare_value"),
    ],
)
def test_a_word_that_may_be_something_else_is_a_string_where_the_schema_wants_one(
    text: str, schema: dict[str, object] | None, rule: str
) -> None:
    assert rule_of(text, schema) == rule


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{{"command": "ls"}}', COMMAND, "Repaired"),
        (' { {"command": "ls", "note": "{x}"} }\n', COMMAND, "Repaired"),
        ('{{"command": "ls"}}', None, "bare_name"),
        ('{{"other": "ls"}}', COMMAND, "bare_name"),
        ('{{"note": "ls"}}', COMMAND, "bare_name"),
        ('{{"command": "ls"}', COMMAND, "bare_name"),
        ('{{"command": "ls"}, {"note": "x"}}', COMMAND, "bare_name"),
        ("{{}}", {"properties": {"note": STRING}}, "bare_name"),
        ('{{"o": {{"note": "x"}}}}', tool(o={"type": "object"}), "bare_name"),  # braces doubled as in a template
        ('[{"command": "ls"}]', COMMAND, "Repaired"),
        ('[{"command": "ls"},]', COMMAND, "Repaired"),
        ('[{"command": "ls"}]', None, "Intact"),
        ('[{"command": "ls"}, {"command": "pwd"}]', COMMAND, "Intact"),
        ('[{"other": "ls"}]', COMMAND, "Intact"),
        ('[{"note": "ls"}]', COMMAND, "Intact"),
        ("[{}]", {"type": "object", "properties": {"note": STRING}}, "Intact"),
        ('[["ls"]]', COMMAND, "Intact"),
        ('[{"rows": [1]}]', tool(rows={"type": "array"}), "Repaired"),
        ('[{"rows": []}]', tool(rows={"type": "array", "items": {"properties": {"rows": {"type": "array"}}}}), "Intact"),
    ],
)
def test_one_object_in_brackets_is_the_input_where_the_schema_knows_it(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


def test_the_brackets_around_the_input_are_all_that_is_dropped() -> None:
    for text in ('{{"command": "ls"}}', '[{"command": "ls"}]'):
        result = repair(text, COMMAND)
        assert isinstance(result, Repaired)
        assert result.text == '{"command": "ls"}'


TODO = tool(content=STRING, status=STRING) | {"additionalProperties": False}
TODOS = tool(todos={"type": "array", "items": TODO}, tags={"type": "array"}) | {"required": ["todos"]}
OPEN = {"properties": {"x": STRING}}


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"todos": [{"content": "a", "status": "b"]}', TODOS, "Repaired"),
        ('{"todos": [{"content": "a", "status": "b"}, {"content": "c", "status": "d"], "tags": [1]}', TODOS, "Repaired"),
        ('{"todos": [{"content": "a", "status": "b"]}', None, "wrong_closer"),
        ('{"todos": [{"content": "a"]}', TODOS, "wrong_closer"),  # what is missing may be more than a brace
        ('{"todos": [{"content": "a", "status": "b}"]}', TODOS, "wrong_closer"),
        ('{"todos": [{"content": "a", "status": "{b"]}', TODOS, "wrong_closer"),
        ('{"todos": [{"content": "a", "status": "{b}"]}', TODOS, "wrong_closer"),  # the brace that is missing may be in the string
        ('{"todos": [{"content": "a", "status": "b"}], "tags": [{"x": 1]}', TODOS, "wrong_closer"),
        ('{"todos": [{"content": "a", "status": "b"], "tags": [{"x": 1]}', TODOS, "wrong_closer"),
        ('{"todos": [{"content": "a", "x": "b"]}', tool(todos={"type": "array", "items": {"type": "object"}}), "wrong_closer"),
        ('{"m": {"x": 1}, "todos": [{"x": "b"]}', tool(m={"type": "object"}, todos={"type": "array", "items": OPEN}), "Repaired"),
        ('{"todos": [{"x": "b"]}', tool(todos={"type": "array", "items": {"properties": {"x": STRING, "y": STRING}}}), "wrong_closer"),
        ('{"todos": [{"content": "a", "x": "b"]}', tool(todos={"type": "array", "items": {"properties": {"x": STRING}}}), "wrong_closer"),
        ('{"todos": [{"content": "a", "status": "b",]}', TODOS, "missing_value"),
    ],
)
def test_the_last_item_lacks_its_brace_where_the_schema_says_that_it_is_complete(
    text: str, schema: dict[str, object] | None, rule: str
) -> None:
    assert rule_of(text, schema) == rule
