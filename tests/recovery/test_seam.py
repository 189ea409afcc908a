"""The seam: found where it is unambiguous, refused where the text could be read in two ways."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.recovery.seam import (
    LONGEST,
    OVERLAP,
    PROBE,
    SHORTEST,
    WHOLE,
    Doubt,
    Pending,
    Refusal,
    anchor,
    border,
    borders,
    is_inside_word,
)
from finestream.recovery.seam import seam as find_seam

texts = st.text("ab\n ", max_size=150) | st.text(min_size=20, max_size=150)
periodic = st.builds(
    lambda run, times, end: run * times + end, st.text("abc\n", min_size=1, max_size=9), st.integers(1, 40), st.text("abc", max_size=9)
)
CODE = "".join(f"def f{n}(x):\n    return x + {n} * {n * n}\n\n" for n in range(30))
_random = random.Random(7)
WORDS = ["record", "session", "values", "of", "the", "user", "to", "a", "is", "written", "(x)", "->", "return", "42", "\n"]
NOISE = " ".join(_random.choice(WORDS) for _ in range(160)) + " the end"  # ordinary text: its words come again, its lines do not


def seam(kept: str, answer: str, *, complete: bool) -> int:
    return find_seam(kept, anchor(kept), answer, complete=complete)


# -- the anchor ----------------------------------------------------------------------------------------------------------------------------


words = st.lists(st.sampled_from(["foo", "bar", " ", "\n", "name", "filename", "x = 1;", "==", "12"]), max_size=60).map("".join)


@given(texts | periodic | words)
def test_an_anchor_is_an_end_that_stands_there_once_has_no_border_and_begins_inside_a_word(kept: str) -> None:
    end = anchor(kept)
    if end is not None:
        assert SHORTEST <= len(end) <= LONGEST
        assert kept.endswith(end)
        assert len(re.findall(f"(?={re.escape(end)})", kept)) == 1
        assert all(end[:size] != end[-size:] for size in range(1, len(end)))
        before, at = kept[: -len(end)], len(kept) - len(end)
        assert before[-1] != kept[-1]
        assert is_inside_word(kept, at)
        assert kept.count(kept[at - 2 : at + 2]) > 1


ANCHORS = {
    "too short": ("a record, record of days", None),
    "just long enough": ("record, a record of all of the days!", "cord of all of the days!"),
    "the word stands there once": ("a record of all of the days, and no more", None),
    "it stands behind the place": ("a record of all of the days is a record!", "rd of all of the days is a record!"),
    "it overlaps itself": ("a=111111 of all of the days, and no more", None),
    "it begins with a word": ("is=is a record of all of the days, and no more", None),
    "it goes on like its own end": ("a word, a word of all of the days, and no doubts or", None),
    "it begins as it ends": ("word: a word of all of the days, and no doubts, rd", None),
    "what would come has stood there": ("or!rd of; a word of all of the days, no words!", None),
    "a capital inside": ("ofIt, ofIt of all of the days, and no more", None),
    "a number": ("2024 to 2024 and so it is or as, ok", None),
    "one line for ever": ("the same line again and again\n" * 50, None),
    "a head, then one line for ever": (NOISE + "the same line again and again\n" * 50, None),
    "longer than the longest": (NOISE + "z" * 500, None),
    "nothing": ("", None),
}


@pytest.mark.parametrize("case", ANCHORS)
def test_which_end_is_the_anchor(case: str) -> None:
    kept, expected = ANCHORS[case]
    assert anchor(kept) == expected


def test_a_word_may_stand_in_front_of_the_string() -> None:
    kept = "a record of all of the days, and no more"
    assert anchor(kept, '{"name": "records"') == "rd of all of the days, and no more"


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("word", 2, True),
        ("word", 1, False),
        ("word", 3, False),
        ("a word", 3, False),
        ("a word", 4, True),
        ("WORD", 2, True),
        ("Word", 2, True),
        ("woRd", 2, False),
        ("漢字文書", 2, True),
        ("2024", 2, False),
        ("ab12", 2, False),
        ("ab_c", 2, False),
        ("", 0, False),
    ],
)
def test_where_a_word_goes_on(text: str, at: int, expected: bool) -> None:
    assert is_inside_word(text, at) is expected


UNITS = {
    "numbers": "0x12345678, 0x9abcdef0, ",
    "a line": "the quick brown fox jumps over it\n",
    "a line in a line": "\nthe quick brown fox jumps over it\n",
    "a long line": "the user's name and the record of the session are written here, in a line that is longer than most others are\n",
    "a paragraph": "The user's name is known.\nThe record of the session is written.\n\nWhat is left is the end of the session.\n\n" * 2
    + "And so on.\n",
    "a word at the end of another": "name = compute_the_value(of, it);\n",
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("head", ["", "file", "int t[] = {", "a line before\n", NOISE, NOISE + "\nfile"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_no_copy_of_text_that_is_said_twice_in_a_row_is_lost(unit: str, head: str, is_turned: bool) -> None:
    """Cut around the end of the first copy, and whatever the model repeats of what was kept, from nothing to all of it."""
    if is_turned:
        unit = unit[7:] + unit[:7]
    text = head + unit * 2 + "the end"
    for cut in range(len(head + unit) - 3, len(head + unit) + 4):
        kept, rest, end = text[:cut], text[cut:], anchor(text[:cut])
        for begin in range(cut + 1):
            answer = kept[begin:] + rest
            for complete in (True, False):
                with suppress(Refusal, Pending):
                    assert kept + answer[find_seam(kept, end, answer, complete=complete) :] == text


def test_a_shorter_overlap_than_it_seems_loses_nothing() -> None:
    """The text has a period of 51 characters, and the model repeats the last 48: they stand there a period further on, too."""
    unit = 'the quick brown fox jumps over it, {"content": "bar'
    text = "🎉" + unit * 4 + "\nend of text, said once"
    for cut in range(24, len(text)):
        kept, end = text[:cut], anchor(text[:cut])
        for begin in range(cut):
            with suppress(Refusal):
                assert kept + text[begin:][find_seam(kept, end, text[begin:], complete=True) :] == text


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


END = anchor(NOISE) or ""
BEFORE = "the answer begins before the anchor where the text may repeat itself"
INSIDE = next(size for size in range(OVERLAP + 30, WHOLE) if is_inside_word(NOISE, len(NOISE) - size) and NOISE[-size] != "d")
SEAMS: dict[str, tuple[str, str, int | str]] = {
    "obedient": (NOISE, END + "and more of the text", len(END)),
    "obedient, and nothing more": (NOISE, END, len(END)),
    "obedient, and a little more": (NOISE, END + "!", len(END)),
    "obedient, and white space": (NOISE, END + " " * 40, len(END)),
    "a long overlap": (NOISE, NOISE[-INSIDE:] + "and more of the text", INSIDE),
    "everything again": (NOISE, NOISE + "and more of the text", len(NOISE)),
    "everything again, and it is short": (NOISE[1 - WHOLE :], NOISE[1 - WHOLE :] + "and more of the text", BEFORE),
    "everything again, and it ends as it begins": ("d" + NOISE, "d" + NOISE + "and more of the text", BEFORE),
    "bare": (NOISE, "and more of the text", "the answer does not hold the anchor"),
    "nothing": (NOISE, "", "the answer does not hold the anchor"),
    "another text before the anchor": (NOISE, "Sure: " + END + "and more", "the answer differs from what had arrived"),
    "more before the anchor than there was": (NOISE, "x" + NOISE + "and more", "the answer differs from what had arrived"),
    "a short overlap": (NOISE, NOISE[1 - OVERLAP :] + "and more of the text", BEFORE),
    "an overlap that begins with a word": (NOISE, NOISE[NOISE.index(" ", len(NOISE) - WHOLE) + 1 :] + "and more of the text", BEFORE),
    "the anchor twice": (NOISE, END * 2 + "and more of the text", "the answer repeats the anchor"),
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
    [("", False), (END[:-1], False), (END + "x" * (PROBE - 1), False), (END + "x" * PROBE, True)],
)
def test_an_answer_that_goes_on_is_waited_for_until_the_seam_is_certain(answer: str, is_known: bool) -> None:
    if is_known:
        assert seam(NOISE, answer, complete=False) == len(END)
    else:
        with pytest.raises(Pending):
            seam(NOISE, answer, complete=False)


def test_what_cannot_become_right_is_not_waited_for() -> None:
    with pytest.raises(Refusal):
        seam(NOISE, "Sure: " + END, complete=False)


@given(periodic | st.text("ab", min_size=1, max_size=40))
def test_a_border_is_what_a_text_begins_and_ends_with(text: str) -> None:
    expected = [max(size for size in range(end) if text[:end].endswith(text[:size])) for end in range(1, len(text) + 1)]
    assert borders(text) == expected
    assert border(text) == expected[-1]


def _is_linear(work: Callable[[int], object], size: int) -> bool:
    """Ten times the size costs far less than a hundred times as much."""

    def cost(size: int) -> float:
        started = process_time()
        work(size)
        return process_time() - started

    return min(cost(10 * size) for _ in range(2)) < 40 * max(min(cost(size) for _ in range(3)), 1e-4)


def test_no_text_makes_the_search_for_a_seam_slow() -> None:
    assert _is_linear(lambda size: borders("0" * 7 * size + "xyz" * size + "0" * 7 * size), 2_000)
    assert _is_linear(lambda size: anchor("0" * 10 * size), 5_000)
    assert _is_linear(lambda size: anchor(NOISE * size), 10)


def test_who_says_everything_again_may_begin_as_what_was_kept_ends() -> None:
    kept = "# a line\n" + NOISE[:500] + "\n# a line\n"
    end = anchor(kept)
    assert end is not None
    with pytest.raises(Doubt):
        find_seam(kept, end, kept + "and the rest of it", complete=True)
    assert find_seam(kept, end, kept + "and the rest of it", complete=True, is_told_again=True) == len(kept)
    doubled = NOISE[:250] + "\n" + NOISE[:250]
    with pytest.raises(Refusal):
        find_seam(doubled, anchor(doubled), doubled + "and the rest of it", complete=True, is_told_again=True)
