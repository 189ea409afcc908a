"""What a terminal would obey is spelled out, and everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.printable import printable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, grün, 数据, 🎯, e\u0301", "plain, grün, 数据, 🎯, e\u0301"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        ("\x7f\x9b31m\x85", "\\x7f\\x9b31m\\x85"),
        ("abc\u202edef\u2066x\u200b\ufeff", "abc\\u202edef\\u2066x\\u200b\\ufeff"),
        ("\u2028\ud83d", "\\u2028\\ud83d"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_and_tabs_stay_where_lines_are_wanted() -> None:
    assert printable("a\n\tb\r\x1b", lines=True) == "a\n\tb\\r\\x1b"


@given(st.text(st.characters(codec=None)))
def test_what_is_shown_prints_and_is_the_same_when_shown_again(text: str) -> None:
    shown = printable(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" for char in shown)
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("abcde", "abcde"), ("abcdef", "abcd…"), ("ab\ncd", "ab\\n…"), ("\x1b\x1b", "\\x1b…"), ("", "")]
)
def test_a_long_text_is_shortened_to_one_line(text: str, shown: str) -> None:
    assert shortened(text, 5) == shown
