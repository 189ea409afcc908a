from __future__ import annotations

import json

import pytest

from finestream.repair.strict import DEEPEST, NotJson, encodable, has_repeated_names, parse_strictly, read_strictly, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('\ufeff{"a": 1}', {"a": 1}),
        ('"\\ud83d"', "\ud83d"),
        ("[1e400]", [float("inf")]),
        (" [] \r\n", []),
        ("9" * 700, float("9" * 700)),
        ("-" + "9" * 600, -int("9" * 600)),
        ("[" * DEEPEST + "]" * DEEPEST, json.loads("[" * DEEPEST + "]" * DEEPEST)),
        ("[" * (DEEPEST - 1) + "[],[]" + "]" * (DEEPEST - 1), json.loads("[" * (DEEPEST - 1) + "[],[]" + "]" * (DEEPEST - 1))),
        ('["' + "[" * (DEEPEST + 1) + '"]', ["[" * (DEEPEST + 1)]),
        ("[" + "{}," * DEEPEST + "[]]", [{}] * DEEPEST + [[]]),
    ],
)
def test_what_the_client_accepts_is_parsed(text: str, value: object) -> None:
    assert parse_strictly(text) == value


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ('{"a": NaN}', 6),
        ("[-Infinity]", 1),
        ("\ufeff[1 2]", 4),
        ('"a\nb"', 2),
        ("\x0b[]", 0),
        ("[" * (DEEPEST + 1), DEEPEST + 1),
    ],
)
def test_what_the_client_does_not_accept_is_not_json(text: str, offset: int) -> None:
    with pytest.raises(NotJson) as caught:
        parse_strictly(text)
    assert (caught.value.offset, caught.value.rule) == (offset, "")


@pytest.mark.parametrize("text", ["[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), '{"a":' * 300 + "1" + "}" * 300, "[" * 100_000])
def test_what_is_nested_too_deeply_is_not_read(text: str) -> None:
    with pytest.raises(NotJson) as caught:
        parse_strictly(text)
    assert caught.value.rule == "nested_too_deeply"


@pytest.mark.parametrize(
    ("text", "pos", "found"),
    [
        ('x {"a": 1} y', 2, (10, True)),
        ('x {"a": 1, y', 2, (11, False)),
        ("[NaN]", 0, (0, False)),
    ],
)
def test_a_value_is_read_as_far_as_it_is_json(text: str, pos: int, found: tuple[int, bool]) -> None:
    assert read_strictly(text, pos) == found


def test_reading_too_deep_a_value_is_no_recursion_error() -> None:
    with pytest.raises(NotJson) as caught:
        read_strictly("[" * 100_000, 0)
    assert caught.value.rule == "nested_too_deeply"


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"a": 1, "b": {"a": 2}}', False), ('{"x": [{"a": 1, "a": 1}]}', True), ("\ufeff[1e5, 2]", False), ('{"a": 1, "\\u0061": 2}', True)],
)
def test_names_that_are_given_twice_are_seen(text: str, expected: bool) -> None:
    assert has_repeated_names(text) == expected


def test_what_is_written_can_be_encoded() -> None:
    value = {"\udc00": ["\ud83d", "\u00fc\U0001f600"]}
    assert json.loads(write(value).encode("utf-8")) == value
    assert "\u00fc" in write(value)
    assert encodable('"\ud800"') == '"\\ud800"'
