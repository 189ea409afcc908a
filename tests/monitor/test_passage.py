"""What a person would see of a text that may end anywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.monitor.passage import TOLD_LINES, Lines, last_lines, line_ends

TEXTS = st.text(st.sampled_from('ab\n\r\\"/é漢🙂\u2028\x1bnu0'), max_size=3000)


@pytest.mark.parametrize(
    ("text", "ends"),
    [(r"a\nb", 1), (r"a\\nb", 0), (r"a\\\nb", 1), (r"a\\\\nb\n", 1), ("a\nb", 1), ("", 0), ("\\", 0)],
)
def test_line_ends_are_counted_escaped_or_not(text: str, ends: int) -> None:
    assert line_ends(text.encode()) == ends


@given(TEXTS, st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_lines_are_counted_the_same_however_the_text_grows(value: str, steps: list[int]) -> None:
    whole = json.dumps(value).encode()
    lines, text, at = Lines(), bytearray(), 0
    while at < len(whole):
        step = steps[at % len(steps)]
        text += whole[at : at + step]
        at += step
        lines.count(text)
    assert lines.count(text) == value.count("\n")


def test_another_text_in_its_place_is_counted_anew() -> None:
    lines = Lines()
    assert lines.count(bytearray(rb"a\nb\nc")) == 2
    assert lines.count(bytearray(rb"a\nb")) == 1


@given(TEXTS, st.integers(0, 40), st.booleans())
def test_what_is_shown_is_the_end_of_the_value(value: str, back: int, is_ascii: bool) -> None:
    """Cut anywhere inside the string, the lines are the last ones of what is there whole."""
    whole = ('{"a": "x", "content": ' + json.dumps(value, ensure_ascii=is_ascii)).encode()[:-1]
    start = len(b'{"a": "x", "content": "')
    text = whole[: max(start, len(whole) - back)]
    shown = last_lines(text)
    assert 1 <= len(shown) <= TOLD_LINES
    expected = value.replace("\r\n", "\n").replace("\r", "\n")
    joined = "\n".join(shown)
    if joined and "\ud800" <= joined[-1] <= "\udbff":  # half of a character that comes as two escapes
        joined = joined[:-1]
    at = expected.rfind(joined) if not back else expected.find(joined)
    assert at >= 0
    if not back:
        assert expected.endswith(joined)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r'{"content": "', [""]),
        (r'{"content": "one\ntwo', ["one", "two"]),
        (r'{"content": "one\r\ntwo\r', ["one", "two", ""]),
        (r'{"content": "one \"two', ['one "two']),
        ('{"content": "one\\', ["one"]),
        ('{"content": "one\\\\', ["one\\"]),
        (r'{"content": "one\u00', ["one"]),
        (r'{"content": "one\\u00', [r"one\u00"]),
        (r'{"content": "\u001b[31m', ["\x1b[31m"]),
        (r'{"content": "bad \q escape', [r"bad \q escape"]),
    ],
)
def test_the_last_lines_of_a_text_that_may_be_cut(text: str, shown: list[str]) -> None:
    assert last_lines(text.encode()) == shown


@pytest.mark.parametrize("shift", range(8))
def test_of_a_long_text_only_the_end_is_read_and_no_character_is_cut(shift: int) -> None:
    for char, spelled in (("é", "é"), ("漢", "漢"), ("\x1b", r"\u001b"), ("\\", "\\\\"), ("\n", "\\n")):
        (*_, last) = last_lines(f'{{"content": "{"x" * shift}{spelled * 600}'.encode())
        assert set(last) <= {char}
    (last,) = last_lines(f'{{"content": "{"x" * shift}{"漢" * 600}{" " * (shift % 3)}{chr(92)}u001b'.encode() + b"\\u001b" * 150)
    assert set(last) <= {"漢", " ", "\x1b"}
    assert last_lines(b'{"content": "' + b"z" * 5000) == ["z" * 240]
    assert last_lines(b'{"content": "' + rb"line\n" * 5000) == ["line"] * (TOLD_LINES - 1) + [""]
