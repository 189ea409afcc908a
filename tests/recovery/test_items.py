"""Between the items of a list only a piece of one can tell where the answer goes on; a whole item may always be the next."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.recovery.items import LONGEST_REPEAT, Anchor, item_anchor, item_seam
from finestream.recovery.parts import DECODER, parts
from finestream.recovery.seam import Pending, Refusal

LONG = "a text that is so long that it is enough to leave some of it out"
TAIL = "at it is enough to leave some of it out"
Items = list[Any]


def anchor_of(items: Items, **spelling: Any) -> Anchor | None:
    text = json.dumps(items, **spelling)
    return item_anchor(text, list(parts(text, 0)))


ANCHORS: dict[str, tuple[Items, Anchor | None]] = {
    "nothing": ([], None),
    "a long text": ([1, LONG], Anchor(1, f'"{TAIL}"')),
    "a text of sixteen characters": (["sixteen letters!"], Anchor(1, '"een letters!"')),
    "a text that is too short": (["fifteen letters"], None),
    "short ones behind a long one": ([LONG, 1, "x"], Anchor(3, f'"{TAIL}", 1, "x"')),
    "a text of words that may each begin an item": (["src/App.tsx of -- a b c d e f g"], None),
    "a path": (["src/components/App.tsx"], Anchor(1, '"mponents/App.tsx"')),
    "equal texts": ([LONG, LONG], Anchor(1, f'"{TAIL}"')),
    "the piece is an item": ([TAIL, LONG], Anchor(2, f'"{TAIL[11:]}", "{LONG}"')),
    "an object with a long text at its end": ([{"a": 1, "b": LONG}], Anchor(1, f'{{"b": "{TAIL}"}}')),
    "an object with a long text in front": ([{"a": LONG, "b": 1}], Anchor(1, f'{{"a": "{TAIL}", "b": 1}}')),
    "an object with nothing else": ([{"a": LONG}], Anchor(1, f'{{"a": "{TAIL}"}}')),
    "two small objects": ([{"x": 1, "y": 2}, {"x": 3, "y": 4}], None),
    "three small objects": ([{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 6}], Anchor(1, '{"y": 6}')),
    "small objects of other members": ([{"x": 1, "y": 2}, {"y": 4}, {"x": 5, "y": 6}], None),
    "pairs": ([[1, 2], [3, 4], [5, 6]], Anchor(1, "[6]")),
    "pairs, and one alone": ([[1, 2], [3], [4, 5], [5, 6]], None),
    "lists of any length": ([[1, 2, 3], [4, 5], [5, 6, 7], [8, 9]], None),
    "empty ones": ([{}, [], {}], None),
    "numbers": ([1, 2.5, True, None] * 9, None),
    "a long text in a list in an object": ([{"a": [1, [LONG]]}], Anchor(1, f'{{"a": [["{TAIL}"]]}}')),
    "as much as may be repeated": ([LONG, "y" * 4 + " " * 9] + [1] * 112, Anchor(114, f'"{TAIL}", "yyyy         "' + ", 1" * 112)),
    "more than may be repeated": ([LONG] + [10] * 100, None),
}


@pytest.mark.parametrize("case", ANCHORS)
def test_which_piece_is_the_anchor(case: str) -> None:
    items, expected = ANCHORS[case]
    assert anchor_of(items) == expected
    if expected:
        assert len(expected.text) <= LONGEST_REPEAT


values = st.recursive(
    st.sampled_from([LONG, TAIL, LONG * 12, "x", 'a "quoted" text, as \\ long\nas it needs 🎉', 1, 2.0, True, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
lists = st.lists(values, max_size=6)
spelled = st.sampled_from([{"ensure_ascii": False}, {}, {"indent": 1}, {"separators": (",", ":")}])


@given(lists, spelled)
def test_an_anchor_ends_as_the_items_end_and_is_no_item(items: Items, spelling: dict[str, Any]) -> None:
    text = json.dumps(items, **spelling)
    done = list(parts(text, 0))
    found = item_anchor(text, done)
    if found:
        piece, end = DECODER.raw_decode(found.text)
        assert piece not in [part.value for part in done]
        assert text[: done[-1].end].endswith(found.text[end:])
        assert [part.value for part in parts(f"[{found.text}]", 0)] == [
            piece,
            *[part.value for part in done][len(done) - found.items + 1 :],
        ]


@given(lists, lists, spelled)
def test_an_obedient_answer_is_joined_behind_its_anchor(items: Items, rest: Items, spelling: dict[str, Any]) -> None:
    found = anchor_of(items, **spelling)
    if found:
        answer = [*json.loads(f"[{found.text}]"), *rest]
        have, said = ([part.value for part in parts(json.dumps(some), 0)] for some in (items, answer))
        assert item_seam(have, found, said, complete=True, is_told_again=False) == found.items


@given(lists, lists)
def test_a_bare_answer_is_refused_however_the_list_repeats_itself(items: Items, rest: Items) -> None:
    """One that brings only items as the list has them is never taken for one that repeats the last."""
    found = anchor_of(items)
    have, said = ([part.value for part in parts(json.dumps(some), 0)] for some in (items, [*items[-2:], *rest]))
    with pytest.raises(Refusal):
        item_seam(have, found, said if items else [], complete=True, is_told_again=False)


THREE = ["one", LONG, "three"]
SEAMS: dict[str, tuple[Items, bool, bool, int | type[Exception]]] = {
    "obedient": ([TAIL, "three", "new"], True, False, 2),
    "obedient, and nothing more": ([TAIL, "three"], True, False, 2),
    "obedient, and more may come": ([TAIL, "three"], False, False, Pending),
    "obedient, with the first new one": ([TAIL, "three", "new"], False, False, 2),
    "not far enough": ([TAIL], False, False, Pending),
    "nothing yet": ([], False, False, Pending),
    "nothing": ([], True, False, Refusal),
    "another piece": ([TAIL[1:], "three"], False, False, Refusal),
    "something between": ([TAIL, "new", "three"], False, False, Refusal),
    "the whole item": ([LONG, "three", "new"], True, False, Refusal),
    "everything": ([*THREE, "new"], True, True, 3),
    "everything, without what stood before": ([*THREE, "new"], True, False, Refusal),
    "everything, but not as it was": (["one", LONG, "two", "new"], True, True, Refusal),
    "obedient after all": ([TAIL, "three", "new"], True, True, Refusal),
}


@pytest.mark.parametrize("case", SEAMS)
def test_where_the_seam_between_items_is(case: str) -> None:
    answer, is_complete, is_told_again, expected = SEAMS[case]
    found = anchor_of(THREE)
    if isinstance(expected, int):
        assert item_seam(THREE, found, answer, complete=is_complete, is_told_again=is_told_again) == expected
    else:
        with pytest.raises(expected):
            item_seam(THREE, found, answer, complete=is_complete, is_told_again=is_told_again)


def test_without_an_anchor_only_everything_is_joined() -> None:
    assert item_seam([1, 2], None, [1, 2, 3], complete=True, is_told_again=True) == 2
    with pytest.raises(Refusal, match="too short"):
        item_seam([1, 2], None, [1, 2, 3], complete=True, is_told_again=False)


@pytest.mark.parametrize("item", [0, [0], {"a": 0}, "x", [[[0]]]])
def test_no_list_makes_the_search_slow(item: Any) -> None:
    """Ten times the items take at most about ten times as long; the least of a few runs, for the machine does other things too."""

    def seconds(size: int) -> float:
        text = json.dumps([item] * size)
        done = list(parts(text, 0))
        runs = []
        for _ in range(5):
            start = process_time()
            item_anchor(text, done)
            runs.append(process_time() - start)
        return min(runs)

    assert seconds(50_000) < 40 * max(seconds(5_000), 1e-4)
