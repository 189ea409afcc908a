"""Messages put in order for the API, whatever was interrupted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.simulator.admission import check_request
from finestream.workflow.history import CACHED, INTERRUPTED, cached, in_order, result, united


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def calling(*idents: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": ident, "name": "t", "input": {}} for ident in idents]}


def told(*idents: str) -> dict[str, Any]:
    return {"role": "user", "content": [result(ident, "fine") for ident in idents]}


LOST = [result("b", INTERRUPTED, is_error=True)]
ORDERS: dict[str, tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]] = {
    "nothing": ([], []),
    "in order already": ([said("1"), calling("a"), told("a")], [[*said("1")["content"]], calling("a")["content"], told("a")["content"]]),
    "said twice": ([said("1"), said("2")], [[*said("1")["content"], *said("2")["content"]]]),
    "answered one by one": (
        [said("1"), calling("a", "b"), told("a"), told("b")],
        [said("1")["content"], calling("a", "b")["content"], told("a", "b")["content"]],
    ),
    "answered in part": (
        [said("1"), calling("a", "b"), told("a"), said("2")],
        [said("1")["content"], calling("a", "b")["content"], [*told("a")["content"], *LOST, *said("2")["content"]]],
    ),
    "never answered": (
        [said("1"), calling("b"), said("2")],
        [said("1")["content"], calling("b")["content"], [*LOST, *said("2")["content"]]],
    ),
    "an answer to nothing": ([said("1"), told("z")], [said("1")["content"]]),
}


@pytest.mark.parametrize("case", ORDERS)
def test_messages_in_order(case: str) -> None:
    messages, contents = ORDERS[case]
    ordered = in_order(messages)
    assert [message["content"] for message in ordered] == contents
    assert [message["role"] for message in ordered] == ["user", "assistant"] * (len(ordered) // 2) + ["user"] * (len(ordered) % 2)


MESSAGES = st.lists(
    st.one_of(
        st.just(said("x")),
        st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda idents: calling(*idents)),
        st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda idents: told(*idents)),
    )
)


@given(MESSAGES)
def test_whatever_was_interrupted_what_is_said_next_is_accepted(messages: list[dict[str, Any]]) -> None:
    ordered = in_order([said("go"), *messages, said("again")])
    assert check_request({"model": "m", "max_tokens": 1, "messages": ordered}) is None
    assert all(one["role"] != other["role"] for one, other in pairwise(ordered))
    for message in ordered:
        kinds = [block["type"] for block in message["content"]]
        assert kinds == sorted(kinds, key=lambda kind: kind != "tool_result")


def test_only_the_end_is_marked_for_the_cache_and_only_in_the_copy() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert cached(blocks) == [blocks[0], {**blocks[1], "cache_control": CACHED}]
    assert "cache_control" not in blocks[1]
    assert cached([]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("aö😀", "aö😀"), ("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd"), ("\ude00\ud83d", "\ufffd\ufffd"), ("\ufeffa", "\ufeffa")],
)
def test_halves_are_united_or_replaced(text: str, expected: str) -> None:
    assert united(text) == expected
