"""Answers that are not what was asked for: a call that is repeated, less than it seems, the wrapper of the cut input itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import delta_frame, end_frames, stop_frame
from finestream.settings import Settings
from tests.monitor.stage import BODY, CLEAN, DOCUMENT, Play, cut_at, kept, opening, start, tool

FIRST = json.dumps({"path": "a.txt", "text": "rm -rf build\n" * 60})
SECOND = json.dumps({"path": "b.txt", "text": "rm -rf build\n" * 60})


def two_calls_cut_in_the_second() -> Play:
    """Nothing of the second is kept; the first is running."""
    play = Play(Settings(backoff=(0.0,)))
    play.feed(start() + tool(0) + delta_frame(0, FIRST) + stop_frame(0) + tool(1) + delta_frame(1, '{"pa'))
    play.end("reset")
    play.resent()
    return play


@pytest.mark.parametrize("size", [7, 10**6])
@pytest.mark.parametrize("text", [FIRST, json.dumps(json.loads(FIRST), indent=1)], ids=["as it was", "spelled otherwise"])
def test_a_finished_call_that_is_repeated_is_not_run_twice(text: str, size: int) -> None:
    play = two_calls_cut_in_the_second()
    play.feed(start() + tool(0) + b"".join(delta_frame(0, text[at : at + size]) for at in range(0, len(text), size)) + CLEAN)
    assert play.input == FIRST
    assert play.rows()[-1]["outcome"] == "failed: the model repeated a call that is running already"


def test_behind_a_finished_call_that_is_repeated_the_one_that_was_cut_is_taken() -> None:
    play = two_calls_cut_in_the_second()
    play.feed(start() + tool(0) + delta_frame(0, FIRST) + stop_frame(0) + tool(1) + delta_frame(1, SECOND) + stop_frame(1))
    play.feed(end_frames("tool_use", {"output_tokens": 9}))
    play.end()
    assert play.input == FIRST + SECOND
    assert play.sent.count(b"event: content_block_stop") == 2


def test_of_equal_calls_the_second_in_the_answer_is_the_one_that_was_cut() -> None:
    play = two_calls_cut_in_the_second()
    play.feed(start() + tool(0) + delta_frame(0, FIRST) + stop_frame(0) + tool(1) + delta_frame(1, FIRST) + stop_frame(1))
    assert play.input == FIRST + FIRST


def test_another_call_of_the_same_tool_is_taken_as_soon_as_it_differs() -> None:
    play = two_calls_cut_in_the_second()
    play.feed(start() + tool(0) + delta_frame(0, SECOND[:600]))
    assert play.input.startswith(FIRST + SECOND[:500])
    play = two_calls_cut_in_the_second()
    play.feed(start() + tool(0) + delta_frame(0, SECOND[:600].replace("b.txt", "a.txt")))
    assert play.input == FIRST


def test_an_answer_that_repeats_less_than_it_seems_to_loses_nothing() -> None:
    """The text has a period of 51 characters and the answer repeats the last 48, which stand there a period further on, too."""
    unit = 'the quick brown fox jumps over it, {"content": "bar'
    text = json.dumps({"path": "a", "text": "🎉" + unit * 4 + "\nend of text, said once"}, ensure_ascii=False)
    for cut in range(100, len(text) - 30):
        play = Play(Settings(backoff=(0.0,)))
        play.feed(start() + tool() + delta_frame(0, text[:cut]))
        play.end("reset")
        body = play.resent()
        if body != BODY:
            have = kept(body)
            play.feed(start() + tool() + delta_frame(0, '{"text": "' + have[-48:].lstrip("\\") + text[len(have) :]) + CLEAN)
            assert play.input in (text, text[: len(play.input)])


LINES = json.dumps({"path": "a.txt", "text": "the same line again and again\n" * 60})


def lines_cut_at(size: int, error: str = "reset", **settings: Any) -> Play:
    play = Play(Settings(backoff=(0.0,), **settings))
    play.feed(start() + tool() + delta_frame(0, LINES[:size]))
    play.feed(end_frames("max_tokens", {"output_tokens": 100})) if error == "max_tokens" else play.end(error)
    return play


def mark_of(body: dict[str, Any]) -> str:
    return opening(body).partition("[")[2].partition("]")[0]


def test_text_in_which_no_place_can_be_told_is_continued_behind_a_mark() -> None:
    play = lines_cut_at(700)
    for size in (300, 20, 10**6):  # broken off again, in the middle of the mark, too
        body = play.resent()
        assert body != BODY
        play.feed(start() + tool() + delta_frame(0, (opening(body) + LINES[len(kept(body)) :])[:size]))
        play.end("reset") if size < 10**6 else play.feed(CLEAN)
    assert play.input == LINES
    assert [row["outcome"] for row in play.rows() if row["outcome"] != "pending"][-1] == "recovered"


def test_an_answer_without_the_mark_is_followed_by_the_same_request() -> None:
    play = lines_cut_at(700)
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, '{"text": "' + LINES[len(kept(body)) :]) + CLEAN)
    assert play.resent() == BODY
    play.feed(start() + tool() + delta_frame(0, LINES) + CLEAN)
    assert play.input == LINES


def test_where_the_same_request_would_meet_the_same_limit_the_mark_is_asked_for_again() -> None:
    play = lines_cut_at(700, "max_tokens", max_tokens_ceiling=100)
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, LINES) + CLEAN)
    assert play.resent() == body
    play.feed(start() + tool() + delta_frame(0, opening(body) + LINES[len(kept(body)) :]) + CLEAN)
    assert play.input == LINES


@pytest.mark.parametrize("size", [5, 10**6])
def test_a_mark_that_comes_again_never_reaches_the_client(size: int) -> None:
    play = lines_cut_at(700)
    body = play.resent()
    mark = mark_of(body)
    answer = opening(body) + "the same line again and again\\n" * 30 + f"[{mark}]" + LINES[len(kept(body)) :]
    play.feed(start() + tool() + b"".join(delta_frame(0, answer[at : at + size]) for at in range(0, len(answer), size)) + CLEAN)
    assert b"[mark" not in play.sent
    assert b"content_block_stop\n" not in play.sent
    body = play.resent()
    assert body == BODY or "[mark" not in kept(body)


@pytest.mark.parametrize("is_repeated", [False, True])
def test_what_wraps_a_cut_input_towards_the_model_never_reaches_the_client(is_repeated: bool) -> None:
    """The model sends back what it was shown; as a member of the input a permissive tool would take it."""
    play = Play(Settings(recovery="retry" if is_repeated else "continue", backoff=(0.0,)))
    play.feed(start() + tool() + delta_frame(0, '{"path": "a.txt"' + ("" if is_repeated else ", ")))
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a.txt", "INVALID_JSON": "{"}') + CLEAN)
    assert b"INVALID_JSON" not in play.sent
    assert b"content_block_stop\n" not in play.sent
    play.resent()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a.txt", "text": "INVALID_JSON"}') + CLEAN)
    assert play.input == '{"path": "a.txt", "text": "INVALID_JSON"}'


def test_a_wrapper_that_comes_late_in_a_joined_answer_is_not_run() -> None:
    play = cut_at(400, Settings(backoff=(0.0,)))
    play.end("reset")
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) : 1500]))
    play.feed(delta_frame(0, '", "INVALID_JSON": "{"}') + CLEAN)
    assert b"content_block_stop\n" not in play.sent


@pytest.mark.parametrize("cut", ['{"path": "a.txt"', '{"path": "a.txt", '])
def test_a_finished_call_that_begins_as_the_cut_one_is_not_run_twice(cut: str) -> None:
    """Two edits of one file: what was kept of the second is how the first begins, too."""
    first = json.dumps({"path": "a.txt", "text": "the first edit"})
    second = json.dumps({"path": "a.txt", "text": "the second edit"})
    play = Play(Settings(backoff=(0.0,)))
    play.feed(start() + tool() + delta_frame(0, first) + stop_frame(0) + tool(1) + delta_frame(1, cut))
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, first) + stop_frame(0) + tool(1) + delta_frame(1, second) + stop_frame(1))
    assert play.sent.count(b"the first edit") == 1
    assert play.input == first + second
