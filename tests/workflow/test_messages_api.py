"""A conversation with the Messages API: what comes out of the queue, what the API is asked, and what a killed run finds again."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finestream.gateway.records import AGENT_HEADER, SESSION_HEADER
from finestream.handoff.messages import TOOL
from finestream.recovery.request import WRAPPER
from finestream.simulator.model import Part
from finestream.simulator.script import Fault, Text, Thinking, Turn
from finestream.workflow.messages_api import PATIENCE, ApiSession
from finestream.workflow.session import Begun, Called, Ended, Fragment, Happening, Restarted, Working
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
    assert end(found).usage is not None
    assert end(found).usage["output_tokens"] == spent  # type: ignore[index]
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


BAD = '{"summary": "a "quote" here"}'
# answers -> (what is handed on, what is said last, the fault, requests)
ANSWERS: dict[str, tuple[list[bytes], tuple[list[Any], str, str | None, int]]] = {
    "end_turn": ([spoken(words("Done."))], ([], "Done.", None, 1)),
    "stop_sequence": ([spoken(words("Done."), stop="stop_sequence")], ([], "Done.", None, 1)),
    "nothing at all": ([spoken(stop="end_turn")], ([], "", None, 1)),
    "an unknown reason": ([spoken(words("Done."), stop="news")], ([], "Done.", None, 1)),
    "pause_turn": ([spoken(words("One, "), stop="pause_turn"), spoken(words("two."))], ([], "One, two.", None, 2)),
    "text at the limit": ([spoken(words("One, two."), cut_at=5), spoken(words("two."))], ([], "One, two.", None, 2)),
    "thinking at the limit": ([spoken(Part("thinking", "Well.", signature="s"), cut_at=3), spoken(words("two."))], ([], "two.", None, 2)),
    "text at the limit for ever": ([spoken(words("abc"), cut_at=1)] * (PATIENCE + 1), ([], "aaaa", None, PATIENCE + 1)),
    "refusal": ([spoken(words("I"), stop="refusal")], ([], "", "the model refuses to answer", 1)),
    "refusal of a call": ([spoken(called(WHOLE), stop="refusal")], ([], "", "the model refuses to answer", 1)),
    "no room": (
        [spoken(words("I"), stop="model_context_window_exceeded")],
        ([], "", "the conversation is longer than the model's context", 1),
    ),
    "a call cut at the limit": (
        [spoken(called(WHOLE), cut_at=30), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that looks whole at the limit": (
        [spoken(called('{"summary": "a"}'), stop="max_tokens"), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that is no JSON": (
        [spoken(called(BAD)), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that is no object": (
        [spoken(called("[1]")), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call without input": ([spoken(called("")), spoken(words("Done."))], ([{}], "Done.", None, 2)),
    "calls that are no JSON for ever": (
        [spoken(called(BAD), number=number) for number in range(PATIENCE + 1)],
        ([], "", "4 calls in a row did not arrive whole", PATIENCE + 1),
    ),
    "two calls": (
        [spoken(called('{"summary": "a"}'), called(WHOLE)), spoken(words("Done."))],
        ([{"summary": "a"}, DOCUMENT], "Done.", None, 2),
    ),
    "words and a call": ([spoken(words("See: "), called(WHOLE)), spoken(words("Done."))], ([DOCUMENT], "Done.", None, 2)),
    "no end": ([spoken(words("Done.")).rpartition(b"event: message_stop")[0]], ([], "", "the answer has no end", 1)),
    "an event that cannot be read": ([b"event: message_start\ndata: {\n\n"], ([], "", "the answer holds an event that cannot be read", 1)),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_each_way_in_which_an_answer_ends(case: str, tmp_path: Path) -> None:
    answers, (handed, text, fault, requests) = ANSWERS[case]
    async with answering(answers) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert (given(found), end(found).text, end(found).fault, len(asked)) == (handed, text, fault, requests)


@pytest.mark.parametrize(
    ("answer", "raw", "advice"),
    [
        (spoken(called(WHOLE), cut_at=30), WHOLE[:30], "fewer of them in one call"),
        (spoken(called(BAD)), BAD, "no JSON object"),
    ],
)
async def test_a_call_that_did_not_arrive_is_explained_with_all_that_came(answer: bytes, raw: str, advice: str, tmp_path: Path) -> None:
    async with answering([answer, spoken(words("Sorry."))]) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    (call,) = asked[1]["messages"][1]["content"]
    (told,) = asked[1]["messages"][2]["content"]
    assert (call["input"], told["tool_use_id"], told["is_error"]) == ({}, call["id"], True)
    assert json.loads(told["content"][0]["text"]) == {WRAPPER: raw}
    assert advice in told["content"][1]["text"]
    assert inputs(found) == [raw]  # whole parts in it have gone on


async def test_a_tool_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    answers = [spoken(called("{}")).replace(TOOL.encode(), b"Read"), spoken(words("Well."))]
    async with answering(answers) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert [each.doing for each in found if isinstance(each, Working)] == ["Read", "writing"]
    (told,) = asked[1]["messages"][2]["content"]
    assert (told["is_error"], "no tool Read" in told["content"]) == (True, True)


async def test_an_agent_ends_after_as_many_turns_as_it_has(tmp_path: Path) -> None:
    answers = [spoken(called(WHOLE), number=number) for number in range(3)]
    async with answering(answers) as (url, asked), session(url, tmp_path, max_turns=2) as (made, queue):
        found = await turn(made, queue, "go")
    assert (len(asked), end(found).fault) == (2, "the agent has taken all of its 2 turns")


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
        assert str(await queue.get()) == "Gone(reason='ValueError: a fault')"


@pytest.mark.parametrize("place", ["in a stream", "in an answer", "idle", "never opened"])
async def test_closing_ends_all_of_it(place: str, tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    over: asyncio.Queue[str] = asyncio.Queue()
    stalls = (Fault("stall", at=30),) if place == "in a stream" else ()
    queue: asyncio.Queue[Happening] = asyncio.Queue()
    async with simulated(playing(Turn((handing(),), stalls), Turn((Text("Done."),)))) as (simulator, url):
        simulator._watch = lambda request: over.put_nowait(request.ended)
        made = ApiSession(ASSIGNMENT, queue, url=url, folder=tmp_path, default_model="haiku", api_key="sk-ant-test")
        if place != "never opened":
            await made.open()
            await made.say("go")
            await _until(queue, {"in a stream": Fragment, "in an answer": Called, "idle": Ended}[place])
        await made.close()
        await made.close()
        if place == "in a stream":
            assert await over.get() in ("stall", "left")
    assert {task for task in asyncio.all_tasks() if not task.done()} <= before


async def _until(queue: asyncio.Queue[Happening], kind: type[Happening]) -> None:
    while not isinstance(happening := await queue.get(), kind):
        if isinstance(happening, Called):
            happening.answer.set_result("Handed on.")


KILLED: dict[str, tuple[Sequence[Fault], type[Happening], list[str]]] = {
    "in the middle of a call": ((Fault("stall", at=30),), Fragment, ["user"]),
    "before a call was answered": ((), Called, ["user", "assistant"]),
}


@pytest.mark.parametrize("point", KILLED)
async def test_a_run_that_was_killed_takes_the_conversation_up(point: str, tmp_path: Path) -> None:
    faults, seen, roles = KILLED[point]
    script = playing(Turn((handing(),), tuple(faults)), Turn((Text("Done."),)))
    async with simulated(script) as (simulator, url):
        ident = await _kill(url, tmp_path, seen)
        assert [message["role"] for message in kept(tmp_path)] == roles
        async with session(url, tmp_path, taken_up=ident) as (made, queue):
            assert await made.remembers("")
            assert await made.remembers("marker-1")
            assert not await made.remembers("marker-2")
            found = await turn(made, queue, "You were interrupted.")
    assert end(found).fault is None
    body: Any = simulator.requests[1].body
    assert body["messages"][-1]["content"][-1]["text"] == "You were interrupted."
    assert simulator.requests[1].headers[SESSION_HEADER] == ident


_CHILD = """
import asyncio, sys
from pathlib import Path
from tests.workflow.api_stage import session
from finestream.workflow import session as happenings

