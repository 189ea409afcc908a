"""What the reader takes without a guess, and what each guess alone adds. The dialects' cases are in the fixture."""

from __future__ import annotations

import json

import pytest

from finestream.repair.edits import apply
from finestream.repair.outcome import Stuck
from finestream.repair.reader import Reader
from finestream.repair.strict import DEEPEST


def read(text: str, guess: str = "", pos: int = 0) -> object:
    reader = Reader(text, pos, guess)
    reader.read()
    return json.loads(apply(text[: reader.pos], reader.edits)[pos:])


def stuck(text: str, guess: str = "") -> tuple[str, int | None]:
    with pytest.raises(Stuck) as caught:
        read(text, guess)
    return caught.value.fault


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, {}, []], "b": "x"} more', {"a": [1, {}, []], "b": "x"}),
        ('"a\nb" more', "a\nb"),
        ("{'a': [True, None , 'x',], b: {},}", {"a": [True, None, "x"], "b": {}}),
        ('{"a": [[1, 2], [3,],], "b": {"c": {"d": 1,}}}', {"a": [[1, 2], [3]], "b": {"c": {"d": 1}}}),
        ("[ // one\n 1, /* two */ 2 # three\n]", [1, 2]),
        ("{\\n\"a\": 1\\r\\n, \u00a0'b': 2}", {"a": 1, "b": 2}),
        ('{`a`: \u2018b\u2019, \u201cc\u201d: <|"|>d<|"|>, <|"|>e<|"|>: 1}', {"a": "b", "c": "d", "e": 1}),
        ('["x", "[{", "a\tb"]', ["x", "[{", "a\tb"]),
        ('[[["x"], "y"], "a\tb"]', [[["x"], "y"], "a\tb"]),
        ('{"a": "C:\\\\dir", "b": "\\d"}', {"a": "C:\\dir", "b": "\\d"}),
    ],
)
def test_json_and_its_dialects_are_read(text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ("ends_early", 0)),
        ("word", ("not_json", 0)),
        ("{", ("ends_early", 1)),
        ("[", ("ends_early", 1)),
        ("[1, ", ("ends_early", 4)),
        ('{"a"', ("ends_early", 4)),
        ('{"a": ', ("ends_early", 6)),
        ('{"a": 1', ("missing_closer", 7)),
        ('{"a": "b', ("ends_inside_string", 6)),
        ('{"a": ,', ("missing_value", 6)),
        ('{"a": }', ("missing_value", 6)),
        ("[,1]", ("missing_value", 1)),
        ("[1,}", ("missing_value", 3)),
        ('{"a", 1}', ("missing_colon", 4)),
        ("{1: 2}", ("bare_name", 1)),
        ('{"a": 1]', ("wrong_closer", 7)),
        ('{"a": 1 "b"', ("unexpected_text", 8)),
        ('{"a": word}', ("bare_value", 6)),
        ('{"a": 01}', ("bare_value", 6)),
        ('{"a": 1.e}', ("bare_value", 6)),
        ('{"a\nb": 1}', ("odd_name", 3)),
        ("{'a': [NaN]}", ("bare_value", 7)),
        ("{'x': " + "[" * DEEPEST, ("nested_too_deeply", DEEPEST + 5)),
        ('{"a": "C:\\new", "b": "\\d"}', ("ambiguous_backslash", 9)),
        ("{'a': 'C:\\new', 'b': '\\d'}", ("ambiguous_backslash", 9)),
    ],
)
def test_where_the_text_says_nothing_certain_the_reader_is_stuck(text: str, fault: tuple[str, int]) -> None:
    assert stuck(text) == fault


