from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from finestream.repair.edits import Draft, Edit, apply, correct
from finestream.repair.outcome import Change


def test_edits_are_carried_out_from_left_to_right() -> None:
    edits = [Edit("c", 7, 8, ""), Edit("a", 0, 0, '{"x": '), Edit("b", 1, 2, "10")]
    assert apply("[1, 2]},", edits) == '{"x": [10, 2]}'


def test_changes_say_where_and_what() -> None:
    draft = correct(Draft('{"a": [1, 2,], "b": tru}'), [Edit("word", 20, 23, "true"), Edit("comma", 11, 12, "")])
    assert draft.text == '{"a": [1, 2], "b": true}'
    assert draft.changes == (Change("comma", 11, "$.a", ",", ""), Change("word", 20, "$.b", "tru", "true"))


def test_a_second_round_counts_in_the_original_text() -> None:
    first = correct(Draft('\ufeff{"a":1,"b":2,}'), [Edit("mark", 0, 1, ""), Edit("comma", 13, 14, "")])
    second = correct(first, [Edit("value", 11, 12, '"two"'), Edit("open", 0, 0, '{"w":['), Edit("close", 13, 13, "]}")])
    assert second.text == '{"w":[{"a":1,"b":"two"}]}'
    assert [(change.rule, change.offset) for change in second.changes] == [
        ("mark", 0),
        ("comma", 13),
        ("open", 1),
        ("value", 12),
        ("close", 15),
    ]


def test_what_was_inserted_comes_from_where_it_was_inserted() -> None:
    draft = correct(Draft("[1,2]"), [Edit("more", 3, 3, "7,8,")])
    assert [draft.origin(offset) for offset in range(len(draft.text) + 1)] == [0, 1, 2, 3, 3, 3, 3, 3, 4, 5]


@given(st.text(alphabet="abc", max_size=12), st.data())
def test_what_no_edit_names_stays_and_keeps_its_place(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    edits = [Edit("x", *pair, data.draw(st.sampled_from(["", "1", "22"]))) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    kept = "".join(text[at] for at in range(len(text)) if not any(edit.start <= at < edit.end for edit in edits))
    draft = correct(Draft(f'["{text}"]'), [edit._replace(start=edit.start + 2, end=edit.end + 2) for edit in edits])
    assert draft.text == f'["{apply(text, edits)}"]'
    assert "".join(letter for letter in draft.text if letter in "abc") == kept
    for at, letter in enumerate(draft.text):
        if letter in "abc":
            assert f'["{text}"]'[draft.origin(at)] == letter
