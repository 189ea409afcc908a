"""The choice between readings. Each single damage is in the fixture; here is what happens between them."""

from __future__ import annotations

import subprocess
import sys
from types import MappingProxyType

import pytest

from finestream.repair import Change, Intact, Refused, Repaired, repair
from finestream.repair.edits import Edit
from finestream.repair.outcome import Fault
from finestream.repair.readings import check_reading

STRING = {"type": "string"}
LIST = {"type": "array"}


def tool(**required: object) -> dict[str, object]:
    return {"type": "object", "properties": required, "required": list(required)}


def rule_of(text: str, schema: dict[str, object] | None = None) -> str:
    result = repair(text, schema)
    return result.rule if isinstance(result, Refused) else type(result).__name__


def test_changes_are_exact() -> None:
    text = '{"edits": [{"old": "a\tb", "new": "\\d"},], "path": \'x\'}'
    assert repair(text) == Repaired(
        '{"edits": [{"old": "a\\tb", "new": "\\\\d"}], "path": "x"}',
        {"edits": [{"old": "a\tb", "new": "\\d"}], "path": "x"},
        (
            Change("escaped_control_character", 21, "$.edits[0].old", "\t", "\\t"),
            Change("doubled_backslash", 34, "$.edits[0].new", "", "\\"),
            Change("dropped_trailing_comma", 38, "$.edits", ",", ""),
            Change("replaced_quotes", 50, "$.path", "'x'", '"x"'),
        ),
    )


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"a": "x" "y" "b": word}', None, "unexpected_text"),  # two kinds of damage
        ('{"a": [1}, "b": word}', None, "wrong_closer"),
        ('{"a": "x "y" z" "b": 1}', None, "unexpected_text"),
        ('{"a": {"b": [{"c": 1}, {"d": 2}, "e": 3}}', None, "unexpected_text"),
        ('{"a": 1,}', tool(a=STRING, b=STRING), "schema"),
        ('{"a": 1,}', tool(a={"type": "string", "pattern": "^x"}), "schema"),
        ('{"a": word}', tool(a={"type": "number"}), "bare_value"),
        ('{"a": word}', tool(b=STRING), "bare_value"),
        ('{"a": word, "c": 1}', {"properties": {"a": STRING}}, "bare_value"),
        ('{"a": word}', {"type": "object"}, "Repaired"),
        ('{"a": [}], "b": 1}', tool(a=LIST, b={"type": "number"}), "wrong_closer"),  # what it closed is lost
        ('{"a": word}', {"type": 5}, "Repaired"),  # a schema that cannot be used says nothing
        ('{"a": "x"', {"type": 5}, "missing_closer"),
        ('{"a": "x"', {"type": "object"}, "missing_closer"),
        ('{"a": "x"', {**tool(a=STRING), "additionalProperties": True}, "missing_closer"),
        ('{"a": {"b": "x"', tool(a={"type": "object"}), "missing_closer"),
        ('{"a": {"b": "x"', tool(a=tool(b=STRING)), "Repaired"),
        ('{"a": two words, "b": 1}', tool(a=STRING, b={"type": ["number", "string"]}), "Repaired"),
        ('{"a": two words}', tool(a={"type": ["null", "string"]}), "bare_value"),
        ('["a" "b"]', {"type": "array"}, "unexpected_text"),
        (r"""{'a': "it's \x1b[0m"}""", None, "ambiguous_escape"),  # Python chooses its quotes by what is in them
        (r"""{"a": "it's \x1b[0m", 'b': 1}""", None, "ambiguous_escape"),
        (r"""{"a": "it's \x1b[0m"}""", None, "Repaired"),
        (r"""{'a': "\d+"}""", None, "Repaired"),
        ('"a\nb"', None, "not_an_object"),
        ('"{\\"a\\": \\"x\ty\\"}"', tool(a=STRING), "Repaired"),
        ('{\\"a\\": 1} x', None, "bare_name"),
        ('{\\"a\\": }', None, "bare_name"),
        ('{"a": "x",\ufffd}', None, "lost_characters"),
        ('{"a": <|"|>x<|"|>, "b": "<|\\x"}', None, "torn_markup"),
        ('{"a": 1, "a": 2,}', None, "repeated_name"),
        ('{"a": "[{\\"b\\": 1, \\"b\\": 2}]"}', tool(a=LIST), "Intact"),
        ('{"b": "x", "b": "y"}', tool(a={"type": "array", "items": tool(b=STRING)}), "Intact"),
        ('{"a": yes}', None, "bare_value"),  # a word, or what YAML calls true
        ('{"a": Off}', tool(a=STRING), "Repaired"),
        ('{"a": Off}', tool(a={"type": ["string", "boolean"]}), "bare_value"),
        ('{"a": inf}', None, "bare_value"),
        ("\n\t", None, "empty"),
        ("[" * 300 + "]" * 300, None, "nested_too_deeply"),
        ("[" * 300, None, "ends_early"),
    ],
)
def test_what_is_decided(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


def test_two_readings_are_none() -> None:
    text = '{"a": "{"b": "x"}"}'
    either = {"anyOf": [{"type": "object"}, STRING]}
    assert repair(text, tool(a=either)) == Refused("ambiguous", "There is more than one reading, and nothing says which was meant.", 9)
    assert isinstance(repair(text, tool(a=STRING)), Repaired)
    assert isinstance(repair(text, tool(a={"type": "object"})), Repaired)


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        # Unquoted, and quoted again as it stands: a way round the question at which level an escape counts.
        (r'{"a": "{"p": "C:\\new"}"}', tool(a=STRING), "unexpected_text"),
        (r'{"a": {"b": "{"p": "x\\n"}"}}', tool(a=STRING), "unexpected_text"),
        ("{\"a\": {'x': True}}", tool(a=STRING), "schema"),  # the text itself, or the object in JSON
        ('{"a": {x: 1}}', tool(a=STRING), "schema"),
        ('{"a": [{"b": {"c": word}}]}', tool(a={"type": "array", "items": tool(b=STRING)}), "bare_value"),
        ('{"a": True}', tool(a=STRING), "schema"),
        ('{"a": {"x": 1,}}', tool(a=STRING), "schema"),
        ('{a: {"x": 1},}', tool(a=STRING), "Repaired"),
        (r'{"a": "[{\"b\": {x: 1}}]"}', tool(a={"type": "array", "items": tool(b=STRING)}), "Intact"),
        (r'{"a": "[{\"b\": {\"x\": 1}}]"}', tool(a={"type": "array", "items": tool(b=STRING)}), "Repaired"),
        # Inside of quotes that were not escaped, two backslashes are one or two where the one can begin an escape.
        (r'{"a": "[{"b": "x\\ny"}]"}', tool(a=LIST), "unexpected_text"),
        (r'{"a": "[{"b": "\\\\d"}]"}', tool(a=LIST), "unexpected_text"),
        (r'{"a": "[{"b": "\\d+"}]"}', tool(a=LIST), "Repaired"),
        (r'{"a": "[{"b": "x\ny"}]"}', tool(a=LIST), "Repaired"),
    ],
)
def test_what_was_corrected_is_not_quoted_as_it_was(text: str, schema: dict[str, object], rule: str) -> None:
    assert rule_of(text, schema) == rule


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        (r'{"a": "E:\new",}', None, "damaged_content"),
        (r"{\"a\": \"C:\\new\"}", None, "bare_name"),
        (r'{"a": "[{\"p\": \"C:\\new\"}]"}', tool(a=LIST), "Intact"),
        (r'"{\"a\": \"C:\\new\"}"', tool(a=STRING), "Intact"),
        (r'{"a": "foo\",\"b\":\"bar\"}]",}', None, "damaged_content"),
        ('{"a": "x\n</parameter>\n",}', None, "damaged_content"),
        ('{"a": "x\n</a>"}', None, "damaged_content"),
        ('{"a": "x\n</invoke>", "b": "5"}', tool(a=STRING, b={"type": "number"}), "damaged_content"),
        ('{"a": "x</invoke>", "b": "5"}', tool(a=STRING, b={"type": "number"}), "Intact"),
        ('{"a": "<a>\n</a>", "b": ["<invoke></invoke>"],}', None, "Repaired"),
        ('{"a": ["x\n</parameter>"]}', None, "damaged_content"),
        ('{"a": "b": c", "d": "C:\\new", "e": word}', None, "unexpected_text"),
        ('{"a": word, "d": "C:\\new"}', None, "damaged_content"),
        (r'{"a": "x</a>\n<parameter name=\"b\">y</parameter>",}', tool(a=STRING, b=STRING), "Repaired"),
        ('{"a": "x</a>\n<parameter name=\\"b\\">y"}', None, "damaged_content"),
        ('{"a": "x</a>\n<parameter name=\\"b\\">y"}', tool(a=STRING), "damaged_content"),
        ('{"a": "x</parameter>\n<parameter name=\\"b\\">y\n"}', None, "damaged_content"),
        ('{"a": "<b>x</b>\n<parameter name=\\"b\\">y\n"}', None, "Repaired"),
        ('{"a": "<a>x</a>\n<parameter name=\\"b\\">y\n"}', None, "Repaired"),
    ],
)
def test_a_correction_beside_damage_that_nothing_can_mend_is_none(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


@pytest.mark.parametrize(
    ("text", "schema", "rule"),
    [
        ('{"a": "x"</parameter>}', None, "Repaired"),
        ('{"a": 5</antml:parameter>\n, "b": [1]</invoke>}', None, "Repaired"),
        ('{"a": "x"</parameter>', None, "missing_closer"),
        ('{"a": 5</b>}', None, "unexpected_text"),
        ('{"a": 5<6}', tool(a={"type": "number"}), "unexpected_text"),
        ('{"a": "say "x</parameter>"}', None, "unexpected_text"),
        ('{"a": "x"</parameter><parameter name="b">y</parameter>', tool(a=STRING, b=STRING), "unexpected_text"),
    ],
)
def test_the_end_of_a_parameter_says_nothing_behind_a_value(text: str, schema: dict[str, object] | None, rule: str) -> None:
    assert rule_of(text, schema) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"a": "f(" # done",\n "b": 1}', "unexpected_text"),
        ('{"a": "f(" // x "y",\n}', "unexpected_text"),
        ('{"a": "f(" /* x", "y" */}', "unexpected_text"),
        ('{"a": "f(" // it\'s done\n, "b": 1}', "Repaired"),
    ],
)
def test_what_looks_like_a_comment_and_holds_quotes_may_be_content(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (r"{\"a\": \"Oslo\\n\"}", "Repaired"),
        (r"{\"a\": \"src\\new\"}", "bare_name"),  # escaped once too often, or only its quotes
        (r"{\"a\": \"cd \\temp\", \"b\": 1}", "bare_name"),
        (r"{'a': 'D:\work', 'b': 'cd src\new folder'}", "ambiguous_backslash"),
    ],
)
def test_an_escape_that_may_belong_to_a_path_is_none_in_other_notations_either(text: str, rule: str) -> None:
    assert rule_of(text) == rule


