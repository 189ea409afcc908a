"""The seam: found where it is unambiguous, refused where the text could be read in two ways."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.recovery.seam import (
    ANCHOR_LENGTHS,
    OVERLAP,
    PROBE,
    Pending,
    Refusal,
    _is_periodic,
    anchor,
    goes_on,
    seam,
)

texts = st.text("ab\n ", max_size=150) | st.text(min_size=20, max_size=150)
periodic = st.builds(
    lambda run, times, end: run * times + end, st.text("abc\n", min_size=1, max_size=9), st.integers(1, 40), st.text("abc", max_size=9)
)
CODE = "".join(f"def f{n}(x):\n    return x + {n} * {n * n}\n\n" for n in range(30))
NOISE = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz \n", k=900))


# -- the anchor ----------------------------------------------------------------------------------------------------------------------------


@given(texts | periodic)
def test_an_anchor_is_an_end_that_stands_there_once_and_has_no_border(kept: str) -> None:
    end = anchor(kept)
    if end is not None:
        assert len(end) in ANCHOR_LENGTHS
        assert kept.endswith(end)
        assert len(re.findall(f"(?={re.escape(end)})", kept)) == 1
        assert all(end[:size] != end[-size:] for size in range(8, len(end)))


ANCHORS = {
    "too short": ("x" + "abcdefghijklmnopqrstuvw"[:22], None),
    "just long enough": ("abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"),
    "the shortest that will do": (NOISE, NOISE[-24:]),
    "its end stood there before": (NOISE[-24:] + "?" + NOISE, NOISE[-29:]),
    "a run that overlaps itself, held by what stands before": (NOISE + "ab" * 40, NOISE[-3:] + "ab" * 40),
    "a border of eight": (NOISE + "borders!01234567borders!", NOISE[-5:] + "borders!01234567borders!"),
    "a border of seven": (NOISE + "border!0123456789border!", "border!0123456789border!"),
    "one line for ever": ("the same line again and again\n" * 50, None),
    "a head, then one line for ever": (NOISE + "the same line again and again\n" * 50, None),
    "longer than the longest": (NOISE + "z" * 500, None),
    "a line that may come again": (NOISE + "\n0123456789abcdefghijklm\n", NOISE[-4:] + "\n0123456789abcdefghijklm\n"),
}


@pytest.mark.parametrize("case", ANCHORS)
def test_which_end_is_the_anchor(case: str) -> None:
    kept, expected = ANCHORS[case]
    assert anchor(kept) == expected


@pytest.mark.parametrize("width", [16, 20, 24, 25, 32, 40, 48, 64, 80])
def test_lines_of_one_width_have_an_anchor_at_every_place(width: int) -> None:
    """A table, a list with numbers: each line differs from the others in one place only."""
    table = "".join(
        (f"row {n:03} " + "with columns that say the same in each and every row of the table" * 2)[: width - 1] + "\n" for n in range(99)
    )
    assert all(anchor(table[:at]) for at in range(15 * width, 20 * width))


@pytest.mark.parametrize(
    ("kept", "period", "expected"),
    [
        ("", 1, False),
        ("ab", 2, False),  # nothing before
        ("xab", 2, False),
        ("bab", 2, False),  # one character is no sign
        ("abab", 2, True),
        ("cbab", 2, False),
        ("\nab\n", 3, True),  # a line end alone is one
        ("x\nab\n", 3, True),
        ("xab\n", 3, False),
        ("aaa", 1, True),
        ("aa", 1, False),
    ],
)
def test_a_repetition_shows_by_two_characters_or_a_line_end(kept: str, period: int, expected: bool) -> None:
    assert goes_on(kept, period) is expected


# -- the seam ------------------------------------------------------------------------------------------------------------------------------


@given(texts | periodic, texts)
def test_an_answer_that_begins_with_the_anchor_is_joined_behind_it_or_refused(kept: str, rest: str) -> None:
    end = anchor(kept)
    if end is None:
        with pytest.raises(Refusal):
            seam(kept, kept[-24:] + rest, complete=True)
        return
    try:
        assert seam(kept, end + rest, complete=True) == len(end)
    except Refusal as refusal:
        assert refusal.reason == str(refusal) == "the answer repeats the anchor"
        assert end.startswith(rest[:PROBE])


@given(texts | periodic, texts, st.integers(0, 200), st.integers(0, 400))
def test_a_part_of_an_answer_leads_to_the_same_seam(kept: str, rest: str, back: int, size: int) -> None:
    answer = kept[max(0, len(kept) - 24 - back) :] + rest
    try:
        found = seam(kept, answer[:size], complete=False)
    except Pending:
        return
    except Refusal:
        with pytest.raises(Refusal):
            seam(kept, answer, complete=True)
        return
    assert seam(kept, answer, complete=True) == found


@given(st.text("abcd", min_size=30, max_size=120), st.text("abcd", max_size=80))
def test_an_overlap_really_overlaps(kept: str, answer: str) -> None:
    try:
        length = seam(kept, answer, complete=True)
    except Refusal:
        return
    assert kept.endswith(answer[:length])


LINE = NOISE[:120].replace("\n", " ") + "\n"
SEAMS: dict[str, tuple[str, str, int | str]] = {
    "obedient": (NOISE, NOISE[-24:] + "and more of the text", 24),
    "obedient, and nothing more": (NOISE, NOISE[-24:], 24),
    "obedient, and a little more": (NOISE, NOISE[-24:] + "!", 24),
    "obedient, and white space": (NOISE, NOISE[-24:] + " " * 40, 24),
    "a long overlap": (NOISE, NOISE[-OVERLAP:] + "and more of the text", OVERLAP),
    "everything again": (NOISE, NOISE + "and more of the text", len(NOISE)),
    "bare": (NOISE, "and more of the text", "the answer does not hold the anchor"),
    "nothing": (NOISE, "", "the answer does not hold the anchor"),
    "another text before the anchor": (NOISE, "Sure: " + NOISE[-24:] + "and more", "the answer differs from what had arrived"),
    "more before the anchor than there was": (NOISE, "x" + NOISE + "and more", "the answer differs from what had arrived"),
    "a short overlap": (
        NOISE,
        NOISE[1 - OVERLAP :] + "and more of the text",
        "the answer begins before the anchor where the text repeats itself",
    ),
    "bare, and the line comes again": (
        NOISE + "\n" + LINE,
        LINE + "and more of the text",
        "the answer begins before the anchor where the text repeats itself",
    ),
    "bare, and the line comes twice again": (NOISE + LINE, LINE + LINE, "the answer repeats the anchor"),
    "all of it is made of one run": (
        LINE[:70] * 2,
        LINE[:70] * 2 + "and more of the text",
        "the answer begins before the anchor where the text repeats itself",
    ),
    "nothing to go by": ("same\n" * 90, "same\n" * 9, "what was kept repeats itself or is too short: no anchor in it is unique"),
}


@pytest.mark.parametrize("case", SEAMS)
def test_where_the_seam_is(case: str) -> None:
    kept, answer, expected = SEAMS[case]
    if isinstance(expected, int):
        assert seam(kept, answer, complete=True) == expected
    else:
        with pytest.raises(Refusal, match=re.escape(expected)):
            seam(kept, answer, complete=True)


@pytest.mark.parametrize(
    ("answer", "is_known"),
    [("", False), (NOISE[-24:][:23], False), (NOISE[-24:] + "x" * (PROBE - 1), False), (NOISE[-24:] + "x" * PROBE, True)],
)
def test_an_answer_that_goes_on_is_waited_for_until_the_seam_is_certain(answer: str, is_known: bool) -> None:
    if is_known:
        assert seam(NOISE, answer, complete=False) == 24
    else:
        with pytest.raises(Pending):
            seam(NOISE, answer, complete=False)


def test_what_cannot_become_right_is_not_waited_for() -> None:
    with pytest.raises(Refusal):
        seam(NOISE, "Sure: " + NOISE[-24:], complete=False)


@given(periodic | st.text("ab", max_size=40))
def test_a_text_is_periodic_when_a_run_fills_it_twice(text: str) -> None:
    expected = any(text[period:] == text[: len(text) - period] for period in range(1, len(text) // 2 + 1))
    assert _is_periodic(text) is expected


def _is_linear(work: Callable[[int], object], size: int) -> bool:
    """Ten times the size costs far less than a hundred times as much."""

    def cost(size: int) -> float:
        started = process_time()
        work(size)
        return process_time() - started

    return min(cost(10 * size) for _ in range(2)) < 40 * max(min(cost(size) for _ in range(3)), 1e-4)


def test_no_text_makes_the_search_for_a_seam_slow() -> None:
    assert _is_linear(lambda size: _is_periodic("0" * 7 * size + "xyz" * size), 5_000)
    assert _is_linear(lambda size: anchor("0" * 10 * size), 5_000)
