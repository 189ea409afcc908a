"""Sentences are dealt once for each name, in turn, until the room is as good as full."""

from __future__ import annotations

import pytest

from finestream.demo.dealing import dealt, filled, longer, weight

SENTENCES = ("{} is here.", "{} was there.")


def test_every_name_has_its_turn_and_no_sentence_comes_twice() -> None:
    assert dealt(["a", "b"], SENTENCES, 1000) == [["a is here.", "a was there."], ["b was there.", "b is here."]]


@pytest.mark.parametrize(("room", "count"), [(0, 0), (5, 0), (6, 1), (16, 1), (18, 2), (1000, 4), (-10, 0)])
def test_it_ends_where_one_more_would_miss_by_more(room: int, count: int) -> None:
    """A sentence of ten or twelve bytes and its space is dealt when half of it has room."""
    assert sum(map(len, dealt(["a", "b"], SENTENCES, room))) == count


def test_the_frame_of_a_sentence_counts() -> None:
    assert sum(map(len, dealt(["a", "b"], SENTENCES, 1000, frame=900))) == 1


def test_texts_become_longer_by_what_is_said_about_them() -> None:
    assert longer({"a": "First.", "b": "Second."}, SENTENCES, 13) == {"a": "First. a is here.", "b": "Second."}
    assert filled([{"id": "a", "text": "First.", "more": 1}], ("id", "text"), SENTENCES, 12) == [
        {"id": "a", "text": "First. a is here.", "more": 1}
    ]


def test_a_weight_is_in_bytes_as_the_model_writes_them() -> None:
    assert weight({"é": [1, 2]}) == len('{"é": [1, 2]}'.encode())
