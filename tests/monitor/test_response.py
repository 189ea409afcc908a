"""What is known of a response when it is over: the model, what it cost, why it ended, and when it began to come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Request, response_row
from tests.monitor.stage import CLEAN, DOCUMENT, Play, start, text_block, tool


def begin(model: object = "claude-y", **usage: int) -> bytes:
    message = {"id": "m", "role": "assistant", "content": [], "model": model, "usage": {"input_tokens": 10, "output_tokens": 1, **usage}}
    return frame({"type": "message_start", "message": message})


def test_a_whole_response() -> None:
    play = Play()
    play.now = 2.5
    play.feed(begin(cache_read_input_tokens=7) + text_block("hi") + end_frames("end_turn", {"output_tokens": 20}))
    play.end()
    assert response_row(play.monitor, 1.0) == {
        "requested": "claude-x",
        "model": "claude-y",
        "stop_reason": "end_turn",
        "requests": 1,
        "first": 1.5,
        "outcome": "complete",
        "usage": {"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 7},
    }


def test_a_response_that_was_joined_is_one_with_all_that_it_cost() -> None:
    play = Play()
    play.feed(begin() + tool() + delta_frame(0, DOCUMENT[:900]))
    play.end("reset")
    play.now = 5.0
    play.monitor.tick(play.now)
    play.now = 6.0
    play.feed(begin("claude-z") + tool() + delta_frame(0, DOCUMENT) + CLEAN)
    play.end()
    row = response_row(play.monitor, 0.0)
    assert (row["requests"], row["model"], row["first"], row["stop_reason"], row["outcome"]) == (2, "claude-y", 0.0, "tool_use", "complete")
    assert row["usage"]["input_tokens"] == 20


@pytest.mark.parametrize(
    ("data", "error", "expected"),
    [
        (b"", None, {"model": None, "first": None, "stop_reason": None, "outcome": "cut"}),
        (start() + tool() + delta_frame(0, '{"path'), "left", {"model": None, "first": 0.0, "outcome": "client_left"}),
        (begin(5) + stop_frame(3), None, {"model": None, "outcome": "complete", "stop_reason": None}),
        (begin() + end_frames("end_turn", {})[:-2], None, {"stop_reason": "end_turn", "outcome": "complete"}),
    ],
)
def test_what_does_not_end_well_says_how(data: bytes, error: str | None, expected: dict[str, Any]) -> None:
    play = Play(body={"messages": 5})
    play.feed(data)
    if error == "left":
        play.monitor.left(0.0)
    else:
        play.end(error)
    row = response_row(play.monitor, 0.0)
    assert {name: row[name] for name in expected} == expected
    assert row["requested"] is None


def test_a_stop_reason_that_is_none_takes_back_none() -> None:
    play = Play()
    play.feed(begin() + frame({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}}))
    play.feed(frame({"type": "message_delta", "delta": {"stop_reason": None}, "usage": {}}) + frame({"type": "message_stop"}))
    assert response_row(play.monitor, 0.0)["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("raw", "model"),
    [
        (json.dumps({"model": "claude-x", "messages": []}).encode(), "claude-x"),
        (b'\n { "model" :"a-b" , "x"', "a-b"),
        (json.dumps({"messages": ['"model": "no"'], "model": "claude-x"}).encode(), None),
        (b'{"model": "a\\u0062"}', None),
        (b'{"model": "' + b"x" * 300 + b'"}', None),
        (b"", None),
    ],
)
def test_the_model_that_is_asked_for_is_read_without_parsing_the_body(raw: bytes, model: str | None) -> None:
    assert Request(raw).model == model
