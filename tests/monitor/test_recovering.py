"""What the monitor does when a tool input is cut or damaged, rung by rung."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import PING, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Abort, Decision, End, Forward, Monitor, Note, Phase, Request, Resend
from finestream.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "text": {"type": "string"}, "tags": {"type": "array"}},
    "required": ["path"],
}
BODY: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "go"}],
    "tools": [{"name": "Note", "input_schema": SCHEMA}],
}
DOCUMENT = json.dumps({"path": "a.txt", "text": "".join(f"line {n} of the text\n" for n in range(80)), "tags": ["one", "two"]})
ERROR = frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
CLEAN = stop_frame(0) + end_frames("tool_use", {"output_tokens": 20})


def start(tokens: int = 1) -> bytes:
    usage = {"input_tokens": 10, "output_tokens": tokens}
    return frame({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": usage}})


def tool(index: int = 0, name: str = "Note") -> bytes:
    return frame(
        {"type": "content_block_start", "index": index, "content_block": {"type": "tool_use", "id": f"t{index}", "name": name, "input": {}}}
    )


def text_block(text: str, index: int = 0) -> bytes:
    begin = frame({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}})
    return begin + frame({"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}) + stop_frame(index)


class Play:
    """A monitor, its clock, and everything it decided."""

    def __init__(self, settings: Settings | None = None, body: object = None) -> None:
        self.monitor = Monitor(Request(json.dumps(BODY if body is None else body).encode()), settings or Settings(backoff=(1.0, 2.0)), 0.0)
        self.now = 0.0
        self.all: list[Decision] = []

    def _keep(self, decisions: list[Decision]) -> list[Decision]:
        self.all += decisions
        return decisions

    def feed(self, data: bytes) -> list[Decision]:
        return self._keep(self.monitor.receive(data, self.now))

    def end(self, error: str | None = None) -> list[Decision]:
        return self._keep(self.monitor.receive_end(error, self.now))

    def refuse(self, status: int = 0, retry_after: float | None = None) -> list[Decision]:
        return self._keep(self.monitor.refused(f"HTTP {status}", self.now, status=status, retry_after=retry_after))

    def wait(self) -> list[Decision]:
        """Let time pass up to the monitor's own deadline."""
        assert self.monitor.deadline is not None
        self.now = max(self.now, self.monitor.deadline)
        return self._keep(self.monitor.tick(self.now))

    def resent(self) -> dict[str, Any]:
        """Wait until the next request is sent, and give its body."""
        while not (found := [decision.body for decision in self.all if isinstance(decision, Resend)]):
            self.wait()
        self.all = [decision for decision in self.all if not isinstance(decision, Resend)]
        return found[-1]

    @property
    def sent(self) -> bytes:
        return b"".join(decision.data for decision in self.all if isinstance(decision, Forward))

    @property
    def input(self) -> str:
        lines = [line for line in self.sent.decode().splitlines() if '"input_json_delta"' in line]
        return "".join(json.loads(line[6:])["delta"]["partial_json"] for line in lines)

    def rows(self, kind: str = "recovery") -> list[dict[str, Any]]:
        return [decision.record for decision in self.all if isinstance(decision, Note) and decision.kind == kind]

    @property
    def aborted(self) -> bool:
        return isinstance(self.all[-1], Abort)


def cut_at(size: int, settings: Settings | None = None, body: object = None) -> Play:
    play = Play(settings, body)
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:size]))
    return play


def opening(body: dict[str, Any]) -> str:
    """The last line of what the model is told."""
    told: str = body["messages"][-1]["content"][-1]["content"][-1]["text"]
    return told.rsplit("\n", 1)[-1]


def kept(body: dict[str, Any]) -> str:
    wrapped: str = json.loads(body["messages"][-1]["content"][-1]["content"][0]["text"])["INVALID_JSON"]
    return wrapped


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


def test_a_frame_without_end_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play()
    play.monitor.framer._limit = 100
    play.feed(start() + b"data: " + b"x" * 200)
    assert play.sent == start() + b"data: " + b"x" * 200
    assert play.monitor.phase is Phase.BLIND
