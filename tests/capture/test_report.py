"""A captured file is judged as the monitor would have judged the stream, however the file is read and whatever wraps it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.capture import Form, State, Verdict, check
from finestream.events import delta_frame, end_frames, frame, stop_frame
from tests.capture.streams import BAD, BROKEN, TEXT, bodies, call, error, events, lines, message, only, report, start, tool
from tests.data import found

STREAMS = [path for path in found("streams/**/*.*") if path.suffix in (".sse", ".txt")]


def test_a_healthy_stream_is_well() -> None:
    checked = report(message(TEXT))
    assert (checked.form, checked.is_well, checked.messages, checked.sessions, checked.remarks) == (Form.SSE, True, 1, 0, ())
    assert checked.verdicts == (
        Verdict(State.COMPLETE, "Write", "t0", "docs/a.md", size=len(TEXT), deltas=2, chunks=2, stop_reason="tool_use"),
    )


@pytest.mark.parametrize(
    ("data", "why", "stop_reason"),
    [
        (message(BROKEN, "max_tokens"), "the output limit was reached (max_tokens)", "max_tokens"),
        (
            message(BROKEN, "model_context_window_exceeded"),
            "the context window was full (model_context_window_exceeded)",
            "model_context_window_exceeded",
        ),
        (start() + tool() + delta_frame(0, BROKEN), "the stream ended without a stop", None),
        (start() + call(BROKEN), "the stream ended without a stop", None),
        (start() + tool() + delta_frame(0, BROKEN) + error(), "the server reported an error (overloaded_error)", None),
        (start() + tool() + delta_frame(0, BROKEN) + frame({"type": "message_stop"}), "the stream ended without a stop", None),
        (start() + tool(), "the stream ended without a stop", None),
        (message("{}", "max_tokens"), "the output limit was reached (max_tokens)", "max_tokens"),
        (message("", "max_tokens"), "the output limit was reached (max_tokens)", "max_tokens"),
    ],
)
def test_the_stream_says_that_an_input_was_cut(data: bytes, why: str, stop_reason: str | None) -> None:
    verdict = only(data)
    assert (verdict.state, verdict.why, verdict.stop_reason) == (State.CUT, why, stop_reason)
    assert verdict.path == ("$.content" if verdict.size == len(BROKEN) else "$")
    if verdict.size == len(BROKEN):
        assert verdict.kept is not None
        assert len(BROKEN) - 47 <= verdict.kept <= len(BROKEN)  # a few characters are given up where the very last make no anchor


@pytest.mark.parametrize(
    ("text", "offset", "reason", "outcome"),
    [
        (BAD, 26, "trailing-comma", "repaired"),
        ('{"a": 1}{"b": 2}', 8, "surplus", "refused"),
        (BROKEN, 600, "unfinished", "refused"),
        ('"a text"', 0, "not-an-object", "intact"),
        ("no JSON", 1, "bad-literal", "refused"),
    ],
)
def test_what_ended_normally_and_is_wrong_is_malformed(text: str, offset: int, reason: str, outcome: str) -> None:
    verdict = only(message(text))
    assert (verdict.state, verdict.offset, verdict.reason) == (State.MALFORMED, offset, reason)
    assert verdict.repair and verdict.repair.outcome == outcome
    assert verdict.data()["repair"]["outcome"] == outcome


def test_a_whole_input_is_complete_however_the_stream_ended() -> None:
    verdict = only(start() + tool() + delta_frame(0, TEXT))
    assert (verdict.state, verdict.why) == (State.COMPLETE, "the model closed it, but its block was not ended")
    assert only(message(TEXT, "max_tokens")).state is State.COMPLETE
    assert only(start() + call(TEXT) + error()).state is State.COMPLETE


@pytest.mark.parametrize("text", ["", "{}"])
def test_a_call_without_arguments_is_complete(text: str) -> None:
    assert only(message(text)).state is State.COMPLETE


def test_an_input_that_stands_in_its_start_is_whole() -> None:
    data = start() + tool(given={"file_path": "é"}) + stop_frame(0) + end_frames("tool_use", {})
    assert (only(data).state, only(data).target, only(data).size) == (State.COMPLETE, "é", 19)


def test_tools_of_the_server_are_counted_only() -> None:
    data = start() + tool(kind="server_tool_use") + delta_frame(0, '{"query') + stop_frame(0) + call(TEXT, 1) + end_frames("tool_use", {})
    checked = report(data)
    assert (checked.unwatched, [verdict.tool_use_id for verdict in checked.verdicts]) == (1, ["t1"])


def test_blocks_that_are_none_of_ours_are_left_alone() -> None:
    text = frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    text += frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}) + stop_frame(0)
    assert report(start() + text + end_frames("end_turn", {})).is_well
    odd = frame({"type": "content_block_delta", "index": 0, "delta": {"type": "odd_delta"}})
    assert only(start() + tool() + odd + delta_frame(0, TEXT) + stop_frame(0) + end_frames("tool_use", {})).state is State.COMPLETE


# -- the response itself -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (start() + start() + call(TEXT), "message m1: the monitor would stop watching it and pass it on (message_start while between)"),
        (start() + error(), "message m1: the server reported an error (overloaded_error)"),
        (error("api_error"), "a message without a beginning: the server reported an error (api_error)"),
        (frame({"type": "error", "error": "odd"}), "a message without a beginning: the server reported an error (no type)"),
        (start(), "message m1: it ends without message_stop"),
        (message(TEXT) + b"data: {\n\ndata: [\n\n", "2 frames cannot be read"),
        (message(TEXT) + b"data: {\n\n", "1 frame cannot be read"),
    ],
)
def test_what_is_wrong_with_the_stream_is_said(data: bytes, remark: str) -> None:
    checked = report(data)
    assert (remark in checked.remarks, checked.is_well) == (True, False)


def test_half_a_frame_at_the_end_is_no_fault_of_its_own() -> None:
    checked = report(start() + tool() + delta_frame(0, BROKEN) + delta_frame(0, "more")[:-20])
    assert (checked.remarks, checked.verdicts[0].size) == ((), len(BROKEN))


def test_several_responses_in_one_file_are_told_apart() -> None:
    data = start("m1") + call(BROKEN) + start("m2") + call(TEXT, 1) + end_frames("tool_use", {}) + start("m3") + call(BAD, 2)
    checked = report(data + end_frames("tool_use", {}))
    assert [verdict.state for verdict in checked.verdicts] == [State.CUT, State.COMPLETE, State.MALFORMED]
    assert checked.messages == 3


def test_what_comes_behind_a_response_is_no_other_one() -> None:
    behind = frame({"type": "ping"}) + b"data: [DONE]\n\n" + b": comment\n\n"
    assert report(message(TEXT) + behind).is_well
    assert report(behind + message(TEXT)).is_well
    assert report(start() + call(BROKEN) + error() + error() + frame({"type": "message_stop"})).messages == 1


def test_the_end_that_the_client_writes_behind_a_lost_connection_is_not_held_against_the_stream() -> None:
    checked = report(start() + tool() + delta_frame(0, BROKEN) + frame({"type": "message_stop"}))
    assert (checked.remarks, checked.verdicts[0].state) == ((), State.CUT)


# -- forms ---------------------------------------------------------------------------------------------------------------------------------


def chunked(data: bytes, step: int = 100) -> bytes:
    parts = [data[at : at + step] for at in range(0, len(data), step)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        message(TEXT).replace(b"\n", b"\r\n"),
        message(TEXT).removesuffix(b"\n"),
        b"\xef\xbb\xbf" + message(TEXT),
        b": a comment\n\n" + message(TEXT),
        b"".join(line + b"\n\n" for line in message(TEXT).split(b"\n") if line.startswith(b"data")),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + message(TEXT),
        chunked(message(TEXT)),
        chunked(message(TEXT)).replace(b"\r\n", b"\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(message(TEXT)),
        lines(*bodies(message(TEXT))),
        b"\n\xef\xbb\xbf".strip() + lines(*bodies(message(TEXT))),
        lines(*events(message(TEXT))),
        lines({"type": "system", "subtype": "init", "session_id": "s1"}, *events(message(TEXT))).removesuffix(b"\n"),
    ],
)
def test_the_same_stream_in_any_form_is_judged_the_same(data: bytes) -> None:
    for blocks in ([data], [data[at : at + 7] for at in range(0, len(data), 7)]):
        checked = check(blocks)
        assert checked and checked.is_well
        (verdict,) = checked.verdicts
        assert (verdict.state, verdict.size, verdict.deltas, verdict.target) == (State.COMPLETE, len(TEXT), 2, "docs/a.md")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"Hello",
        b"{}",
        b"[1]",
        b'{"type": 5}',
        b'{"type": "other"}',
        b'{"a": 1}\n',
        b"HTTP/1.1 200 OK\r\n",
        b"\x89PNG\r\n",
        b"[" * 99999,
    ],
)
def test_a_file_that_is_none_of_these_is_known_as_such(data: bytes) -> None:
    assert check([data]) is None
    assert check([]) is None


def test_a_long_file_is_known_by_its_beginning() -> None:
    long = message(json.dumps({"content": "x" * 200_000}))
    for data, form in (
        (long, Form.SSE),
        (lines(*bodies(long)), Form.EVENTS),
        (lines({"type": "system", "x": "y" * 200_000}), Form.STREAM_JSON),
    ):
        checked = check(data[at : at + 1000] for at in range(0, len(data), 1000))
        assert checked and (checked.form, checked.is_well) == (form, True)


@given(st.lists(st.integers(1, 300), max_size=8))
def test_how_a_file_is_read_changes_nothing(cuts: list[int]) -> None:
    data = message(TEXT) + start("m2") + call(BAD, 1)
    borders = sorted({0, len(data), *(cut * 7 % len(data) for cut in cuts)})
    assert check(data[one:other] for one, other in pairwise(borders)) == report(data)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_real_streams_are_known(path: Any) -> None:
    checked = report(path.read_bytes())
    assert checked.messages and not any(verdict.state is State.MALFORMED for verdict in checked.verdicts)