CODE = {"a": STRING, "tags": {"type": "array", "items": STRING}}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"a":"p","tags":["x","y]"}', "wrong_closer"),
        ('{"tags":["x","y]"}, "a":"p"}', "wrong_closer"),
        ('{"tags":["x","[y]"}, "a":"p"}', "Repaired"),
        ('{"tags":["x","[y]"}', "wrong_closer"),
        ('{"tags":["x","y]"}]', "wrong_closer"),
        ('{"tags":["x", "y"}]', "Repaired"),
        ('{"a":"f() { return g[1]; }"]', "Repaired"),
        ('{"a":"x}"]', "wrong_closer"),
        ('{"a":"{x"]', "Repaired"),
        ('{"a":"[x"]', "wrong_closer"),
        ('{"a":"{x"}}', "surplus_closer"),
        ('{"a":"[a-z"}]', "surplus_closer"),
        ('{"a":"[a-z"}}', "Repaired"),
        ('{"a":"{x}"}}', "Repaired"),
        ('{"a":"x"}]}', "Repaired"),
        ("{'a':'{x'}}", "surplus_closer"),
        ('{"a":"{x"}, "tags": ["y"]}}', "text_after_value"),
    ],
)
def test_a_bracket_may_have_slipped_past_a_quote(text: str, rule: str) -> None:
    assert rule_of(text, {"properties": CODE, "additionalProperties": False}) == rule


