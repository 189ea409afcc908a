"""Damaged inputs, what waits, what is given back to the client, and letting go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import PING, delta_frame, end_frames, stop_frame
from finestream.monitor import End, Phase
from finestream.settings import Settings
from tests.monitor.stage import BODY, CLEAN, DOCUMENT, ERROR, SCHEMA, Play, cut_at, kept, opening, start, text_block, tool


@pytest.mark.parametrize("ending", ["reset", "event"])
def test_a_cut_in_text_is_left_to_the_client(ending: str) -> None:
    play = Play()
    play.feed(start() + text_block("hello")[:-60])
    if ending == "reset":
        play.end("reset")
        assert play.aborted
    else:
        play.feed(ERROR)
        assert play.sent.endswith(ERROR)


def test_with_nothing_of_the_content_sent_the_request_is_repeated() -> None:
    play = Play()
    play.feed(start(7) + ERROR)
    assert play.resent() == BODY
    play.feed(start(9) + tool() + delta_frame(0, DOCUMENT) + CLEAN)
    play.end()
    assert play.sent.count(b"event: message_start") == 1
    assert play.input == DOCUMENT
    assert isinstance(play.all[-1], End)


def test_a_blank_stream_that_never_comes_is_given_up() -> None:
    play = Play()
    play.end("reset")
    for _ in range(2):
        play.resent()
        play.end("reset")
    assert play.aborted


def test_without_a_readable_request_nothing_is_sent_again() -> None:
    for data in (start(), start() + tool() + delta_frame(0, DOCUMENT[:400])):
        play = Play(body=["no request"])
        play.feed(data)
        play.end("reset")
        assert play.aborted


@pytest.mark.parametrize("mode", ["retry", "off"])
def test_recovery_can_be_limited(mode: Any) -> None:
    play = cut_at(400, Settings(recovery=mode, backoff=(0.0,)))
    play.end("reset")
    assert play.aborted if mode == "off" else play.resent() == BODY
    play = Play(Settings(recovery=mode, backoff=(0.0,)))
    play.feed(start() + ERROR)
    assert play.sent.endswith(ERROR) if mode == "off" else play.resent() == BODY
    play = cut_at(400, Settings(recovery=mode, backoff=(0.0,)))
    play.feed(ERROR)
    assert play.sent.endswith(ERROR) if mode == "off" else play.resent() == BODY


def test_malformed_input_is_corrected_and_told() -> None:
    broken = DOCUMENT.replace(', "tags"', ',, "tags"').replace(",,", ",\\n")
    play = Play()
    play.feed(start() + tool() + delta_frame(0, broken) + CLEAN)
    play.end()
    assert json.loads(play.input) == json.loads(DOCUMENT)
    [row] = play.rows("correction")
    assert (row["error"], row["outcome"]) == ("malformed_json", "corrected")
    assert row["auto_fixed"]
    assert row["location"].startswith("chunk_")
    assert row["INVALID_JSON"] == broken
    assert json.loads(row["after"]) == json.loads(DOCUMENT)


def test_an_empty_object_glued_in_front_is_taken_off() -> None:
    play = Play()
    play.feed(start() + tool(name="Free") + delta_frame(0, "{}"))
    play.feed(delta_frame(0, DOCUMENT) + CLEAN)
    assert play.input == DOCUMENT
    play = Play()
    play.feed(start() + tool(name="Free") + delta_frame(0, "{}") + CLEAN)
    assert play.input == "{}"


def test_a_call_without_arguments_is_no_error() -> None:
    raw = start() + tool() + delta_frame(0, "") + CLEAN
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    assert not play.rows("correction")


def test_an_input_that_stands_whole_in_its_start_is_not_watched() -> None:
    raw = start() + tool().replace(b'"input":{}', b'"input":{"path":"a"}') + stop_frame(0)
    play = Play()
    play.feed(raw)
    assert play.sent == raw
    assert play.monitor.phase is Phase.BETWEEN


@pytest.mark.parametrize("tokens", [[1], "many", None, True])
def test_usage_that_is_no_number_harms_nothing(tokens: object) -> None:
    play = Play(Settings(backoff=(0.0,)))
    play.feed(
        start().replace(b'"output_tokens":1', b'"output_tokens":' + json.dumps(tokens).encode()) + tool() + delta_frame(0, DOCUMENT[:400])
    )
    play.end("reset")
    assert opening(play.resent())


def test_input_with_several_readings_reaches_the_client_as_it_came() -> None:
    raw = start() + tool() + delta_frame(0, '{"path": "bar "foo", baz"}') + CLEAN
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    assert play.rows("correction")[0]["outcome"] == "surfaced"


def test_a_list_that_came_as_a_string_is_corrected_by_the_schema() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a", "tags": "[') + delta_frame(0, '1, 2]"}') + CLEAN)
    assert json.loads(play.input) == {"path": "a", "tags": [1, 2]}
    assert play.rows("correction")[0]["error"] == "schema_mismatch"


def test_damage_is_held_back_without_end_and_the_client_pinged() -> None:
    play = Play(Settings(hold_time=1.0, ping=3.0, stall=50.0))
    play.feed(start() + tool() + delta_frame(0, '{"path": tru'))
    play.feed(delta_frame(0, "x" * 50_000))
    play.wait()
    assert play.sent.endswith(PING)
    assert b"tru" not in play.sent
    play = Play(Settings(repair=False))
    play.feed(start() + tool() + delta_frame(0, '{"path": tru' + "x" * 50_000))
    assert b"tru" in play.sent


def test_what_waits_goes_out_after_a_while_and_a_cut_there_is_verified() -> None:
    play = Play(Settings(hold_time=2.0, backoff=(0.0,)))
    play.feed(
        start()
        + tool()
        + delta_frame(
            0,
            '{"path": "a',
        )
    )
    assert b"partial_json" not in play.sent
    play.wait()
    assert play.input == '{"path": "a'
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, '{"path": "another"}') + CLEAN)
    assert play.input == '{"path": "another"}'


def test_much_that_waits_goes_out_at_once() -> None:
    play = Play(Settings(hold_size=10))
    play.feed(start() + tool() + delta_frame(0, '{"path": "abc') + delta_frame(0, '", "tags": [[1, 2'))
    assert play.input == '{"path": "abc", "tags": [[1, 2'


def test_a_tool_input_beyond_the_limit_is_passed_on_unwatched() -> None:
    raw = start() + tool() + delta_frame(0, '{"text": "' + "x" * 2000) + delta_frame(0, '"}') + CLEAN
    play = Play(Settings(input_limit=1000))
    play.feed(raw)
    assert play.monitor.phase is Phase.BLIND
    play.feed(b"anything")
    play.end("reset")
    assert play.sent == raw + b"anything"
    assert play.aborted


def test_a_joined_message_that_is_lost_is_cut() -> None:
    play = cut_at(400)
    play.end("reset")
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) : 1500]) + start())
    assert play.aborted
    assert play.feed(CLEAN) == []


@pytest.mark.parametrize("stray", [delta_frame(5, "x"), stop_frame(5), text_block("x", 0)[:-60].partition(b"\n\n")[2] + b"\n\n"])
def test_events_of_another_block_make_it_let_go(stray: bytes) -> None:
    for opened in (tool(), text_block("x")[: -len(stop_frame(0))]):
        raw = start() + opened + stray.rstrip(b"\n") + b"\n\n"
        play = Play()
        play.feed(raw)
        play.feed(b"rest")
        assert play.sent == raw + b"rest" or play.monitor.phase in (Phase.PASSING, Phase.BETWEEN)


def test_blocks_behind_the_joined_one_follow_with_the_clients_indexes() -> None:
    play = Play()
    play.feed(start() + text_block("first") + tool(1) + delta_frame(1, DOCUMENT[:400]))
    play.end("reset")
    body = play.resent()
    rest = delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + stop_frame(0)
    second = tool(1) + delta_frame(1, '{"path": "b"}') + stop_frame(1)
    play.feed(start() + tool() + rest + text_block("between", 1) + second.replace(b'"index":1', b'"index":2'))
    play.feed(end_frames("tool_use", {"output_tokens": 4}))
    starts = [
        json.loads(line[6:]) for line in play.sent.decode().splitlines() if '"content_block_start"' in line and line.startswith("data")
    ]
    assert [(event["index"], event["content_block"]["type"]) for event in starts] == [
        (0, "text"),
        (1, "tool_use"),
        (2, "text"),
        (3, "tool_use"),
    ]
    assert play.input == DOCUMENT + '{"path": "b"}'


def test_a_missing_member_at_the_output_limit_is_asked_for() -> None:
    """A buffered API closes the object that it cuts (facts, pain P2): valid, and without the member that was being written."""
    play = Play(body={**BODY, "tools": [{"name": "Note", "input_schema": {**SCHEMA, "required": ["path", "text"]}}]})
    play.feed(start() + tool() + delta_frame(0, '{"path": "a.txt"') + delta_frame(0, "}") + stop_frame(0))
    assert play.sent.endswith(delta_frame(0, '{"path": "a.txt"')) or b"content_block_stop" not in play.sent
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + ', "text": "all of it"}') + CLEAN)
    assert json.loads(play.input) == {"path": "a.txt", "text": "all of it"}


def words(count: int) -> str:
    return json.dumps({"text": "".join(f"word {number} " for number in range(count))})


@pytest.mark.parametrize("count", [20, 3000], ids=["small, after a while", "big, at once"])
@pytest.mark.parametrize("size", [10**6, 40])
def test_a_missing_member_can_be_asked_for_however_long_its_end_has_waited(count: int, size: int) -> None:
    body = {**BODY, "tools": [{"name": "Note", "input_schema": {**SCHEMA, "required": ["path", "text"]}}]}
    play, text = Play(Settings(hold_time=1.0, stall=50.0, backoff=(0.0,)), body), words(count)
    play.feed(start() + tool() + b"".join(delta_frame(0, text[at : at + size]) for at in range(0, len(text), size)))
    while play.monitor.deadline is not None and play.monitor.deadline < 50.0:
        play.wait()
    assert not play.input.endswith("}")
    play.feed(stop_frame(0) + end_frames("max_tokens", {"output_tokens": 100}))
    asked, whole = play.resent(), text[:-1] + ', "path": "a.txt"}'
    play.feed(start() + tool() + delta_frame(0, opening(asked) + whole[len(kept(asked)) :]) + CLEAN)
    assert play.input == whole


def test_a_frame_without_end_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play()
    play.monitor.framer._limit = 100
    play.feed(start() + b"data: " + b"x" * 200)
    assert play.sent == start() + b"data: " + b"x" * 200
    assert play.monitor.phase is Phase.BLIND
