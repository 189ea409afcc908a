from __future__ import annotations

import pytest

from finestream.repair.edits import Edit
from finestream.repair.embedded import unwrap_text, unwrap_value
from finestream.repair.words import (
    bare_name,
    bare_value,
    loose_number,
    python_literal,
    signed_number,
    string_word,
    unclosed_name,
    unopened_name,
    unopened_value,
)


@pytest.mark.parametrize(("text", "after"), [("True,", "true"), ("False }", "false"), ("None\n]", "null"), ("True", "true")])
def test_literals_of_python_are_translated(text: str, after: str) -> None:
    edit = python_literal(text, 0)
    assert edit is not None
    assert edit.after == after


@pytest.mark.parametrize("text", ["TRUE,", "Trueish,", "None of it", "True.x", ""])
def test_other_words_are_no_literals(text: str) -> None:
    assert python_literal(text, 0) is None


@pytest.mark.parametrize(
    ("text", "after"), [(".5}", "0.5"), ("-.5 ,", "-0.5"), ("5.]", "5"), ("-10.,", "-10"), ("0.}", "0"), ("0.0,", None), ("05.,", None)]
)
def test_a_number_may_begin_or_end_with_its_point(text: str, after: str | None) -> None:
    edit = loose_number(text, 0)
    assert (edit.after if edit else None) == after


@pytest.mark.parametrize("text", [".}", "-.,", "5.x}", "5. 3", ".5.1,", "..5", "5.e3,", "5..}", "12.", "0. ", ".5", "-.5\n"])
def test_other_points_are_of_no_number(text: str) -> None:
    assert loose_number(text, 0) is None


@pytest.mark.parametrize(
    ("text", "after"),
    [("+5}", "5"), ("+1.5e3 ,", "1.5e3"), ("+05,", None), ("+-5,", None), ("+5x,", None), ("5,", None), ("+5", None), ("+5 ", None)],
)
def test_a_plus_in_front_of_a_number(text: str, after: str | None) -> None:
    edit = signed_number(text, 0)
    assert (edit.after if edit else None) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("INVALID_VALUE}", '"INVALID_VALUE"'),
        ("a-b, ", '"a-b"'),
        ("src/app.py]", '"src/app.py"'),
        ("v1.2 // as before", '"v1.2"'),
        ("\u00e9t\u00e9 }", '"\u00e9t\u00e9"'),
        ("blue,", '"blue"'),
        ("?}", "null"),
        ("? ,", "null"),
        *(("ls,", '"ls"'), ("ul,", '"ul"'), ("te,", '"te"')),  # two letters of a literal, as of many words
    ],
)
def test_a_bare_word_is_a_string_and_a_question_mark_is_no_value(text: str, after: str) -> None:
    edit = bare_value(text, 0)
    assert edit is not None
    assert edit.after == after


@pytest.mark.parametrize(
    "text",
    [
        *(
            "true,",
            "TRUE,",
            "tru,",
            "t,",
            "ture,",
            "trxe,",
            "truee,",
            "nul,",
            "nulll,",
            "fase,",
            "fa,",
            "nu,",
            "alse,",
            "NaN,",
            "undefined,",
            "nil,",
            "none,",
        ),
        *("two words,", "a b", "12,", "-x,", "a:b,", "a//b,", "??,", "?x,", "f(x),", '"x",', "x=1}", "[object"),
    ],
)
def test_a_word_that_can_mean_more_is_left(text: str) -> None:
    assert bare_value(text, 0) is None


@pytest.mark.parametrize(
    ("text", "after"), [("path: 1", '"path"'), ("old-text :", '"old-text"'), ("$x:", None), ("1a:", None), ("a b:", None)]
)
def test_a_name_without_quotes(text: str, after: str | None) -> None:
    edit = bare_name(text, 0)
    assert (edit.after if edit else None) == after


@pytest.mark.parametrize(("text", "end"), [('path": 1', 5), ('path" :', 5), ('path", ', None), ('a b": ', None)])
def test_a_name_without_its_opening_quote(text: str, end: int | None) -> None:
    assert unopened_name(text, 0) == (Edit("added_quotes", 0, end, '"path"') if end else None)


@pytest.mark.parametrize(("text", "after"), [('"path: 1', '"path"'), ('"-n : 1', '"-n"'), ('"path": 1', None), ('"a b: 1', None)])
def test_a_name_without_its_closing_quote(text: str, after: str | None) -> None:
    edit = unclosed_name(text, 0)
    assert (edit.after if edit else None) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('Pura90"}', '"Pura90"'),
        ('New York",', '"New York"'),
        ('https://x.y/z?a=1" ]', '"https://x.y/z?a=1"'),
        ('/usr/bin"', '"/usr/bin"'),
        ('12:30"}', '"12:30"'),
        ('ls"}', '"ls"'),
    ],
)
def test_a_string_without_its_opening_quote(text: str, after: str) -> None:
    edit = unopened_value(text, 0)
    assert edit is not None
    assert (edit.after, text[edit.end - 1]) == (after, '"')


@pytest.mark.parametrize(
    "text", ['12"}', '-1.5e3"}', 'true"}', 'tru"}', 'a, b"}', 'a: b"}', 'a "}', 'a  b"}', '//x"}', 'a"b"}', "a}", 'a\n"}', '"}']
)
def test_a_string_without_its_opening_quote_may_be_something_else(text: str) -> None:
    assert unopened_value(text, 0) is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        *(("/usr/bin}", "/usr/bin"), ("~/a.b ,", "~/a.b"), ("../x]", "../x"), (".gitignore,", ".gitignore"), ("/tmp /* x */", "/tmp")),
        *(("word}", "word"), ('tree"}', "tree"), ('a b"}', "a b")),
    ],
)
def test_a_word_where_a_string_must_stand(text: str, after: str) -> None:
    edit = string_word(text, 0)
    assert edit is not None
    assert edit.after == f'"{after}"'


@pytest.mark.parametrize(
    "text",
    ["/}", "./}", "..}", "...}", "/a//b}", "/a b}", "/ab/}", "/ab/gi,", "/a/...}", "/a:b}", '/a"b"}', "?}", 'true"}', '-5"}', "tree}"],
)
def test_a_word_where_a_string_must_stand_may_have_lost_something(text: str) -> None:
    assert string_word(text, 0) is None


@pytest.mark.parametrize("text", ['"[{"a": "x"}]"}', '" {"a": "x"} ",', '"["a"]"'])
def test_json_in_quotes_is_unwrapped(text: str) -> None:
    value, string = unwrap_value(text, 0), unwrap_text(text, 0)
    assert value is not None
    assert string is not None
    assert value.end == string.end == text.rindex('"') + 1


@pytest.mark.parametrize(
    "text",
    ['"[1, 2]"}', '"abc"}', '"[{"a": "x"}"}', '"["a"] and more"}', '"["a"]" x', '"["a", NaN', '"' + '["a",' * 5000, '"["a"]'],
)
def test_what_is_not_json_up_to_its_quote_is_not_unwrapped(text: str) -> None:
    assert unwrap_value(text, 0) is None
    assert unwrap_text(text, 0) is None


def test_an_escape_inside_has_no_certain_level_in_a_string() -> None:
    text = '"{"a": "x\\n"}"}'
    assert unwrap_text(text, 0) is None
    assert unwrap_value(text, 0) is not None
