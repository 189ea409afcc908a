"""One answer of the model: what of it can go back, and what cannot be an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.workflow.answer import Answer, Broken, broken
from finestream.workflow.listening import Listener
from tests.workflow.api_stage import called, spoken, words


def heard(data: bytes, step: int = 10**9) -> Answer:
    answer = Answer(Listener())
    for start in range(0, len(data), step):
        list(answer.feed(data[start : start + step]))
    return answer


def events(*bodies: dict[str, Any]) -> bytes:
    return b"".join(f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode() for body in bodies)


def block(start: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    return events(
        {"type": "content_block_start", "index": 0, "content_block": start},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
    )


SIGNED = {"type": "thinking", "thinking": "ab", "signature": "s"}
TEXT, THINKING = {"type": "text", "text": ""}, {"type": "thinking", "thinking": "", "signature": ""}
REDACTED = {"type": "redacted_thinking", "data": "x"}
BLOCKS: dict[str, tuple[bytes, list[dict[str, Any]]]] = {
    "text": (block(TEXT, {"type": "text_delta", "text": "a"}), [{"type": "text", "text": "a"}]),
    "empty text": (block(TEXT), []),
    "thinking": (
        block(THINKING, {"type": "thinking_delta", "thinking": "ab"}, {"type": "signature_delta", "signature": "s"}),
        [SIGNED],
    ),
    "thinking that is not shown": (block(THINKING, {"type": "signature_delta", "signature": "s"}), [{**SIGNED, "thinking": ""}]),
    "thinking without its signature": (block(THINKING, {"type": "thinking_delta", "thinking": "ab"}), []),
    "redacted thinking": (block(REDACTED), [REDACTED]),
    "a delta of a new kind": (block(TEXT, {"type": "news_delta", "news": 1}), []),
    "a delta of no block": (events({"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "a"}}), []),
    "an event of a new kind": (events({"type": "news", "news": 1}), []),
}


@pytest.mark.parametrize("case", BLOCKS)
def test_a_block_goes_back_as_it_came_or_not_at_all(case: str) -> None:
    data, content = BLOCKS[case]
    assert heard(data).content() == content


@pytest.mark.parametrize("step", [1, 7, 64, 10**9])
def test_how_it_is_cut_into_reads_makes_no_difference(step: int) -> None:
    answer = heard(spoken(words("Wörter 😀"), called('{"a": "😀"}')), step)
    (call,) = answer.calls()
    assert (answer.text(), call.given, call.is_cut, answer.is_over) == ("Wörter 😀", {"a": "😀"}, False, True)


def test_an_input_that_looks_whole_is_cut_where_its_block_has_no_end() -> None:
    before, stop, _ = spoken(called('{"a": 1}')).partition(b"event: content_block_stop")
    (call,) = heard(before).calls()
    assert (bool(stop), call.raw, call.given, call.is_cut) == (True, '{"a": 1}', None, True)


def test_an_event_that_does_not_end_is_no_answer() -> None:
    with pytest.raises(Broken, match="without an end"):
        heard(b"x" * (64 * 2**20 + 1))


@pytest.mark.parametrize(
    ("body", "cause", "status"),
    [
        ({"error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded", 529),
        ({"error": {"type": "rate_limit_error", "message": "Slow"}}, "Slow", 429),
        ({"error": {"type": "news", "message": "New"}}, "New", None),
        ({"error": "plain"}, "{'error': 'plain'}", None),
        ("<html>", "<html>", None),
        (None, "None", None),
    ],
)
def test_an_error_of_the_api_says_why_and_how_it_would_have_been_refused(body: object, cause: str, status: int | None) -> None:
    trouble = broken(body)
    assert (trouble.cause, trouble.status) == (cause, status)
