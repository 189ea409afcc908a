"""The monitor's corners: answers that contradict, blocks that cannot go back, a limit behind a joined answer."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from finestream.events import PING, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import End, Phase
from finestream.settings import Settings
from tests.monitor.stage import BODY, CLEAN, DOCUMENT, ERROR, Play, cut_at, kept, opening, start, text_block, tool

NUMBERS = json.dumps({"rows": [[*range(600)]]})  # nothing in it can be kept: the list in the list has no checkpoint


def behind_a_call(fragment: str, name: str = "Free") -> Play:
    """A turn whose first call is complete, so that only continuations are asked for, cut in its second; all that arrived went out."""
    play = Play(Settings(hold_size=0, backoff=(0.0,)))
    play.feed(start() + tool() + delta_frame(0, '{"path": "done"}') + stop_frame(0) + tool(1, name) + delta_frame(1, fragment))
    play.end("reset")
    return play


def test_an_answer_that_contradicts_what_went_out_is_not_joined() -> None:
    play = behind_a_call(NUMBERS[:1000])
    play.resent()
    play.feed(start() + tool(0, "Free") + delta_frame(0, '{"rows": [["other"]]}') + CLEAN)
    assert play.rows()[-1]["outcome"] == "failed: the answer differs from what the client has"
    play.resent()
    play.feed(start() + tool(0, "Free") + delta_frame(0, '{"rows": [["other"]]'))
    play.end("reset")
    assert play.aborted


def test_an_answer_that_contradicts_later_is_cut_there() -> None:
    play = behind_a_call(NUMBERS[:1000])
    play.resent()
    play.feed(start() + tool(0, "Free") + delta_frame(0, NUMBERS[:600]) + delta_frame(0, '"other"'))
    assert play.rows()[-1]["outcome"] == "failed: nothing new arrived"
    play.resent()
    play.feed(start() + tool(0, "Free") + delta_frame(0, NUMBERS) + CLEAN)
    assert play.input.endswith(NUMBERS)


HOLES = {
    "no UTF-8": lambda raw: raw.replace(b"line", b"\xff\xfe"),
    "torn JSON": lambda raw: raw.replace(b'"}}', b'"'),
    "another kind of delta": lambda raw: raw.replace(b"input_json_delta", b"other_json_delta"),
    "no text": lambda raw: raw.replace(b"partial_json", b"partial_text"),
}


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("pause", [0.0, 1.0])
def test_a_hole_in_an_answer_is_never_closed_by_joining_what_is_around_it(hole: str, pause: float) -> None:
    play = cut_at(700, Settings(backoff=(pause,)))
    play.end("reset")
    body = play.resent()
    rest = DOCUMENT[len(kept(body)) :]
    before, lost, behind = rest[:60], rest[60:90], rest[90:]
    play.feed(
        start() + tool() + delta_frame(0, opening(body) + before) + HOLES[hole](delta_frame(0, lost)) + delta_frame(0, behind) + CLEAN
    )
    assert play.input == DOCUMENT[: len(play.input)]
    body = play.resent()
    assert kept(body) == DOCUMENT[: len(kept(body))]
    assert len(kept(body)) > 700
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + CLEAN)
    assert play.input == DOCUMENT


def test_half_a_character_that_contradicts_what_went_out_is_cut_at_its_stop() -> None:
    begun = json.dumps({"path": "".join(f"{n} is n, " for n in range(99))})[:-1] + ', "rows": [' + json.dumps([*range(300)])[:-1]
    play = behind_a_call(begun)
    body = play.resent()
    play.feed(start() + tool(0, "Free") + delta_frame(0, opening(body) + begun[len(kept(body)) : -1]))
    assert play.monitor.phase is Phase.WATCHING
    play.feed(delta_frame(0, "\ud83d") + stop_frame(0))
    assert play.rows()[-1]["outcome"] == "failed: nothing new arrived"
    assert play.input.endswith(begun)


def test_a_turn_that_cannot_go_back_as_it_came_is_repeated() -> None:
    strange = frame({"type": "content_block_delta", "index": 0, "delta": {"type": "a_new_one"}})
    play = Play(Settings(backoff=(0.0,)))
    play.feed(start() + text_block("hello").replace(stop_frame(0), strange + stop_frame(0)) + tool(1) + delta_frame(1, DOCUMENT[:400]))
    play.end("reset")
    assert play.resent() == BODY


@pytest.mark.parametrize(("status", "is_final"), [(529, False), (400, True)])
def test_a_blank_retry_may_be_refused(status: int, is_final: bool) -> None:
    play = Play(Settings(backoff=(0.0,)))
    play.end("reset")
    play.resent()
    play.refuse(status)
    assert play.aborted is is_final


def test_a_limit_behind_a_joined_answer_is_shown_as_one() -> None:
    play = cut_at(400, Settings(max_tokens_ceiling=100, backoff=(0.0,)))
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) : 500]))
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    for _ in range(2):
        play.resent()
        play.feed(start() + text_block("I cannot.") + end_frames("end_turn", {"output_tokens": 1}))
    assert isinstance(play.all[-1], End)
    assert play.input == DOCUMENT[: len(play.input)]
    assert play.sent.count(b'"stop_reason":"max_tokens"') == play.sent.count(b"content_block_stop\n") == 1


def test_damage_in_a_joined_answer_is_given_back_as_it_came() -> None:
    play = cut_at(400, Settings(backoff=(0.0,)))
    play.end("reset")
    body = play.resent()
    damaged = DOCUMENT[len(kept(body)) : 1500] + 'bar "foo", baz"}'
    play.feed(start() + text_block("So:") + tool(1) + delta_frame(1, opening(body) + damaged) + CLEAN.replace(b'"index":0', b'"index":1'))
    play.end()
    assert play.input == DOCUMENT[:1500] + 'bar "foo", baz"}'
    assert play.sent.endswith(end_frames("tool_use", {"input_tokens": 20, "output_tokens": 120}))


@pytest.mark.parametrize("opened", [tool(), text_block("x")[: -len(stop_frame(0))]], ids=["tool", "text"])
@pytest.mark.parametrize("stray", [delta_frame(7, "x"), stop_frame(7)], ids=["delta", "stop"])
def test_an_event_of_another_block_makes_it_let_go(opened: bytes, stray: bytes) -> None:
    play = Play()
    play.feed(start() + opened + stray.replace(b"\n\n", b"\r\n\r\n"))
    assert play.sent == start() + opened + stray.replace(b"\n\n", b"\r\n\r\n")
    assert play.monitor.phase in (Phase.BLIND, Phase.BETWEEN)


def test_something_unreadable_in_a_text_passes() -> None:
    raw = start() + text_block("x")[: -len(stop_frame(0))] + b"event: content_block_delta\r\ndata: {oops\r\n\r\n" + stop_frame(0)
    play = Play()
    play.feed(raw)
    assert play.sent == raw


def test_what_is_left_of_a_read_does_not_count_for_the_next_request() -> None:
    for raw in (CLEAN, CLEAN.replace(b"\n", b"\r\n")):
        play = cut_at(400, Settings(backoff=(0.0,)))
        play.end("reset")
        play.resent()
        play.feed(start() + tool() + delta_frame(0, '{"path": "b.txt"}') + raw)
        assert [row["outcome"] for row in play.rows()] == ["failed: the answer changes 'path', which had arrived"]
        assert play.monitor.phase is Phase.JOINING


@pytest.mark.parametrize("pause", [0.0, 1.0])
def test_frames_behind_a_cut_are_dropped(pause: float) -> None:
    play = Play(Settings(backoff=(pause,)))
    play.feed((start() + tool() + delta_frame(0, DOCUMENT[:400]) + ERROR + CLEAN).replace(b"\n", b"\r\n"))
    assert b"message_stop" not in play.sent


def test_a_whole_input_whose_end_is_missing_is_closed_when_the_message_ends() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT) + end_frames("tool_use", {"output_tokens": 3}))
    assert play.sent.endswith(stop_frame(0) + end_frames("tool_use", {"output_tokens": 3}))


@pytest.mark.parametrize("missing", [1, 2])
def test_a_last_frame_without_its_blank_line_is_not_glued_to_ours(missing: int) -> None:
    raw = start() + tool() + delta_frame(0, '{"path": "p"}')
    play = Play()
    play.feed(raw[:-missing])
    play.end()
    assert play.sent == raw + stop_frame(0) + end_frames("tool_use", {"input_tokens": 10, "output_tokens": 1})


def test_a_message_whose_last_frame_lacks_its_blank_line_passes_as_it_came() -> None:
    raw = (start() + tool() + delta_frame(0, DOCUMENT) + CLEAN)[:-1]
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    assert isinstance(play.all[-1], End)


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r"], ids=["LF", "CR"])
def test_a_limit_in_a_frame_without_blank_line_costs_no_attempt(end: bytes) -> None:
    raw = start() + tool() + delta_frame(0, DOCUMENT[:500]) + stop_frame(0) + end_frames("max_tokens", {})
    raw = raw.replace(b"\n\n", end).replace(b"\n", end[:1])
    play = Play()
    play.feed(raw[:-1])
    play.end()
    assert play.monitor.phase is Phase.JOINING
    assert [row["outcome"] for row in play.rows()] == []
    body = play.resent()
    assert play.now == 0.0
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + CLEAN)
    assert play.input == DOCUMENT


@pytest.mark.parametrize("ending", [b"", end_frames("tool_use", {"output_tokens": 5})], ids=["lost", "without its stop"])
def test_a_continuation_that_came_whole_ends_the_turn(ending: bytes) -> None:
    play = cut_at(len(DOCUMENT) - 30)
    play.end("reset")
    body = play.resent()
    play.feed(start() + tool() + delta_frame(0, opening(body) + DOCUMENT[len(kept(body)) :]) + ending)
    play.end("reset")
    assert play.input == DOCUMENT
    assert play.sent.count(stop_frame(0)) == play.sent.count(b"event: message_stop") == 1
    assert isinstance(play.all[-1], End)
    assert [(row["action"], row["outcome"]) for row in play.rows()] == [("continue", "continued"), ("finished", "recovered")]


def test_a_block_of_an_unknown_kind_passes() -> None:
    raw = start() + tool().replace(b'"type":"tool_use"', b'"type":"new_use"') + delta_frame(0, "{oops") + CLEAN
    play = Play()
    play.feed(raw)
    assert play.sent == raw


def test_damage_is_judged_when_the_stream_ends_behind_the_stop_reason() -> None:
    raw = start() + tool() + delta_frame(0, '{"path": "bar "foo", baz"}') + stop_frame(0)
    raw += end_frames("tool_use", {"output_tokens": 3}).partition(b"event: message_stop")[0]
    play = Play()
    play.feed(raw)
    play.end()
    assert play.sent == raw
    assert isinstance(play.all[-1], End)


def test_a_message_starts_once_for_the_client() -> None:
    play = Play(Settings(backoff=(0.0,)))
    play.feed(start(7))
    play.end("reset")
    play.resent()
    play.feed(start(9).replace(b'"usage":', b'"used":') + text_block("x"))
    assert play.sent.count(b"event: message_start") == 1


def test_an_empty_object_at_the_output_limit_is_not_run() -> None:
    play = Play()
    play.feed(start() + tool(name="Free") + delta_frame(0, "{}") + stop_frame(0))
    assert b"content_block_stop" not in play.sent
    play.feed(end_frames("max_tokens", {"output_tokens": 100}))
    assert play.resent()["max_tokens"] == 200


@pytest.mark.parametrize(
    "held", ['{"text": "x"}', "{}", '{"path": "x\\ud83d'], ids=["without a required member", "an empty object", "half a character"]
)
@pytest.mark.parametrize("is_stopped", [True, False])
@pytest.mark.parametrize("recovery", ["continue", "off"])
def test_a_client_that_waits_for_what_is_held_gets_pings(held: str, is_stopped: bool, recovery: Literal["continue", "off"]) -> None:
    """Upstream's own wait with the frames that are held, and its silence is not a stall as long as they come."""
    play = Play(Settings(stall=90.0, ping=10.0, recovery=recovery))
    play.feed(start() + tool() + delta_frame(0, held) + (stop_frame(0) if is_stopped else b""))
    before = play.sent
    while play.now < 30.0:
        play.now = min(play.monitor.deadline or 99.0, play.now + 9.0)
        play.feed(PING)
        if play.monitor.deadline is not None:
            play.wait()
    assert play.sent[len(before) :].count(PING) >= 2


@pytest.mark.parametrize("held", ['{"path": "x\\ud83d', '{"path": "x" "text"'], ids=["half a character", "damage"])
def test_a_silence_that_nobody_ends_is_not_filled_with_pings(held: str) -> None:
    """Without recovery a stall is the client's affair: pings of ours would keep it waiting for ever."""
    play = Play(Settings(recovery="off", hold_time=5.0, ping=10.0))
    play.feed(start() + tool() + delta_frame(0, held))
    while (deadline := play.monitor.deadline) is not None:
        assert deadline < 60.0
        play.now = deadline
        play.wait()
    assert play.sent.count(PING) <= 1
