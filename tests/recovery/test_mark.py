"""The mark: text in which no place can be told from another is continued all the same, exactly or not at all."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.recovery import Pending, Plan, Refusal, plan, splice
from finestream.recovery.mark import LONGEST_TAIL, mark_of, marked_seam, tail_of
from finestream.recovery.opening import closers
from finestream.simulator.jsontext import respell
from tests.recovery.documents import keep, spellings

LINE = "the same line again and again, to the end\n"

# -- the word and what stands behind it ----------------------------------------------------------------------------------------------------


@given(st.text(max_size=90) | st.text("\ud83d\udc00 a", max_size=9))
def test_the_mark_is_one_word_that_does_not_occur_in_what_was_kept(kept: str) -> None:
    mark = mark_of(kept)
    assert mark not in kept
    assert mark == mark_of(kept)
    assert mark.isascii()
    assert json.dumps(mark) == f'"{mark}"'
    assert " " not in mark


def test_a_mark_that_occurs_in_what_was_kept_is_chosen_anew() -> None:
    end = "x" * 64
    mark = mark_of(" " * len(mark_of(end)) + end)
    kept = mark + end
    assert mark_of(kept) not in (mark, mark_of(end))


def test_texts_of_one_end_have_marks_of_their_own() -> None:
    assert mark_of(LINE * 9) != mark_of(LINE * 10)


periodic = st.builds(
    lambda head, run, times, cut: (head + run * times)[: -cut or None],
    st.sampled_from(["", "x", "# a header\n"]),
    st.text('ab0, \n\\"é😀', min_size=1, max_size=12) | st.sampled_from([LINE, "0, ", "=", "10 20 ", "M 0 0 L 1 1 "]),
    st.integers(1, 40),
    st.integers(0, 11),
)


@given(periodic | st.text(max_size=90))
def test_what_stands_behind_the_mark_is_the_end_and_does_not_begin_as_the_text_goes_on(text: str) -> None:
    tail = tail_of(text)
    assert text.endswith(tail)
    assert len(tail) <= LONGEST_TAIL
    if tail:
        assert text[-1] + tail[:4] not in text
        assert all(tail[:size] != tail[-size:] for size in range(1, len(tail)))


TAILS = {
    "nothing": ("", ""),
    "one character": ("a", "a"),
    "a short string": ("short text", "short text"),
    "the same line": (LINE * 99, LINE[1:]),
    "the middle of a line": (LINE * 99 + LINE[:20], (LINE * 2)[21 : 20 + len(LINE)]),
    "two characters in turn": ("ab" * 99, "b"),
    "numbers": ("0, " * 99, ", "),
    "counting": ("".join(f"{n}, " for n in range(99)), "9, 90, 91, 92, 93, 94, 95, 96, 97, 98, "),
    "a row of equal characters": ("=" * 99, ""),
}


@pytest.mark.parametrize("case", TAILS)
def test_which_characters_stand_behind_the_mark(case: str) -> None:
    text, expected = TAILS[case]
    assert tail_of(text) == expected


SEAMS: dict[str, tuple[str, bool, int | type[Exception]]] = {
    "obedient": ("[m]end and more", True, 6),
    "obedient, and nothing more": ("[m]end", True, 6),
    "obedient, and more may come": ("[m]end", False, 6),
    "not far enough": ("[m]en", False, Pending),
    "in the middle of the mark": ("[m", False, Pending),
    "nothing yet": ("", False, Pending),
    "nothing": ("", True, Refusal),
    "ended in the middle": ("[m]en", True, Refusal),
    "without the mark": ("end and more", False, Refusal),
    "without what stands behind it": ("[m] and more", False, Refusal),
    "behind something else": ("the [m]end and more", True, Refusal),
}


@pytest.mark.parametrize("case", SEAMS)
def test_where_the_marked_seam_is(case: str) -> None:
    answer, is_complete, expected = SEAMS[case]
    if isinstance(expected, int):
        assert marked_seam("[m]end", answer, complete=is_complete) == expected
    else:
        with pytest.raises(expected):
            marked_seam("[m]end", answer, complete=is_complete)


# -- documents without anchors -------------------------------------------------------------------------------------------------------------

_few = st.sampled_from([0, 1, 10, 2.50, "", "x", "npm test", None, True, [0], [], {"a": 1}, "[mark-"])
_rows = st.builds(lambda items, times: items * times, st.lists(_few, min_size=1, max_size=3), st.integers(1, 30))
_hostile = periodic | _rows | st.builds(lambda rows: [rows, rows], _rows)
documents = st.one_of(
    st.builds(lambda a, b: {"a": a, "b": b}, _hostile, _hostile),
    st.builds(lambda a, text, b: {"n": 1, "items": [{"a": a, "text": text}] * 3, "b": b}, _few, periodic, _hostile),
    st.builds(lambda a: {"a": {"b": {"c": a}}}, _hostile),
)


def join(planned: Plan, answer: str, *, complete: bool = True) -> str:
    found = splice(planned, answer, complete=complete)
    return planned.kept + found.glue + answer[found.offset :]


@given(documents, spellings, st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
@settings(max_examples=150)
def test_an_obedient_model_goes_on_at_every_cut(document: dict[str, Any], spelling: dict[str, Any], cuts: list[int]) -> None:
    """Nothing is ever asked for again where something was kept that ends in a string or in a list with items."""
    text = json.dumps(document, **spelling)
    for kept in {keep(text, cut % len(text)) for cut in cuts} - {""}:
        planned = plan(kept)
        assert not planned.retreated
        answer = planned.opening + text[len(planned.kept) :]
        assert join(planned, answer) == text
        assert json.loads(join(planned, respell(answer))) == document


@given(documents, spellings, st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
@settings(max_examples=150)
def test_a_part_of_a_marked_answer_leads_to_the_same_seam_or_none(
    document: dict[str, Any], spelling: dict[str, Any], cut: int, sizes: list[int]
) -> None:
    text = json.dumps(document, **spelling)
    planned = plan(keep(text, cut % len(text)))
    answer = planned.opening + text[len(planned.kept) :]
    whole = splice(planned, answer, complete=True)
    short = range(max(1, len(planned.opening) - 30), len(planned.opening) + 1)
    for size in [*(size % len(answer) for size in sizes), *short]:
        try:
            assert splice(planned, keep(answer, size), complete=False) == whole
        except Pending:
            continue


@given(documents, spellings, st.integers(0, 10**6), st.integers(0, 120))
@settings(max_examples=200)
def test_a_model_that_does_not_obey_never_gives_another_document(
    document: dict[str, Any], spelling: dict[str, Any], cut: int, earlier: int
) -> None:
    """Bare, an overlap of any length, everything again: what lacks the mark is refused wherever one was asked for."""
    text = json.dumps(document, **spelling)
    planned = plan(keep(text, cut % len(text)))
    if not planned.mark:
        return
    rest, at = text[len(planned.kept) :], planned.opening.index(planned.mark)
    before, is_item = planned.opening[:at], planned.opening.endswith(f'"{planned.mark}"')
    inside = planned.kept[len(planned.kept) - min(earlier, len(planned.kept)) :]
    bare = before[:-1] + rest.lstrip(", \n") if is_item else before + rest
    for answer in (bare, before + inside + rest, text):
        with pytest.raises(Refusal):
            splice(planned, answer, complete=True)
        with pytest.raises((Refusal, Pending)):
            splice(planned, keep(answer, len(answer) * 2 // 3), complete=False)
    with pytest.raises(Refusal):  # the mark, but nowhere near the seam
        splice(planned, text.replace("{", f'{{"{planned.mark}": 1, ', 1), complete=True)


_runs = st.text('ab0, \n\\"é😀', min_size=1, max_size=12) | st.sampled_from([LINE, "0, ", "=", "10 20 ", "M 0 0 L 1 1 "])


@given(_runs, st.integers(0, 10**6))
def test_a_model_that_writes_the_mark_but_not_the_characters_behind_it_is_refused(run: str, cut: int) -> None:
    """What it leaves out may stand there a period further on, too; so what is asked for is never how the text goes on."""
    text = run * (9 + 100 // len(run))
    size = 2 * len(run) + 5 + cut % (len(text) - 2 * len(run) - 5)
    document = json.dumps({"a": text})
    planned = plan(json.dumps({"a": text[:size]})[:-2])
    if planned.mark:
        bare = json.dumps({"a": planned.mark + text[size:]})
        if tail_of(text[:size]):
            with pytest.raises(Refusal):
                splice(planned, bare, complete=True)
        else:
            assert join(planned, bare) == document


TWICE = {
    "in a string": ('{"a": "' + LINE * 9, '{"a": "MARK{tail}and MARK again"}'),
    "in another member": ('{"a": "' + LINE * 9, '{"a": "MARK{tail}", "b": "MARK"}'),
    "as a name": ('{"a": "' + LINE * 9, '{"a": "MARK{tail}", "MARK": 1}'),
    "as an item": ('{"a": [0, 0', '{"a": ["MARK", 0, "MARK"]}'),
}


@pytest.mark.parametrize("case", TWICE)
@pytest.mark.parametrize("complete", [True, False])
def test_a_mark_behind_the_seam_is_refused(case: str, complete: bool) -> None:
    kept, answer = TWICE[case]
    kept = kept.replace("\n", "\\n")
    planned = plan(kept)
    answer = answer.replace("MARK", planned.mark).replace("{tail}", json.dumps(tail_of(LINE * 9))[1:-1])
    with pytest.raises(Refusal, match="behind the seam"):
        splice(planned, answer if complete else answer[:-1], complete=complete)


def test_members_that_had_arrived_may_stand_before_the_mark() -> None:
    """A tool's required member is said again by a model that minds the schema; the mark says where it goes on all the same."""
    for text in ({"n": 1, "a": LINE * 9}, {"n": 1, "a": [0] * 9}):
        whole = json.dumps(text)
        planned = plan(whole[:-12] if isinstance(text["a"], str) else whole[: whole.rindex(",")])
        assert planned.mark
        assert join(planned, '{"n": 1, ' + planned.opening[1:] + whole[len(planned.kept) :]) == whole
        with pytest.raises(Refusal, match="changes 'n'"):
            splice(planned, '{"n": 2, ' + planned.opening[1:] + whole[len(planned.kept) :], complete=True)


@pytest.mark.parametrize(("kept", "run", "more"), [('{"a": "x', LINE[:-1], "and"), ('{"a": [0', ", 0", ", 1")], ids=["text", "list"])
def test_no_text_makes_a_mark_slow(kept: str, run: str, more: str) -> None:
    """Ten times the size takes far less than a hundred times as long; the least of a few runs, for the machine does other things too."""

    def seconds(size: int) -> float:
        runs = []
        for _ in range(3):
            start = process_time()
            planned = plan(kept + run * size)
            assert join(planned, planned.opening + more * size + closers(planned.kept))
            runs.append(process_time() - start)
        return min(runs)

    assert seconds(20_000) < 40 * max(seconds(2_000), 1e-4)
