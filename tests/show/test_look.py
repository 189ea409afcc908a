"""Lines fit, whatever stands in them, and figures are short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from finestream.show.look import _SIGNS, Look, sized, spent, timed
from finestream.show.run_view import Usage
from tests.show.views import EVIL


@given(st.text(), st.integers(1, 30), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_a_line_is_no_wider_than_the_terminal_and_can_be_written_there(text: str, width: int, encoding: str) -> None:
    look = Look(width, encoding=encoding)
    shown = look.text(text)
    assert shown.isprintable() or "\u200d" in shown or not shown.isascii()
    for line in (look.line(shown), *look.wrapped(2, "x ", shown)):
        assert line.cell_len <= width
        line.plain.encode(encoding)
    assert cell_len(look.padded(shown, width)) == width


def test_a_line_that_is_cut_says_so() -> None:
    assert Look(8).line("日本語日本語").plain == "日本語 …"
    assert Look(8, encoding="ascii").line("a long line").plain == "a long ~"
    assert Look(8).line("a line..").plain == "a line.."


def test_nothing_of_a_wrapped_text_is_lost() -> None:
    rows = [row.plain for row in Look(10).wrapped(2, "! ", "0123456789日本語")]
    assert rows == ["  ! 012345", "    6789日", "    本語"]


def test_foreign_text_is_obeyed_by_nobody() -> None:
    assert Look(80).text(EVIL) == "\\x1b[2J\\x07\\u202e日本語"
    assert Look(80, encoding="ascii").text("日…é") == "?~?"
    assert Look(80, encoding="latin-1").text("日é") == "?é"


@pytest.mark.parametrize("name", _SIGNS)
def test_a_sign_is_two_columns_wide_in_either_alphabet(name: str) -> None:
    for encoding in ("utf-8", "UTF8", "ascii"):
        sign, _ = Look(80, encoding=encoding).sign(name)
        assert cell_len(sign) == 2
        sign.encode(encoding)


@pytest.mark.parametrize(("fill", "bar"), [(0.0, "[░░░░░░░░░░]"), (0.8, "[████████░░]"), (0.99, "[█████████░]"), (1.0, "[██████████]")])
def test_a_bar(fill: float, bar: str) -> None:
    assert Look(80).bar(fill, 10) == bar
    assert Look(80, encoding="ascii").bar(fill, 10) == bar.replace("█", "#").replace("░", ".")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0.0s"), (2.34, "2.3s"), (59.94, "59.9s"), (59.96, "1m 00s"), (65.4, "1m 05s"), (7620, "2h 07m")]
)
def test_a_time(seconds: float, said: str) -> None:
    assert timed(seconds) == said


def test_sizes() -> None:
    assert (sized(512), sized(2150), sized(3 * 2**19)) == ("512 B", "2.1 KB", "1.5 MB")


def test_what_was_spent_is_told_as_far_as_it_is_known() -> None:
    assert spent(Usage()) == ""
    assert spent(Usage(1500, 20)) == "1,500 tokens read, 20 written"
    assert spent(Usage(1500, 20, 0.4)) == "1,500 tokens read, 20 written, $0.40"
