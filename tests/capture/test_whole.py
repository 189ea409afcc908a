"""What the client itself wrote, its output and its transcripts, is judged as far as it tells."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.capture import State
from finestream.events import end_frames
from tests.capture.streams import BAD, BROKEN, TEXT, assistant, call, events, lines, only, report, result, start


def test_sessions_and_subagents_side_by_side_are_told_apart() -> None:
    one, two = events(start("m1") + call(TEXT) + end_frames("tool_use", {})), events(start("m2") + call(BAD, 1), "s2")
    three = events(start("m3") + call(BROKEN, 2), "s1", "t9")
    mixed = [each for group in zip(one, two + two[-1:] * 9, three + three[-1:] * 9, strict=False) for each in group]
    checked = report(lines(*mixed))
    assert [(verdict.tool_use_id, verdict.state, verdict.session) for verdict in checked.verdicts] == [
        ("t0", State.COMPLETE, "s1"),
        ("t1", State.CUT, "s2"),
        ("t2", State.CUT, "s1"),
    ]
    assert checked.sessions == 2


def test_what_was_streamed_is_not_judged_again_by_the_whole_message() -> None:
    streamed = events(start() + call(BAD) + end_frames("tool_use", {}))
    whole = assistant({"__unparsedToolInput": {"raw": BAD, "len": len(BAD)}})
    for data in (lines(*streamed, whole), lines(*streamed[:-3], whole, *streamed[-3:]), lines(whole, *streamed)):
        assert only(data).deltas == 2
    assert report(lines(*streamed, assistant({}, "t5"))).verdicts[1].tool_use_id == "t5"


def test_whole_inputs_are_told_with_their_size() -> None:
    verdict = only(lines(assistant({"file_path": "é"}, stop_reason="tool_use", sessionId="s9", session_id=None)))
    assert (verdict.state, verdict.size, verdict.target, verdict.session, verdict.stop_reason) == (
        State.COMPLETE,
        19,
        "é",
        "s9",
        "tool_use",
    )


@pytest.mark.parametrize(
    ("raw", "length", "stop_reason", "state", "reason", "offset"),
    [
        (BAD, len(BAD), None, State.MALFORMED, "trailing-comma", 26),
        (BROKEN, 600, None, State.MALFORMED, "unfinished", 600),
        (BROKEN, 600, "max_tokens", State.CUT, None, None),
        (BROKEN, 9000, "tool_use", State.MALFORMED, "not in what was kept", None),
        ("{'a" + BROKEN, 9000, None, State.MALFORMED, "bad-key", 1),
        ("5", "odd", None, State.MALFORMED, "not-an-object", 0),
    ],
)
def test_what_the_client_could_not_parse(
    raw: str, length: object, stop_reason: str | None, state: State, reason: str | None, offset: int | None
) -> None:
    verdict = only(lines(assistant({"__unparsedToolInput": {"raw": raw, "len": length}}, stop_reason=stop_reason)))
    assert (verdict.state, verdict.reason, verdict.offset) == (state, reason, offset)
    assert (verdict.repair is not None) == (length in (len(raw), "odd") and state is State.MALFORMED)


@pytest.mark.parametrize("value", [{"__unparsedToolInput": "odd"}, {"__unparsedToolInput": {"raw": 5}}, None, [1]])
def test_an_input_that_only_looks_unparsed_is_whole(value: Any) -> None:
    assert only(lines(assistant(value))).state is State.COMPLETE


@pytest.mark.parametrize(
    "content",
    ["<tool_use_error>InputValidationError: file_path is missing</tool_use_error>", [{"type": "text", "text": "InputValidationError: x"}]],
)
def test_what_the_client_refused_is_said(content: Any) -> None:
    verdict = only(lines(assistant({"path": "a"}), result(content)))
    assert (verdict.state, str(verdict.why)[:21]) == (State.REFUSED, "InputValidationError:")


@pytest.mark.parametrize(
    "line",
    [
        result("Error: EACCES"),
        result("InputValidationError", is_error=False),
        result(["odd"]),
        result(None),
        result("InputValidationError", "t9"),
    ],
)
def test_a_tool_that_ran_and_failed_is_no_refusal(line: dict[str, Any]) -> None:
    assert only(lines(assistant({"path": "a"}), line)).state is State.COMPLETE


def test_lines_that_are_no_objects_are_counted_and_unknown_ones_are_not() -> None:
    data = lines(assistant({}), {"type": "unheard-of"}, {"type": "user", "message": {"content": "a text"}}) + b"\n[1]\n{\n"
    assert report(data).remarks == ("2 lines are no JSON object",)
    assert report(lines(assistant({})) + b"[" * 99_999).remarks == ("1 line is no JSON object",)
    odd: list[dict[str, Any]] = [
        {"type": "stream_event", "event": {"type": 5}},
        {"type": "stream_event"},
        {"type": "assistant", "message": "odd"},
        {"type": "ping"},
    ]
    assert report(lines({"type": "system", "session_id": 5}, *odd)).is_well


@pytest.mark.parametrize(
    "line",
    [
        {"type": "assistant", "message": {"id": [], "content": []}},
        {"type": "assistant", "message": {"id": {"a": 1}}},
        {"type": "stream_event", "event": {"type": "\ud800"}},
    ],
)
def test_a_line_with_values_of_odd_kinds_is_passed_over(line: dict[str, Any]) -> None:
    assert only(lines(line, assistant({"path": "a"}))).state is State.COMPLETE
