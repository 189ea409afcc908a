"""What the monitor does when a tool input is cut, rung by rung."""

from __future__ import annotations

import pytest

from finestream.events import PING, delta_frame, end_frames, stop_frame
from finestream.monitor import End, Phase
from finestream.settings import Settings
from tests.monitor.stage import BODY, CLEAN, DOCUMENT, ERROR, Play, cut_at, kept, opening, start, text_block, tool


def test_an_output_limit_is_continued_at_once_with_twice_the_tokens() -> None:
    play = cut_at(400)
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    body = play.resent()
    assert play.now == 0.0
    assert body["max_tokens"] == 200
    assert DOCUMENT.startswith(kept(body))
    play.feed(start() + text_block("Here it is:") + tool(1) + delta_frame(1, opening(body) + DOCUMENT[len(kept(body)) :]))
    play.feed(stop_frame(1) + end_frames("tool_use", {"output_tokens": 50}))
    play.end()
    assert play.input == DOCUMENT
    assert (
        play.sent.count(b"event: message_start")
        == play.sent.count(b"event: content_block_start")
        == play.sent.count(b"event: message_stop")
        == 1
    )
    assert b'"stop_reason":"tool_use"' in play.sent
    assert b'"usage":{"input_tokens":20,"output_tokens":150}' in play.sent
    assert isinstance(play.all[-1], End)
    [row] = play.rows()
    assert (row["error"], row["action"], row["attempt"], row["outcome"]) == ("incomplete_json", "continue", 1, "recovered")
    assert row["tokens_used"] == 100
    assert row["tokens_needed"] == pytest.approx(100 * len(DOCUMENT) / 400, abs=1)
    assert row["INVALID_JSON"] == DOCUMENT[:400]


def test_the_limit_stops_at_the_ceiling_of_the_settings() -> None:
    play = cut_at(400, Settings(max_tokens_ceiling=150))
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    assert play.resent()["max_tokens"] == 150


@pytest.mark.parametrize(
    ("cause", "error"),
    [("reset", "network_interruption"), (None, "network_interruption"), ("event", "stream_error"), ("stall", "stream_stalled")],
)
def test_a_lost_connection_is_continued_after_a_pause(cause: str | None, error: str) -> None:
    play = cut_at(400)
    if cause == "event":
        play.feed(ERROR)
    elif cause == "stall":
        while play.monitor.phase is Phase.WATCHING:
            play.wait()
    else:
        play.end(cause)
    began = play.now
    body = play.resent()
    assert play.now == began + 1.0
    assert body["max_tokens"] == 100
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + CLEAN)
    assert play.input == DOCUMENT
    assert [row["error"] for row in play.rows()] == [error]
    assert error not in play.sent.decode()


def test_pings_keep_the_client_while_it_waits() -> None:
    play = cut_at(400, Settings(backoff=(25.0,), ping=10.0))
    play.end("reset")
    play.resent()
    assert play.sent.count(PING) == 2


def test_a_stall_of_the_answer_and_a_silent_server_are_bounded() -> None:
    play = cut_at(400)
    play.end("reset")
    while not play.aborted:
        play.wait()
    assert play.monitor.phase is Phase.CUT
    assert [row["outcome"] for row in play.rows()][-1] == "given_up"


def test_a_silent_server_is_bounded_where_nothing_of_the_content_was_sent() -> None:
    play = Play(Settings(backoff=(1.0,), ping=10.0, stall=25.0))
    play.feed(start())
    play.end("reset")
    play.resent()
    began = play.now
    play.wait()
    assert play.sent.endswith(PING)
    assert play.resent() == BODY
    assert play.now == began + 25.0 + 1.0
    while not play.aborted:
        play.wait()


def test_before_a_message_has_begun_nobody_is_hurried() -> None:
    assert Play().monitor.deadline is None


def test_retry_after_is_obeyed_and_a_long_one_ends_it() -> None:
    play = cut_at(400)
    play.end("reset")
    play.resent()
    began = play.now
    play.refuse(529, retry_after=40.0)
    play.resent()
    assert play.now == began + 40.0
    play.refuse(429, retry_after=4000.0)
    assert play.aborted


def test_a_refused_continuation_falls_back_to_a_whole_repetition() -> None:
    play = cut_at(400)
    play.end("reset")
    play.resent()
    play.refuse(400)
    assert play.resent() == BODY
    play.feed(start() + tool() + delta_frame(0, DOCUMENT))
    assert play.input == DOCUMENT[:400]  # nothing of it is used before all of it is there
    play.feed(CLEAN)
    assert play.input == DOCUMENT
    assert [row["action"] for row in play.rows()] == ["continue", "fallback"]


def test_a_repetition_that_differs_is_not_joined() -> None:
    play = cut_at(400)
    play.end("reset")
    play.resent()
    play.refuse(400)
    play.resent()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT.replace("line 1 of", "line one of")) + CLEAN)
    assert play.aborted
    assert play.input == DOCUMENT[:400]


def test_two_answers_without_progress_lead_to_the_fallback_and_then_to_the_end() -> None:
    play = cut_at(400)
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    for _ in range(3):
        play.resent()
        play.feed(start() + text_block("I cannot.") + end_frames("end_turn", {"output_tokens": 5}))
    assert play.input == DOCUMENT[:400]
    assert play.sent.endswith(end_frames("max_tokens", {"output_tokens": 100}))
    assert isinstance(play.all[-1], End)
    assert [row["outcome"] for row in play.rows()][-1] == "given_up"


def test_progress_starts_the_count_again() -> None:
    play = cut_at(300)
    play.end("reset")
    for size in range(400, 800, 100):
        body = play.resent()
        play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) : size]))
        play.end("reset again")
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + CLEAN)
    assert play.input == DOCUMENT
    assert {row["outcome"] for row in play.rows()} == {"continued", "recovered"}


def test_a_complete_call_of_the_turn_gets_an_interim_result_and_is_never_made_again() -> None:
    play = Play()
    first = start() + tool() + delta_frame(0, '{"path": "done"}') + stop_frame(0) + tool(1) + delta_frame(1, DOCUMENT[:30])
    play.feed(first)
    play.end("reset")
    body = play.resent()
    assistant, user = body["messages"][1:]
    assert [block["id"] for block in assistant["content"]] == ["t0", "t1"]
    assert assistant["content"][0]["input"] == {"path": "done"}
    assert [result.get("is_error", False) for result in user["content"]] == [False, True]
    for _ in range(2):
        play.refuse(500)
        if play.aborted:
            break
        play.resent()
    play.refuse(500)
    assert play.aborted
    assert play.sent.startswith(first[:-30].rpartition(b"event")[0])


def test_a_connection_lost_behind_a_whole_call_ends_the_turn_there() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT))
    play.end("reset")
    assert play.input == DOCUMENT
    assert play.sent.endswith(stop_frame(0) + end_frames("tool_use", {"input_tokens": 10, "output_tokens": 1}))
    assert isinstance(play.all[-1], End)
    play = Play()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT) + stop_frame(0))
    play.end(None)
    assert play.sent.endswith(end_frames("tool_use", {"input_tokens": 10, "output_tokens": 1}))
