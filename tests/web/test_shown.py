"""What leaves for the page is plainly to be seen, and has an end."""

from __future__ import annotations

import json

import pytest

from finestream.web.shown import LONGEST, encoded, key_of, name_of, shown, text

HOSTILE = [
    "<script>alert(1)</script>",
    "‮txt.exe",
    "\x1b[31mred\x07",
    "\ud800 half",
    "a\x00b",
    "</script><!--",
    "zero​width",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_is_spelled_out_and_otherwise_as_it_came(value: str) -> None:
    told = json.loads(encoded({"value": value}))["value"]
    assert not set(told) & set("‮\x1b\x07\ud800\x00​")
    assert told.isprintable()
    assert ("<" in told) == ("<" in value)


def test_line_ends_and_tabs_stay() -> None:
    assert text("one\n\ttwo") == "one\n\ttwo"


def test_a_long_text_is_shown_in_part_and_says_so() -> None:
    assert text("x" * (LONGEST + 1_234)) == "x" * LONGEST + " … and 1,234 characters more"
    assert text("x" * LONGEST) == "x" * LONGEST


def test_keys_and_whatever_lies_deep_are_made_safe_too() -> None:
    assert shown({"\x1b": [("‮", 1, 1.5, None, True)]}) == {"\\x1b": [["\\u202e", 1, 1.5, None, True]]}
    deep: object = "end"
    for _ in range(30):
        deep = {"in": [deep]}
    assert "end" not in json.dumps(shown(deep)) and "\\u2026" in json.dumps(shown(deep))


def test_what_is_no_number_of_json_is_null() -> None:
    assert encoded({"a": [float("nan"), float("inf"), 1.5]}) == b'{"a": [null, null, 1.5]}'


@pytest.mark.parametrize("name", [*HOSTILE, "toolu_01", "a/b?c#d%20", ""])
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert key_of(name).isascii() and not set(key_of(name)) & set("/?#<>")
    assert name_of(key_of(name)) == name
