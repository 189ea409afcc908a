"""Why the model stopped decides what is done about an unfinished input: only what it ended itself, to have its tools run, is corrected."""

from __future__ import annotations

import pytest

from finestream.events import delta_frame, end_frames, frame, stop_frame
from finestream.monitor import End, Phase
from finestream.settings import Settings
from tests.monitor.stage import DOCUMENT, Play, cut_at, kept, start, text_block, tool

CUT_TEXT = '{"path": "a.html", "text": "<a href="'
OTHER_REASONS = ["refusal", "pause_turn", "stop_sequence", "end_turn", "a_new_reason"]


@pytest.mark.parametrize("reason", OTHER_REASONS)
def test_an_input_that_the_model_did_not_end_itself_is_never_closed(reason: str) -> None:
    raw = start() + tool() + delta_frame(0, CUT_TEXT) + stop_frame(0) + end_frames(reason, {"output_tokens": 9})
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    assert isinstance(play.all[-1], End)
    [row] = play.rows("correction")
    assert (row["error"], row["outcome"], row["INVALID_JSON"]) == ("incomplete_json", "surfaced", CUT_TEXT)
    assert reason in row["refused"]


def test_damage_in_front_of_another_stop_reason_is_not_corrected_either() -> None:
    raw = start() + tool() + delta_frame(0, '{"path": "a.txt",, "text": "b"}') + stop_frame(0) + end_frames("refusal", {})
    play = Play()
    play.feed(raw)
    assert play.sent == raw
    assert play.rows("correction")[0]["error"] == "malformed_json"


def test_a_stop_reason_in_an_open_block_does_not_end_its_input() -> None:
    raw = start() + tool() + delta_frame(0, CUT_TEXT) + end_frames("tool_use", {})
    play = Play()
    play.feed(raw)
    assert play.sent == raw


def reason_frame(reason: str | None) -> bytes:
    return frame({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {}})


@pytest.mark.parametrize("ending", [stop_frame(0) + end_frames("", {}).replace(b'""', b"null"), reason_frame(None)], ids=["clean", "reset"])
def test_without_a_stop_reason_an_input_was_cut(ending: bytes) -> None:
    play = Play(Settings(backoff=(0.0,)))
    play.feed(start() + tool() + delta_frame(0, CUT_TEXT) + ending)
    play.end("reset")
    assert CUT_TEXT.startswith(kept(play.resent()))
    assert b"content_block_stop" not in play.sent


def test_no_stop_reason_takes_none_back() -> None:
    play = Play(Settings(backoff=(0.0,)))
    play.feed(
        start()
        + tool()
        + delta_frame(0, CUT_TEXT)
        + stop_frame(0)
        + reason_frame("max_tokens")
        + end_frames("", {}).replace(b'""', b"null")
    )
    assert play.resent()["max_tokens"] == 200


@pytest.mark.parametrize("text", [CUT_TEXT, '{"text": "no path"}', ""])
def test_a_full_context_is_a_limit_that_nothing_can_raise(text: str) -> None:
    """No continuation could fit either: the client sees the answer as it came, and what it would run all the same stays open."""
    play = Play()
    raw = start() + tool() + delta_frame(0, text) + stop_frame(0) + end_frames("model_context_window_exceeded", {})
    play.feed(raw)
    assert play.sent == (raw if text == CUT_TEXT else raw.replace(stop_frame(0), b""))
    assert isinstance(play.all[-1], End)
    assert [(row["error"], row["outcome"]) for row in play.rows()] == [("incomplete_json", "given_up")]


def test_a_context_that_is_full_behind_a_continuation_ends_it() -> None:
    play = cut_at(400, Settings(backoff=(0.0,)))
    play.end("reset")
    play.resent()
    play.feed(start() + text_block("So") + end_frames("model_context_window_exceeded", {}))
    assert play.aborted  # what was lost first was the connection: the client asks again
    assert play.input == DOCUMENT[: len(play.input)]


def test_a_block_behind_the_stop_reason_is_out_of_order() -> None:
    raw = start() + tool() + delta_frame(0, CUT_TEXT) + stop_frame(0) + reason_frame("max_tokens") + tool(1)
    play = Play()
    play.feed(raw)
    assert play.sent == raw
    assert play.monitor.phase is Phase.BLIND