@pytest.mark.parametrize(
    ("guess", "text", "value"),
    [
        ("add_braces", '"a": 1, "b": {}', {"a": 1, "b": {}}),
        ("add_braces", '"a": 1}', {"a": 1}),
        ("keep_quotes", '{"a": "x "y" z", "b": ["65" tv"]}', {"a": 'x "y" z', "b": ['65" tv']}),
        ("add_commas", '{"a": "x" "b": true "c": [{} {}]}', {"a": "x", "b": True, "c": [{}, {}]}),
        ("add_commas", "[[] {}\n[]]", [[], {}, []]),
        ("add_commas", '{"a": [{"b": "x"}] "c": 1}', {"a": [{"b": "x"}], "c": 1}),
        ("add_colons", '{"a" "x", "b" [1]}', {"a": "x", "b": [1]}),
        ("add_quotes", '{"a": x, "b": [y, ?]}', {"a": "x", "b": ["y", None]}),
        ("open_quotes", '{"a": x y", "b": z"}', {"a": "x y", "b": "z"}),
        ("open_names", '{a": 1, "b": 2}', {"a": 1, "b": 2}),
        ("replace_closers", '{"a": [1}, "b": {"c": 2]}', {"a": [1], "b": {"c": 2}}),
        ("insert_closer", '{"a": [1}', {"a": [1]}),
        ("drop_closer", '{"a": [{"b": 1}}, 2]}', {"a": [{"b": 1}, 2]}),
        ("close_objects", '{"a": {"b": "x"', {"a": {"b": "x"}}),
        ("close_objects", '{"a": true\n', {"a": True}),
        ("close_objects", '{"a": [1]', {"a": [1]}),
        ("quote_json", '{"a": "{"b": "c"}", "d": "e"}', {"a": '{"b": "c"}', "d": "e"}),
        ("unquote_json", '{"a": "{"b": "c"}", "d": "e"}', {"a": {"b": "c"}, "d": "e"}),
    ],
)
def test_each_guess_mends_its_own_damage(guess: str, text: str, value: object) -> None:
    assert read(text, guess) == value


@pytest.mark.parametrize(
    ("guess", "text", "rule"),
    [
        ("add_braces", '"{a": 1', "text"),
        ("add_braces", '"a": {"b": 1', "missing_closer"),
        ("add_braces", '"a": [1', "missing_closer"),
        ("keep_quotes", '{"a "b" c": 1}', "missing_colon"),
        ("keep_quotes", '{"a": "x \\d "y" z"}', "ambiguous_backslash"),
        ("add_commas", '{"a": "x""b": 1}', "unexpected_text"),
        ("add_commas", '{"a": "x," "b": 1}', "unexpected_text"),
        ("add_commas", '{"a": 12 "b": 1}', "unexpected_text"),
        ("add_commas", '["a" "b"]', "unexpected_text"),
        ("add_commas", '[[] "b"]', "unexpected_text"),
        ("add_commas", '{"a": "x" "b"}', "unexpected_text"),
        ("add_colons", '{"a""x"}', "missing_colon"),
        ("add_colons", '{"a:" "x"}', "missing_colon"),
        ("add_colons", '{"a" }', "missing_colon"),
        ("add_quotes", "[word]", "bare_value"),
        ("add_quotes", '{"a": \\nword}', "bare_value"),
        ("open_quotes", '{"a": [x"]}', "bare_value"),
        ("insert_closer", '{"o": {"a": [1}, "p": {"b": [2}}', "wrong_closer"),
        ("drop_closer", '{"a": [1}}' + "}" * 500, "wrong_closer"),
        ("close_objects", '{"a": 1', "missing_closer"),
        ("close_objects", '{"a": ["x"', "missing_closer"),
        ("close_objects", '{"a": {"b": "x}"}', "missing_closer"),
        ("unquote_json", '{"a": "x "b" y"}', "unexpected_text"),
    ],
)
def test_no_guess_goes_further_than_its_proof(guess: str, text: str, rule: str) -> None:
    if rule == "text":
        assert read(text, guess) == "{a"  # a string, and what follows is for others to judge
    else:
        assert stuck(text, guess)[0] == rule


def test_it_begins_where_it_is_told() -> None:
    reader = Reader('xx {"a": 1,}, 2', 3)
    reader.read()
    assert (reader.pos, len(reader.edits)) == (12, 1)
