"""Splicing: whatever the model answers, the document comes out exact or not at all."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.recovery import Pending, Plan, Refusal, plan, splice
from finestream.recovery.opening import closers
from finestream.recovery.splice import _may_become, _may_go_on_later, _starts
from tests.recovery.documents import documents, keep, spellings

cuts = st.lists(st.integers(0, 10**6), min_size=4, max_size=4)


def join(planned: Plan, answer: str, *, complete: bool = True) -> str:
    found = splice(planned, answer, complete=complete)
    return planned.kept + found.glue + answer[found.offset :]


@given(documents, spellings, cuts)
@settings(max_examples=150)
def test_an_obedient_answer_gives_the_document_back(document: dict[str, Any], spelling: dict[str, Any], at: list[int]) -> None:
    text = json.dumps(document, **spelling)
    for kept in {keep(text, cut % len(text)) for cut in at} - {""}:
        planned = plan(kept)
        assert text.startswith(planned.kept)
        try:
            assert join(planned, planned.opening + text[len(planned.kept) :]) == text
        except Refusal as refusal:
            assert "repeat" in refusal.reason or "more than one" in refusal.reason


@given(documents, spellings, cuts)
@settings(max_examples=150)
def test_a_whole_answer_gives_the_document_back_or_is_refused(document: dict[str, Any], spelling: dict[str, Any], at: list[int]) -> None:
    text = json.dumps(document, **spelling)
    for kept in {keep(text, cut % len(text)) for cut in at} - {""}:
        with suppress(Refusal):
            assert json.loads(join(plan(kept), text)) == document


@given(documents, spellings, st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.booleans())
@settings(max_examples=150)
def test_a_part_of_an_answer_leads_to_the_same_seam_or_none(
    document: dict[str, Any], spelling: dict[str, Any], cut: int, sizes: list[int], is_obedient: bool
) -> None:
    """Also where the model says everything again: what a part of the answer shows has to hold for all of it."""
    text = json.dumps(document, **spelling)
    planned = plan(keep(text, cut % len(text)))
    answer = planned.opening + text[len(planned.kept) :] if is_obedient else text
    for size in sizes:
        try:
            found = splice(planned, keep(answer, size % len(answer)), complete=False)
        except (Pending, Refusal):
            continue
        assert found == splice(planned, answer, complete=True)


CODE = "".join(f"def f{n}(x):\n    return x + {n} * {n * n}\n\n" for n in range(60))
LINES = "the same line again and again, to the end\n" * 200
MIXED = "# header of the file\n" + LINES


@pytest.mark.parametrize("content", [CODE, LINES, MIXED, MIXED + CODE], ids=["code", "periodic", "header", "mixed"])
@pytest.mark.parametrize("earlier", [0, 1, 7, 42, 43, 100, 300])
def test_no_answer_of_a_careless_model_ever_gives_another_file(content: str, earlier: int) -> None:
    """Overlapping by any amount, bare, or everything again: at each cut exact or refused, and for code exact."""
    document = {"file_path": "/a.py", "content": content}
    text = json.dumps(document)
    exact = refused = 0
    for at in range(text.index("content") + 12 + 64, len(text) - 2, 41):
        if text[at - 1] == "\\":
            continue
        planned = plan(text[:at])
        decoded = json.loads(planned.kept + closers(planned.kept)).get("content", "")  # what the model is shown
        for begin in (len(decoded), max(0, len(decoded) - 24 - earlier), 0):
            answer = json.dumps({"file_path": "/a.py", "content": content[begin:]})
            try:
                assert json.loads(join(planned, answer)) == document
                exact += 1
            except Refusal:
                refused += 1
    assert refused if content != CODE else exact


REFUSED = {
    "another shape": '["x"]',
    "not json": "def main",
    "empty": "",
    "a changed member": '{"file_path": "/b.py", "content": "%s"}',
    "without the open member": '{"file_path": "/a.py"}',
    "another kind": '{"content": 12}',
    "a new member before it": '{"mode": "w", "content": "%s"}',
    "without the anchor": '{"content": "and then something else entirely"}',
    "a changed tail": '{"content": "XX%s"}',
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_that_does_not_go_on_is_refused(case: str) -> None:
    kept = '{"file_path": "/a.py", "content": "' + json.dumps(CODE[:500])[1:-1]
    tail = json.dumps(CODE[400:])[1:-1]
    answer = REFUSED[case].replace("%s", tail)
    with pytest.raises(Refusal):
        splice(plan(kept), answer, complete=True)


NOISE = "".join(f"{n * n % 997:x} words " for n in range(130))  # never the same twice, and longer than the first try of an answer


@pytest.mark.parametrize("size", [100, 300, 520, 700, 900])
def test_an_item_that_may_only_repeat_an_earlier_one_is_not_taken_for_the_cut_one(size: int) -> None:
    """Three equal items, cut in the second; the model begins again. Its first item fits the cut one, but it is the first."""
    document = {"items": [{"old": NOISE, "n": [1, 2]}] * 3}
    text = json.dumps(document)
    planned = plan(text[: text.index("}") + 500])
    assert planned.kept.count("old") == 2
    with pytest.raises((Pending, Refusal)):
        splice(planned, keep(text, size), complete=False)
    with pytest.raises(Refusal, match="more than one"):
        splice(planned, text, complete=True)


def test_a_doubt_about_one_item_is_not_outvoted_by_another() -> None:
    """The model begins again; an earlier item begins as the cut one does, and in the right one two places would fit."""
    text = json.dumps({"x": [[NOISE[:508] + " and then something else"], [NOISE[:600]] * 3]})
    planned = plan(text[: text.rindex(NOISE[:50]) + 508])
    assert planned.kept.endswith(NOISE[:508])
    with pytest.raises(Refusal, match="more than one"):
        splice(planned, text, complete=True)


PARTS: dict[str, tuple[str, str, type[Exception]]] = {
    "an item that repeats an earlier one so far": ('[{"a": [1, 2], "b": "NOISE"}, {"b": "NO', '[{"a": [1', Pending),
    "whole items that repeat earlier ones": ('[{"a": [1, 2]}, {"a": [3]}, {"b": "NO', '[{"a": [1, 2]}', Pending),
    "an item of another type": ('[{"a": [1, 2]}, {"b": "NO', "[12, ", Refusal),
    "an item with another name": ('[{"a": [1, 2]}, {"b": "NO', '[{"c": 1', Refusal),
    "an item with another number": ('[{"a": [1, 2]}, {"b": "NO', '[{"a": [1, 3', Refusal),
    "an item with too many parts": ('[{"a": [1, 2]}, {"b": "NO', '[{"a": [1, 2, 3', Refusal),
    "an item with another text": ('[{"a": "abc"}, {"b": "NO', '[{"a": "abx', Refusal),
    "no item yet": ('[{"a": [1, 2]}, {"b": "NO', "[", Pending),
    "the cut item, not far enough": ('[{"a": [1, 2]}, {"b": "NO', '[{"b": "', Pending),
    "the cut item behind its predecessor, not far enough": ('[{"a": [1, 2]}, {"b": "NO', '[{"a": [1, 2]}, {"b": "', Pending),
    "a list that ended without it": ('[{"a": [1, 2]}, {"b": "NO', '[{"a": [1, 2]}]', Refusal),
    "an object that may still come to the cut member": ('{"a": 1, "b": "NO', '{"a": 1', Pending),
    "a repeated member that is not there yet": ('{"a": "abc", "b": "NO', '{"a": "ab', Pending),
    "a member behind which there may be more": ('{"a": "abc"', '{"a": "abc"', Pending),
    "nothing": ('{"a": "abc"', "", Pending),
}


@pytest.mark.parametrize("case", PARTS)
def test_what_a_part_of_an_answer_cannot_tell_yet(case: str) -> None:
    kept, part, expected = PARTS[case]
    kept, part = ('{"x": ' + text.replace("NOISE", NOISE[:40]).replace("NO", NOISE[:90]) for text in (kept, part))
    planned = plan(kept)
    assert planned.kept == kept
    with pytest.raises(expected):
        splice(planned, part if case != "nothing" else "", complete=False)


@pytest.mark.parametrize(
    "items", [[{"a": 1}] * 3, ["same"] * 3, [NOISE[:24]] * 3, [{"a": NOISE[:24]}] * 3, [0, 0, 0], [[1], [1], [1]], [{}] * 3]
)
def test_a_bare_answer_never_loses_an_item_that_is_like_the_last(items: list[Any]) -> None:
    text = json.dumps({"n": 1, "items": items})
    two = text[: -2 - len(json.dumps(items[2]))].rstrip(", ")
    planned = plan(two)
    assert planned.kept == two
    with pytest.raises(Refusal, match="does not begin"):
        splice(planned, json.dumps({"items": items[2:]}), complete=True)


def test_items_are_told_again_where_what_stands_before_them_was() -> None:
    text = NOISE[:40]
    kept = json.dumps({"n": 1, "items": [[1], [text]]})[:-2]
    whole = json.dumps({"n": 1, "items": [[1], [text], [1], [text]]})
    assert not plan(kept).mark
    assert join(plan(kept), whole) == whole
    with pytest.raises(Refusal, match="does not begin"):
        splice(plan(kept), json.dumps({"items": [[1], [text], [1], [text]]}), complete=True)


def test_a_new_member_may_come_bare() -> None:
    planned = plan('{"a": {"b": 1')
    for answer, joined in (
        ('{"a": {"c": 2}, "d": 3}', '{"a": {"b": 1, "c": 2}, "d": 3}'),
        ('{"a": {}}', '{"a": {"b": 1}}'),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
    ):
        assert join(planned, answer) == joined


def test_where_nothing_was_kept_the_answer_is_the_input() -> None:
    assert join(plan(""), '{"a": 1}') == '{"a": 1}'


def test_an_answer_too_deep_to_read_is_refused() -> None:
    with pytest.raises(Refusal, match="too deeply"):
        splice(plan('{"a": 1'), '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", complete=True)


def is_linear(make: Callable[[int], tuple[Plan, str, bool]]) -> bool:
    """Ten times the size takes far less than a hundred times as long; the least of a few runs, for the machine does other things too."""

    def seconds(size: int) -> float:
        planned, answer, complete = make(size)
        runs = []
        for _ in range(3):
            gc.collect()
            gc.disable()  # it looks at all that is there again and again
            start = process_time()
            with suppress(Refusal, Pending):
                splice(planned, answer, complete=complete)
            runs.append(process_time() - start)
            gc.enable()
        return min(runs)

    return seconds(10_000) < 40 * max(seconds(1_000), 1e-4)


@pytest.mark.parametrize("item", [0, {"old": "a"}, [[]]])
@pytest.mark.parametrize("is_whole", [True, False])
def test_an_answer_that_repeats_many_items_is_not_slow(item: Any, is_whole: bool) -> None:
    def make(size: int) -> tuple[Plan, str, bool]:
        kept = json.dumps({"edits": [item] * size})[:-2] + ', {"old": "' + NOISE[:133]
        return plan(kept), kept + ' and the end"}]}' if is_whole else kept[: kept.rindex(", {")], is_whole

    assert is_linear(make)


@pytest.mark.parametrize("is_whole", [True, False])
def test_an_answer_that_repeats_many_members_is_not_slow(is_whole: bool) -> None:
    def make(size: int) -> tuple[Plan, str, bool]:
        kept = json.dumps({f"m{n}": n for n in range(size)})[:-1] + (', "old": "' + NOISE[:133] if is_whole else "")
        return plan(kept), kept + (' and the end"}' if is_whole else ', "new": 1}'), True

    assert is_linear(make)


@given(st.lists(st.sampled_from([1, 2, "a", [1]]), max_size=8), st.lists(st.sampled_from([1, 2, "a", [1]]), max_size=8))
def test_where_an_answer_may_start_to_repeat_items(items: list[Any], done: list[Any]) -> None:
    counts = range(min(len(items), len(done)) + 1)
    assert _starts(items, done) == [count for count in counts if items[:count] == done[len(done) - count :]]


@given(st.lists(st.sampled_from([1, 2, "a", "ab", [1]]), max_size=5), st.lists(st.sampled_from([1, 2, "a", "ab", [1]]), max_size=8))
def test_when_an_answer_may_still_come_to_the_cut_item(items: list[Any], done: list[Any]) -> None:
    expected = any(
        items[:-1] == done[at : at + len(items) - 1] and (not items or _may_become(items[-1], done[at + len(items) - 1]))
        for at in range(len(done) - len(items) + 1)
    )
    assert _may_go_on_later(items, done) is expected


WRAPPED = {
    "alone": ('{"path": "a.txt"', '{"INVALID_JSON": "{\\"path\\": \\"a.txt\\""}'),
    "behind what had arrived": ('{"path": "a.txt"', '{"path": "a.txt", "INVALID_JSON" : ""}'),
    "in an object": ('{"path": "a.txt", "a": {"b": 1', '{"a": {"INVALID_JSON":1}}'),
    "behind the seam": ('{"text": "' + NOISE[:133], '{"text": "' + NOISE[:133] + '", "INVALID_JSON": {}}'),
    "where nothing was kept": ("", '{"INVALID_JSON": "{"}'),
}


@pytest.mark.parametrize("case", WRAPPED)
@pytest.mark.parametrize("complete", [True, False])
def test_what_wraps_a_cut_input_towards_the_model_never_comes_back_as_a_member(case: str, complete: bool) -> None:
    kept, answer = WRAPPED[case]
    planned = plan(kept)
    assert planned.kept == kept
    with pytest.raises(Refusal, match="wraps"):
        splice(planned, answer if complete else answer[:-1], complete=complete)


@pytest.mark.parametrize("text", ['INVALID_JSON": 1', "INVALID_JSON", '{"INVALID_JSON": "x"}', '\\"INVALID_JSON":'])
def test_a_text_may_speak_of_the_wrapper(text: str) -> None:
    planned = plan('{"path": "a.txt"')
    assert json.loads(join(planned, json.dumps({"path": "a.txt", "text": text, "more": ["INVALID_JSON"]})))["text"] == text