def test_a_bracket_may_have_slipped_far_from_the_one_too_many() -> None:
    inner = {"type": "object", "properties": {"t": STRING}}
    assert rule_of('{"a": {"t": "{x"}, "c": 2}}', tool(a=inner, c={"type": "number"})) == "surplus_closer"
    assert rule_of('{"a": {"t": "{x}"}, "c": 2}}', tool(a=inner, c={"type": "number"})) == "Repaired"


def test_a_byte_order_mark_is_no_fault_and_does_not_move_the_places() -> None:
    assert repair('\ufeff{"a": "x"}') == Intact({"a": "x"})
    result = repair('\ufeff{"a": "[1]"}', tool(a=LIST))
    assert isinstance(result, Repaired)
    assert (result.text, [change.offset for change in result.changes]) == ('{"a": [1]}', [0, 7])
    assert repair('\ufeff{"a": "x"}', tool(a=STRING)) == Intact({"a": "x"})


@pytest.mark.parametrize(("keep", "is_kept"), [("", True), ('{"a": "x', True), ('{"a": "x",', False), ('{"b', False)])
def test_what_was_sent_on_stays(keep: str, is_kept: bool) -> None:
    result = repair('{"a": "x",}', keep=keep)
    assert isinstance(result, Repaired) == is_kept
    assert is_kept or (isinstance(result, Refused) and (result.rule, result.offset) == ("already_forwarded", 9))


