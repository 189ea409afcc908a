from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.repair.edits import apply
from finestream.repair.literal import GEMMA_QUOTE, Literal, can_end, read_foreign_literal, read_literal
from finestream.repair.outcome import Stuck


def value_of(text: str, literal: Literal) -> object:
    return json.loads(apply(text[: literal.end], literal.edits))


@given(st.text())
def test_a_literal_of_json_is_read_as_it_is(content: str) -> None:
    for text in (json.dumps(content), json.dumps(content, ensure_ascii=False)):
        assert read_literal(text + ": 1", 0, holds_quotes=False) == Literal(len(text), [], [])
        assert read_literal(text + ", 1", 0, holds_quotes=True) == Literal(len(text), [], [])


@given(st.text(alphabet=st.characters(exclude_characters='"\\')))
def test_a_literal_with_raw_characters_keeps_each_of_them(content: str) -> None:
    text = f'"{content}", 1'
    assert value_of(text, read_literal(text, 0, holds_quotes=False)) == content


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\d+"', r"\d+"),
        (r'"\users"', r"\users"),
        (r'"a\ b"', r"a\ b"),
        ('"a\\\nb"', "a\\\nb"),
        (r'"\x41 \\ \" \u0041"', r'\x41 \ " A'),
    ],
)
def test_a_backslash_that_escapes_nothing_is_doubled(text: str, value: str) -> None:
    literal = read_literal(text, 0, holds_quotes=False)
    assert value_of(text, literal) == value
    assert [text[at] for at in literal.doubled] == ["\\"] * len(literal.doubled)
    assert literal.doubled


@pytest.mark.parametrize(
    ("text", "rule", "offset"),
    [
        ('"abc', "ends_inside_string", 0),
        ('"abc\\', "ends_inside_string", 0),
        ('"abc\\"', "ends_inside_string", 0),
        ('"a\\u00', "ends_inside_string", 2),
        ('"a\\u00g "', "broken_escape", 2),
        ('"a\\uD8"  ,', "broken_escape", 2),
        ('"\\u{1F600}"', "broken_escape", 1),
        ('"\\U0001F600"', "broken_escape", 1),
        ('"it\\\'s"', "ambiguous_escape", 3),
        ('"\\`"', "ambiguous_escape", 1),
        ('"\\$1"', "ambiguous_escape", 1),
    ],
)
def test_a_literal_that_is_not_certain_is_not_read(text: str, rule: str, offset: int) -> None:
    with pytest.raises(Stuck) as caught:
        read_literal(text, 0, holds_quotes=False)
    assert caught.value.fault == (rule, offset)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ("'it's': 1", "it's"),
        ("'it\\'s'", "it's"),
        ("'say \"a\"'", 'say "a"'),
        ("'say \\\"a\\\"'", 'say "a"'),
        ("'\\n\\u00fc\n\x01\\d\\\\'", "\n\u00fc\n\x01\\d\\"),
        ("`a 'b' \"c\"\n`", "a 'b' \"c\"\n"),
        ("\u2018it\u2019s\u2019,", "it\u2019s"),
        ("\u201ca\u201d", "a"),
        (f'{GEMMA_QUOTE}say "a"\n{GEMMA_QUOTE}', 'say "a"\n'),
    ],
)
def test_a_literal_in_other_quotes_keeps_its_content(text: str, value: str) -> None:
    literal = read_foreign_literal(text, 0)
    assert value_of(text, literal) == value
    assert can_end(text, literal.end)


def test_a_doubled_backslash_in_other_quotes_is_told() -> None:
    assert read_foreign_literal("'a\\d'", 0).doubled == [2]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("'abc", "ends_inside_string"),
        ("'the dogs' bowl'", "unescaped_quote"),
        ("`a `b` c`", "unescaped_quote"),
        ("'a\\u12'", "ends_inside_string"),
        ("'a\\$b'", "ambiguous_escape"),
        (r"'\x1b[0m'", "ambiguous_escape"),
        (r"'\xa0'", "ambiguous_escape"),
        (r"'\U000e0001'", "ambiguous_escape"),
        (r"'\N{DASH}'", "ambiguous_escape"),
        (r"'\u{1f600}'", "ambiguous_escape"),
        (r"'\v'", "ambiguous_escape"),
        (r"'\a'", "ambiguous_escape"),
        (r"'\0'", "ambiguous_escape"),
        (r"`\7`", "ambiguous_escape"),
        (r"'\/'", "ambiguous_escape"),
        ("'a\\\nb'", "ambiguous_escape"),
        (f"{GEMMA_QUOTE}abc", "ends_inside_string"),
        (f"{GEMMA_QUOTE}a\\n{GEMMA_QUOTE}", "ambiguous_escape"),
    ],
)
def test_a_literal_in_other_quotes_that_is_not_certain_is_not_read(text: str, rule: str) -> None:
    with pytest.raises(Stuck) as caught:
        read_foreign_literal(text, 0)
    assert caught.value.fault.rule == rule
