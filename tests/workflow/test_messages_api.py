"""A conversation with the Messages API: what comes out of the queue, what the API is asked, and what a killed run finds again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from finestream.gateway.records import AGENT_HEADER, SESSION_HEADER
from finestream.handoff.messages import TOOL
from finestream.simulator.script import Fault, Text, Thinking, Turn
from finestream.workflow.messages_api import ApiSession
from finestream.workflow.session import Begun, Called, Ended, Fragment, Gone, Happening, Restarted, Working
from finestream.workflow.troubles import Passing, Stopping, judge_fault
from tests.gateway.sockets import Book
from tests.workflow.api_stage import (
    ASSIGNMENT,
    DOCUMENT,
    answering,
    called,
    end,
    given,
    handing,
    inputs,
    kept,
    playing,
    session,
    simulated,
    spoken,
    tokens,
    turn,
    words,
)

WHOLE = json.dumps(DOCUMENT, ensure_ascii=False)
ROUTES = pytest.mark.parametrize("book", [None, Book()], ids=["direct", "gateway"])


@ROUTES
async def test_a_handoff_is_begun_arrives_in_pieces_and_is_answered(book: Book | None, tmp_path: Path) -> None:
    script = playing(Turn((Thinking("Well."), Text("I hand on."), handing())), Turn((Text("That is all."),)))
    async with simulated(script, book) as (simulator, url), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    order = [type(each) for each in found if not isinstance(each, Fragment)]
    assert order == [Restarted, Working, Working, Begun, Called, Restarted, Working, Ended]
    assert [each.doing for each in found if isinstance(each, Working)] == ["thinking", "writing", "writing"]
    assert inputs(found) == [WHOLE]
    assert given(found) == [DOCUMENT]
    first, second = simulator.requests
    spent = tokens("Well." + "I hand on." + WHOLE) + tokens("That is all.")
    assert (end(found).text, end(found).fault, end(found).status, end(found).cost) == ("That is all.", None, None, None)
    usage = end(found).usage
    assert usage is not None and usage["output_tokens"] == spent
    assert isinstance(second.body, dict)
    thinking, _, call = second.body["messages"][1]["content"]
    assert (thinking["signature"], call["input"]) == (Thinking("").signature, DOCUMENT)
    (told,) = second.body["messages"][2]["content"]
    assert (told["tool_use_id"], told["content"]) == (call["id"], "Handed on.")
    assert first.headers[SESSION_HEADER] == made.ident
    if book is None:
        assert first.headers[AGENT_HEADER] == "review"
    else:
        assert {(line["agent_from"], line["session_id"]) for line in book.records} == {("review", made.ident)}


async def test_a_request_holds_the_agent_its_one_tool_and_two_marks_for_the_cache(tmp_path: Path) -> None:
    async with simulated(playing(Turn((Text("Fine."),)))) as (simulator, url), session(url, tmp_path) as (made, queue):
        await turn(made, queue, "go")
        await turn(made, queue, "go on")
    body: Any = simulator.requests[1].body
    assert body.keys() == {"model", "max_tokens", "system", "tools", "stream", "messages"}
    assert (body["model"], body["max_tokens"], body["stream"]) == ("claude-haiku-5-5", 128_000, True)
    (tool,) = body["tools"]
    assert (tool["name"], tool["eager_input_streaming"]) == (TOOL, True)
    assert "required" not in tool["input_schema"]
    own, note = body["system"]
    assert (own["text"], "Read are not there" in note["text"]) == ("You review.", True)
    assert ["cache_control" in block for block in (own, note)] == [False, True]
    assert ["cache_control" in message["content"][-1] for message in body["messages"]] == [False, False, True]


@pytest.mark.parametrize(
    ("tools", "model", "limit", "expected"),
    [
        ((TOOL,), "opus", None, ("claude-opus-5-5", 128_000, 1)),
        (None, "claude-haiku-4-5", None, ("claude-haiku-4-5", 32_000, 2)),
        ((TOOL,), "sonnet", 500, ("claude-sonnet-5-5", 500, 1)),
    ],
)
async def test_model_limit_and_note_follow_the_agent(tools: Any, model: str, limit: int | None, expected: Any, tmp_path: Path) -> None:
    changes = {"tools": tools, "model": model, "max_tokens": limit}
    async with simulated(playing(Turn((Text("Fine."),)))) as (simulator, url), session(url, tmp_path, **changes) as (made, queue):
        await turn(made, queue, "go")
    body: Any = simulator.requests[0].body
    assert (body["model"], body["max_tokens"], len(body["system"])) == expected


async def test_each_turn_says_what_it_has_used_itself(tmp_path: Path) -> None:
    async with answering([spoken(words("One, two."))] * 2) as (url, _), session(url, tmp_path) as (made, queue):
        first, second = [end(await turn(made, queue, "go")) for _ in range(2)]
    assert first.usage == second.usage
    assert first.usage is not None
    assert first.usage["output_tokens"] == tokens("One, two.")


@pytest.mark.parametrize("seed", range(6))
async def test_characters_are_whole_in_each_fragment_wherever_the_api_has_cut(seed: int, tmp_path: Path) -> None:
    document = {"summary": "😀🧵" * 40}
    async with (
        simulated(playing(Turn((handing(document),)), seed=seed, delta=3)) as (_, url),
        session(url, tmp_path) as (made, queue),
    ):
        found = await turn(made, queue, "go")
    for each in found:
        if isinstance(each, Fragment):
            each.text.encode()  # a half has no encoding
    assert (inputs(found), given(found)) == ([json.dumps(document, ensure_ascii=False)], [document])


async def test_halves_that_are_alone_are_not_sent_back_to_the_api(tmp_path: Path) -> None:
    answers = [spoken(called('{"summary": "\\ud83d"}')), spoken(words("Done."))]
    async with answering(answers) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert given(found) == [{"summary": "\ufffd"}]
    assert asked[1]["messages"][1]["content"][0]["input"] == {"summary": "\ufffd"}


STATUSES: dict[int, tuple[type[Exception], int | None]] = {
    400: (Exception, None),
    401: (Stopping, None),
    402: (Stopping, None),
    403: (Stopping, None),
    413: (Exception, None),
    429: (Passing, 7),
    500: (Passing, None),
    529: (Passing, None),
}


@ROUTES
@pytest.mark.parametrize("status", STATUSES)
async def test_a_refused_request_is_asked_once_and_told_with_its_status(status: int, book: Book | None, tmp_path: Path) -> None:
    means, wait = STATUSES[status]
    script = playing(Turn((handing(),), (Fault("status", status=status, retry_after=wait, times=None),)))
    async with simulated(script, book) as (simulator, url), session(url, tmp_path) as (made, queue):
        (ended,) = await turn(made, queue, "go")
    assert isinstance(ended, Ended)
    assert (ended.status, len(simulator.requests)) == (status, 1)
    assert ended.fault is not None
    assert ended.fault.startswith("The simulator was told to fail.")
    assert ("wait for 7 s" in ended.fault) == (wait is not None)
    assert isinstance(judge_fault(ended.fault, ended.status), means)


async def test_nobody_who_listens_is_passing_trouble(tmp_path: Path) -> None:
    async with simulated(playing(Turn((handing(),)))) as (_, url):
        pass  # the port is free again
    async with session(url, tmp_path) as (made, queue):
        ended = end(await turn(made, queue, "go"))
    assert ended.fault is not None
    assert ended.status is None
    assert isinstance(judge_fault(ended.fault, ended.status), Passing)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("reset", at=30), None),
        (Fault("drop", at=30), None),
        (Fault("drop", at=30, torn=True), None),
        (Fault("end", at=30), None),
        (Fault("end", at="after_block"), None),
        (Fault("error", at=30), 529),
        (Fault("error", at=30, error="api_error"), 500),
        (Fault("error", at=30, error="news_error"), None),
    ],
    ids=str,
)
async def test_what_breaks_in_the_middle_is_told_and_the_next_turn_goes_on(fault: Fault, status: int | None, tmp_path: Path) -> None:
    script = playing(Turn((handing(),), (fault,)), Turn((Text("Done."),)))
    async with simulated(script) as (simulator, url), session(url, tmp_path) as (made, queue):
        broken = await turn(made, queue, "go")
        assert (given(broken), end(broken).status, bool(end(broken).fault)) == ([], status, True)
        assert WHOLE.startswith(inputs(broken)[0])
        assert [message["role"] for message in kept(tmp_path)] == ["user"]
        found = await turn(made, queue, "again")
    assert (given(found), end(found).text) == ([DOCUMENT], "Done.")
    body: Any = simulator.requests[1].body
    assert [block["text"] for block in body["messages"][0]["content"]] == ["go", "again"]


@pytest.mark.parametrize("fault", [Fault("reset", at=30), Fault("error", at=30), Fault("max_tokens", at=30)], ids=str)
async def test_what_breaks_behind_the_gateway_arrives_whole(fault: Fault, tmp_path: Path) -> None:
    document = {"summary": "".join(f"Line {number} of a text.\n" for number in range(40))}
    fault = Fault(fault.kind, at=300)
    script = playing(Turn((handing(document),), (fault,)), Turn((Text("Done."),)))
    async with simulated(script, Book()) as (_, url), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert (given(found), inputs(found), end(found).fault) == ([document], [json.dumps(document, ensure_ascii=False)], None)


async def test_a_proxy_for_the_world_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with simulated(playing(Turn((Text("Fine."),)))) as (_, url), session(url, tmp_path) as (made, queue):
        assert end(await turn(made, queue, "go")).text == "Fine."


async def test_without_a_credential_the_run_stops_before_it_asks(tmp_path: Path) -> None:
    queue: asyncio.Queue[Happening] = asyncio.Queue()
    made = ApiSession(ASSIGNMENT, queue, url="http://127.0.0.1:9", folder=tmp_path, default_model="haiku")
    with pytest.raises(Stopping, match="no credential"):
        await made.open()
    await made.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
async def test_a_credential_is_taken_from_the_environment(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "sk-ant-test")
    async with answering([spoken(words("Fine."))]) as (url, _), session(url, tmp_path, api_key=None) as (made, queue):
        assert end(await turn(made, queue, "go")).text == "Fine."


async def test_what_breaks_behind_the_end_is_no_trouble(tmp_path: Path) -> None:
    async with answering([spoken(words("Fine."))], promised=1) as (url, _), session(url, tmp_path) as (made, queue):
        ended = end(await turn(made, queue, "go"))
    assert (ended.text, ended.fault) == ("Fine.", None)


async def test_a_fault_of_our_own_ends_the_session_aloud(tmp_path: Path) -> None:
    async with answering([spoken(called(WHOLE))]) as (url, _), session(url, tmp_path) as (made, queue):
        await made.say("go")
        while not isinstance(happening := await queue.get(), Called):
            pass
        happening.answer.set_exception(ValueError("a fault"))
        gone = await queue.get()
        assert isinstance(gone, Gone) and gone.reason == "ValueError: a fault"