async def main(url, folder, seen):
    async with session(url, Path(folder)) as (made, queue):
        await made.say("go marker-1")
        while type(await queue.get()).__name__ != seen:
            pass
        print(made.ident, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def _kill(url: str, folder: Path, seen: type[Happening]) -> str:
    """Begin a session in a process that is killed as soon as it has seen such a happening."""
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CHILD, url, str(folder), seen.__name__),
        env={"PYTHONPATH": f"{root}:{root / 'src'}"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    ident = (await child.stdout.readline()).decode().strip()
    child.send_signal(signal.SIGKILL)
    await child.wait()
    return ident


async def test_a_conversation_is_taken_up_wherever_its_file_was_cut(tmp_path: Path) -> None:
    script = playing(Turn((handing({"summary": "ö"}), handing(DOCUMENT))), Turn((Text("Done."),)))
    async with simulated(script) as (simulator, url):
        async with session(url, tmp_path / "whole") as (made, queue):
            await turn(made, queue, "go", lambda call: f"Handed on {len(call.given)}.")
        whole = (tmp_path / "whole" / f"{made.ident}.jsonl").read_bytes()
        assert whole.count(b"\n") == 5
        ends = [place for place, byte in enumerate(whole, 1) if byte == ord("\n")]
        for place in sorted({1, *ends, *(before + 9 for before in ends[:-1]), *(before - 1 for before in ends)}):
            folder = tmp_path / str(place)
            folder.mkdir()
            (folder / "cut.jsonl").write_bytes(whole[:place])
            async with session(url, folder, taken_up="cut") as (made, queue):
                remembered = sum(place >= each for each in ends)
                assert await made.remembers("") == (remembered > 0)
                found = await turn(made, queue, "go again")
            assert end(found).fault is None, place
            lines = kept(folder)
            assert lines[:remembered] == [json.loads(line) for line in whole.splitlines()[:remembered]]
            assert lines[remembered] == {"role": "user", "content": [{"type": "text", "text": "go again"}]}
    assert {request.ended for request in simulator.requests} == {"complete"}
