"""Half a character (one of a surrogate pair) at the end of an input: it is text like any other, and takes nothing with it."""

from __future__ import annotations

import json

import pytest

from finestream.events import delta_frame, stop_frame
from finestream.monitor import Phase
from finestream.settings import Settings
from tests.monitor.stage import CLEAN, ERROR, Play, kept, opening, start, tool


def test_half_a_character_at_the_very_end_is_given_back_too() -> None:
    raw = start() + tool() + delta_frame(0, '{"path": "') + delta_frame(0, "\ud83d") + CLEAN
    for repairs in (True, False):
        play = Play(Settings(repair=repairs))
        play.feed(raw)
        assert play.sent == raw


HALF = json.dumps({"path": "a.txt", "text": "all of it"}) + "\ud83d"


@pytest.mark.parametrize("before", [0, 10, len(HALF) - 1])
def test_half_a_character_behind_a_whole_input_does_not_empty_it(before: int) -> None:
    """In one frame with the end of the input or alone: the client is never left with less than what came."""
    raw = start() + tool() + delta_frame(0, HALF[:before]) + delta_frame(0, HALF[before:]) + CLEAN
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    play = Play(Settings(backoff=(0.0,)))
    play.feed(raw[: -len(CLEAN)])
    play.end("reset")
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + HALF[len(kept(body)) : -1]) + CLEAN)
    assert play.input in (HALF[:-1], HALF)  # whole, or no JSON, but no empty object
    assert b"content_block_stop" in play.sent


def test_half_a_character_that_went_beyond_the_limit_lets_go_in_order() -> None:
    raw = start() + tool() + delta_frame(0, HALF) + CLEAN
    play = Play(Settings(input_limit=len(HALF) - 1))
    play.feed(raw)
    assert play.sent == raw
    assert play.monitor.phase is Phase.BLIND


@pytest.mark.parametrize("text", ['{"path": "\ud83d', '{"path": "a"}\ud83d'])
def test_nothing_is_lost_where_an_error_ends_it(text: str) -> None:
    for ending in (b"", stop_frame(0)):
        raw = start() + tool() + delta_frame(0, text) + ending + ERROR
        play = Play(Settings(recovery="off"))
        play.feed(raw)
        assert play.sent == raw