def test_any_mapping_is_a_schema() -> None:
    assert isinstance(repair('{"a": "[1]"}', MappingProxyType(tool(a=LIST))), Repaired)


@pytest.mark.parametrize(
    ("text", "edit", "rule"),
    [
        ('{"a": 1, 2}', Edit("dropped_trailing_comma", 7, 10, ""), "ambiguous"),
        ('{"a": "x "}', Edit("replaced_quotes", 6, 10, '"x"'), "ambiguous"),
        ('{"a": 1,}', Edit("added_comma", 7, 7, ","), "ambiguous"),
        ('{"a": 1, "a": 2}', Edit("dropped_white_space", 8, 9, ""), "repeated_name"),
    ],
)
def test_a_reading_that_breaks_the_law_of_its_own_rules_is_thrown_away(text: str, edit: Edit, rule: str) -> None:
    fault = check_reading(text, [edit])
    assert isinstance(fault, Fault)
    assert fault.rule == rule


def test_a_refusal_never_shows_content() -> None:
    for text in ('{"a": "SECRET"}{"a": 2}', '{"a": SECRET things}', '{"a": "SECRET'):
        assert "SECRET" not in str(repair(text, tool(a={"type": "number"})))
    assert "SECRET" not in str(getattr(repair('{"a": "SECRET"}', tool(a={"type": "number"})), "findings", None))


def test_the_gateway_can_import_it_cheaply() -> None:
    code = "import sys, finestream.repair; print(*sorted({'jsonschema', 'json_repair', 'referencing'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == ""
