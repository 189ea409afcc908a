"""Which turn a request is for: told from the conversation alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.simulator.conversation import Reading, read_request
from finestream.simulator.script import Author, Portion, Route, Script, Text, Thinking, ToolUse, Turn
from tests.simulator.asking import GO, ask, call, go_on, results, said, script, text

DOC = {"file_path": "/a", "content": "hello world"}
WRITTEN = json.dumps(DOC)
SCENE = script(
    Turn((Text("I read. "), ToolUse("Read", {"a": 1}))),
    Turn((Thinking("Two."), ToolUse("Write", DOC), Text("Next."), ToolUse("Write", {"file_path": "/b"}))),
    Turn((Text("All done."),)),
    Turn((ToolUse("Read", {"again": True}),)),
)
TURNS = SCENE.routes[0].turns
ONE: list[Any] = [said(text("I read. "), call("Read")), results()]
TWO: list[Any] = [*ONE, said(call("Write", "t2"), text("Next."), call("Write", "t3")), results("t2", "t3")]
MORE = {"role": "user", "content": "and now?"}


@pytest.mark.parametrize(
    ("messages", "turn", "done", "said_"),
    [
        ([], 0, 0, 0),
        (ONE, 1, 0, 0),
        ([{"role": "system", "content": "note"}, *ONE], 1, 0, 0),
        (TWO, 2, 0, 0),
        ([*TWO, said(text("All done.")), MORE], 3, 0, 0),
        ([*TWO, said(text("All d")), MORE], 2, 0, 5),
        ([*TWO, said(text("All d")), MORE, said(text("one.")), MORE], 3, 0, 0),
        ([*TWO, said(text("All done, really.")), MORE], 3, 0, 0),
        ([*TWO, said(text("All done.")), MORE, said(call("Read")), results()], 4, 0, 0),
        ([*TWO, said(text("All done.")), MORE, said(call("Read")), results(), said(text("Done.")), MORE], 4, 0, 0),
        # The client keeps what was complete when a stream breaks off: the turn goes on where it stands.
        ([said(text("I re")), MORE], 0, 0, 4),
        ([said(text("API Error: connection lost")), MORE], 0, 0, 0),
        ([*ONE, said(call("Write", "t2")), results("t2")], 1, 1, 0),
        ([*ONE, said(call("Write", "t2")), results("t2"), said(text("API Error")), MORE], 1, 1, 0),
        ([*ONE, said(call("Write", "t2"), text("Ne")), results("t2")], 1, 1, 2),
        # A call that is not the turn's own does not count.
        ([said(call("Bash")), results()], 0, 0, 0),
        ([{"role": "assistant", "content": "I read. "}, MORE], 0, 0, 8),
    ],
)
def test_the_turn_is_told_from_the_conversation(messages: list[Any], turn: int, done: int, said_: int) -> None:
    now = TURNS[turn] if turn < len(TURNS) else None
    assert read_request(ask(*messages), SCENE) == Reading("first", 0, turn, done, said_, now=now)


@pytest.mark.parametrize(
    ("ended_badly", "turn"),
    [
        ([False], 3),
        ([True], 1),
        ([True, False], 3),
        ([True, True], 2),
        # None is left: the conversation goes on, whatever became of the last one.
        ([True, True, True], 3),
    ],
)
def test_a_remedy_is_only_for_what_has_failed(ended_badly: list[bool], turn: int) -> None:
    remedy = Turn((ToolUse("Write", DOC),), remedy=True)
    turns = (Turn((ToolUse("Read", {"a": 1}), ToolUse("Write", DOC))), remedy, remedy, Turn((Text("Done."),)))
    messages: list[Any] = [said(call("Read", "r"), call("Write", "w0")), failing("w0") if ended_badly[0] else results("r", "w0")]
    for number, is_bad in enumerate(ended_badly[1:], 1):
        messages += [said(call("Write", f"w{number}")), failing(f"w{number}") if is_bad else results(f"w{number}")]
    assert read_request(ask(*messages), script(*turns)).turn == turn


def failing(ident: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": ident, "is_error": True, "content": "no"}]}


def test_a_remedy_at_the_end_is_passed_over() -> None:
    turns = (Turn((ToolUse("Write", DOC),)), Turn((ToolUse("Write", DOC),), remedy=True))
    assert read_request(ask(said(call("Write")), results()), script(*turns)).turn == 2


@pytest.mark.parametrize("length", [1, 20, len(WRITTEN) - 3, len(WRITTEN)])
def test_a_continuation_belongs_to_the_turn_it_was_cut_in(length: int) -> None:
    prefix = WRITTEN[:length]
    reading = read_request(ask(*ONE, *go_on(prefix, '{"content": "he')), SCENE)
    assert reading == Reading("continuation", 0, 1, 0, 0, call=0, prefix=prefix, offset=length, opening='{"content": "he', now=TURNS[1])


def test_the_second_call_of_a_message_is_found_by_its_place() -> None:
    twins = script(Turn((ToolUse("Write", DOC), ToolUse("Write", DOC), ToolUse("Write", DOC))))
    before = [call("Write", "t1")]
    assert read_request(ask(*go_on(WRITTEN[:30], "{", before=before)), twins).call == 1
    kept = [said(call("Write", "t0")), results("t0")]
    assert read_request(ask(*kept, *go_on(WRITTEN[:30], "{", before=before)), twins).call == 2


def test_a_call_that_is_not_where_it_should_be_is_looked_for() -> None:
    reading = read_request(ask(*ONE, *go_on('{"file_path": "/b', "{")), SCENE)
    assert (reading.turn, reading.call) == (1, 1)
    reading = read_request(ask(*TWO, *go_on('{"file_path": "/b', "{")), SCENE)
    assert (reading.turn, reading.call) == (1, 1)


@pytest.mark.parametrize(("prefix", "name"), [('{"file_path": "/a"', "Edit"), ('{"nothing like it', "Write")])
def test_a_call_nobody_made_is_not_recognised(prefix: str, name: str) -> None:
    reading = read_request(ask(*ONE, *go_on(prefix, "{", name=name)), SCENE)
    assert (reading.kind, reading.turn, reading.call) == ("continuation", 1, None)


def test_the_opening_is_the_last_line_that_begins_like_an_input() -> None:
    messages = go_on(WRITTEN[:20])
    told = messages[1]["content"][-1]["content"]  # type: ignore[index]
    told[1] = text("{first\nno\n{second\x85\u2028 line\nno")
    assert read_request(ask(*ONE, *messages), SCENE).opening == "{second\x85\u2028 line"
    told[1] = text("just go on")
    assert read_request(ask(*ONE, *messages), SCENE).opening is None


@pytest.mark.parametrize(
    "content",
    [
        "fine",
        [text("{not json")],
        [text('{"INVALID_JSON": 1}')],
        [text('{"INVALID_JSON": "a", "more": 1}')],
        [text('["INVALID_JSON"]')],
        [{"type": "image"}],
    ],
)
def test_other_tool_results_are_no_continuation(content: object) -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": content}
    assert read_request(ask(said(call("Read")), {"role": "user", "content": [result]}), SCENE).kind == "first"


def test_a_wrapped_input_may_be_the_whole_content() -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": json.dumps({"INVALID_JSON": WRITTEN[:9]})}
    messages: list[Any] = [said(call("Write")), {"role": "user", "content": [result]}, {"role": "system", "content": "note"}]
    reading = read_request(ask(*ONE, *messages), SCENE)
    assert (reading.kind, reading.call, reading.opening) == ("continuation", 0, None)


def test_a_wrapped_input_without_its_call_is_not_recognised() -> None:
    messages = go_on(WRITTEN[:9])
    messages[0] = said(text("no call"))
    assert read_request(ask(*ONE, *messages), SCENE).call is None


def test_the_first_route_that_matches_is_taken() -> None:
    turns = (Turn((Text("x"),)),)
    routes = Script((Route(turns, match="special"), Route(turns, match="go"), Route(turns)))
    assert read_request(ask(), routes).route == 1
    assert read_request({"messages": [{"role": "user", "content": "a special one"}]}, routes).route == 0
    assert read_request({"messages": [{"role": "system", "content": "special"}, GO, "odd"]}, routes).route == 1
    assert read_request(ask(), Script(routes.routes[:1])).kind == "other"
    assert read_request({"messages": None}, routes).route == 2


def test_questions_without_tools_are_not_turns_with_tools() -> None:
    assert read_request(ask(tools=[]), SCENE).kind == "other"
    assert read_request(ask(*TWO, tools=None), SCENE).kind == "first"


MINE = {"title": "Plan", "parts": ["one é", "two"]}
MY_LAST = {"end": "over 🎉"}
PORTIONS = (Portion({"title": "Plan"}), Portion({"parts": ["one é", "two"]}), Portion(MY_LAST, ("<code>",)))
PLANNER = Script((Route(match="go", author=Author("Write", PORTIONS)),))
MY_CALL: list[Any] = [said({**call("Write"), "input": MINE}), results()]
CODE = {"role": "user", "content": "Here is <code>."}


@pytest.mark.parametrize(
    ("messages", "turn", "now"),
    [
        ([], 0, ToolUse("Write", MINE)),
        (MY_CALL, 1, Text("I have begun, and wait for the next parts.")),
        ([*MY_CALL, said(text("I have")), CODE], 1, ToolUse("Write", MY_LAST)),
        ([*MY_CALL, CODE, said({**call("Write", "t2"), "input": MY_LAST}), results("t2")], 2, Text("Everything is handed on.")),
    ],
)
def test_the_turn_of_an_author_is_told_from_the_conversation(messages: list[Any], turn: int, now: Text | ToolUse) -> None:
    assert read_request(ask(*messages), PLANNER) == Reading("first", turn=turn, now=Turn((now,)))
    assert read_request(ask(*messages, tools=[]), PLANNER).kind == "other"


@pytest.mark.parametrize(("before", "document"), [([], MINE), ([*MY_CALL, said(text("I have")), CODE], MY_LAST)])
def test_a_cut_call_of_an_author_follows_from_what_stood_before_it(before: list[Any], document: dict[str, object]) -> None:
    written = json.dumps(document, ensure_ascii=False)
    for length in range(1, len(written) + 1):
        reading = read_request(ask(*before, *go_on(written[:length], "{")), PLANNER)
        assert (reading.kind, reading.call, reading.offset, reading.now) == ("continuation", 0, length, Turn((ToolUse("Write", document),)))
        assert reading.turn == bool(before) and reading.prefix == written[:length]


def test_what_an_author_never_wrote_is_not_recognised() -> None:
    reading = read_request(ask(*MY_CALL, *go_on('{"title": "Another', "{")), PLANNER)
    assert (reading.kind, reading.call, reading.turn) == ("continuation", None, 1)
