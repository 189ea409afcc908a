from __future__ import annotations

import json

import pytest

from finestream.repair import Repaired, repair
from finestream.repair.edits import apply
from finestream.repair.frame import read_text
from finestream.repair.outcome import Stuck


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' \n{"a": 1,} \n', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```\n', {"a": 1}),
        ('```\n{"a": 1}', {"a": 1}),
        ("<|python_tag|><tool_call>[1]</tool_call><|eom_id|>", [1]),
        ('<\uff5ctool\u2581call\uff5c>{"a": 1}<\uff5cend\u2581of\uff5c>', {"a": 1}),
        ('call:ns.find {"a": 1}', {"a": 1}),
        ('<function=find>{"a": 1}</function>', {"a": 1}),
        ('functions.find:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>', {"a": 1}),
        ('{"a": 1}]}', {"a": 1}),
        ('{"a": 1};', {"a": 1}),
        ('{"a": 1},\n', {"a": 1}),
        ('{"a": 1}\\n', {"a": 1}),
        ('{"a": 1}</parameter>\n</invoke>\n</function_calls>', {"a": 1}),
        ('{"a": 1} <//tool_cal', {"a": 1}),
        ('{"a": 1}<', {"a": 1}),
        ('{"a": 1}"', {"a": 1}),
        ('{}{}{"a": 1}', {"a": 1}),
        ('{"a": 1}{}\\n{}]', {"a": 1}),
        ("{\"a\": 1, \"b\": 2}{}{'b': 2, 'a': 1,}", {"a": 1, "b": 2}),
        ("{}{}", {}),
        ('{"a": {"b": [{}, {}]}, "c": 1}]', {"a": {"b": [{}, {}]}, "c": 1}),
        ("{'a': '}}}'}}", {"a": "}}}"}),
        ("{ /* }} */ }}", {}),
        ('{"edits": [{"new": "f() {"}]}}', {"edits": [{"new": "f() {"}]}),  # the brace would not fit there
        ('{"a": [{"b": {}}, {"b": {}}]}}', {"a": [{"b": {}}, {"b": {}}]}),
    ],
)
def test_what_says_nothing_is_dropped(text: str, value: object) -> None:
    assert json.loads(apply(text, read_text(text))) == value


@pytest.mark.parametrize(
    ("text", "rule", "offset"),
    [
        ('{"a": 1} then', "text_after_value", 9),
        ('{"a": 1}<b>', "text_after_value", 8),
        ('{"a": 1}</b>', "text_after_value", 8),
        ('{"a": 1}<parameter name="x">', "text_after_value", 8),
        ('{"a": 1}, {"a": 1}', "text_after_value", 8),
        ('{"a": 1}[1]', "text_after_value", 8),
        ('[1]{"a": 1}', "text_after_value", 3),
        ('{"a": 1}{"a": 2}', "different_objects", 8),
        ('{"a": 1}{}{"a": 1.0}', "different_objects", 10),
        ('{"a": 1}{"a"', "ends_early", 12),
        ("{}" * 200, "text_after_value", 200),
        ('{"a": {"b": 1}, "c": 2}}', "surplus_closer", 23),
        ("```" * 9, "not_json", 24),
        ("Use this: {}", "not_json", 0),
        ('call:find("x")', "not_json", 0),
        ('functions.find({"a": 1})', "not_json", 0),
    ],
)
def test_what_may_say_something_is_not_dropped(text: str, rule: str, offset: int) -> None:
    with pytest.raises(Stuck) as caught:
        read_text(text)
    assert caught.value.fault == (rule, offset)


def test_a_guess_about_brackets_counts_all_of_them() -> None:
    text = '{"a": {"b": [1}, "c": 2}}'
    assert json.loads(apply(text, read_text(text, "replace_closers"))) == {"a": {"b": [1], "c": 2}}
    with pytest.raises(Stuck):
        read_text(text + "}", "replace_closers")


def test_a_brace_too_many_is_dropped_where_the_schema_will_be_asked() -> None:
    text = '{"a": {"b": 1}, "c": 2}}'
    assert json.loads(apply(text, read_text(text, "drop_surplus"))) == {"a": {"b": 1}, "c": 2}


def test_in_a_list_no_brace_can_have_come_too_early() -> None:
    """One less, and the bracket of the list would close an object."""
    text = '{"a": [{"b": {"c": 1}, "d": 2}, {"b": {"c": 3}, "d": 4}]}'
    result = repair(text + "}")
    assert isinstance(result, Repaired)
    assert result.text == text


@pytest.mark.parametrize("code", ["if (x) {", "for (;;) {\\n  go(a[0", "def f(x):\\n    return {", "emoji = '}{'"])
@pytest.mark.parametrize("surplus", ["}", "}}", "]}"])
def test_code_that_is_cut_anywhere_does_not_make_surplus_closers_doubtful(code: str, surplus: str) -> None:
    text = f'{{"old_string": "{code}", "new_string": "{code}"}}'
    result = repair(text + surplus)
    assert isinstance(result, Repaired)
    assert result.text == text
