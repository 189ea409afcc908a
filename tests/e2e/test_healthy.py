"""What does not break is not touched: the client behind the gateway does and says the same as without it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from finestream.journal import ERRORS, EVENTS, FOLDER
from finestream.simulator.script import Block, Fault, Text, Thinking
from finestream.simulator.server import Request
from tests.e2e.cases import LARGE, SMALL, document, edits, keep, source, write
from tests.e2e.harness import SETTINGS, Case, Played, Session, complaints, play, play_all
from tests.e2e.test_messages import several


def everything() -> list[Case]:
    """A session with all that the matrix breaks, unbroken."""
    cases = [write("small.py", source(SMALL)), write("large.py", source(LARGE)), write("empty.txt", "")]
    cases += [keep("small", document(SMALL)), keep("large", document(LARGE)), keep("nothing", None), keep("of lists", [[], {}, [[]]])]
    cases += edits("edited.py", ["one\n", source(2000, 1), "two\n"], ["eins\n", source(2000, 2), "zwei\n"], [{}] * 3)
    cases += [several("parallel", lambda documents: ())]
    words: list[Block] = [Thinking("They are all written. 🎯"), Text("Only the last one is missing, «this one».")]
    last = write("last.py", source(SMALL, 9))
    return [*cases, replace(last, blocks=lambda folder: [*words, *last.blocks(folder)])]


def said(played: Played) -> list[str]:
    """What the client showed of the conversation, without what differs from session to session: calls of one turn may end in any order."""
    spoken = [message for message in played.messages if message["type"] in ("assistant", "user")]
    texts = [json.dumps(message["message"]["content"]) for message in spoken]
    return sorted(text.replace(json.dumps(str(played.folder))[1:-1], "") for text in texts)


def fields(request: Request) -> list[object]:
    """What upstream saw of a request that does not differ from session to session."""
    assert isinstance(request.body, dict)
    headers = sorted(request.headers.keys() - {"host", "connection", "accept-encoding", "content-length"})
    tools = [(tool["name"], tool.get("eager_input_streaming")) for tool in request.body["tools"]]
    return [*request.body, tools, len(request.body["messages"]), headers]


async def test_a_healthy_session_is_left_alone(claude: Path, tmp_path: Path) -> None:
    through, without = await play_all(claude, tmp_path, [Session(everything()), replace(Session(everything()), is_direct=True)])
    assert complaints(through) == []
    assert through.errors == []
    assert said(through) == said(without)
    assert [fields(request) for request in through.requests] == [fields(request) for request in without.requests]
    # One record for each tool input, and nothing that speaks of trouble.
    inputs = [record for record in through.events if record["event"] == "tool_input"]
    assert len(inputs) == len(through.results) and {record["outcome"] for record in inputs} == {"complete"}
    assert {record["event"] for record in through.events} == {"tool_input"}
    assert all(record["deltas"] and record["bytes"] and record["spans"] for record in inputs)


async def test_an_upstream_that_knows_no_eager_streaming(claude: Path, tmp_path: Path) -> None:
    """The field is dropped, once for all, and the client hears nothing of it. Cuts are recovered all the same."""
    cases = [write(f"{number}.py", source(SMALL, number), faults=lambda documents: [Fault("reset", at=3000)]) for number in range(4)]
    played = await play(claude, tmp_path, Session(cases, refuses_eager=True))
    refused = [request for request in played.requests if request.ended == "refused"]
    assert len(refused) == 1
    played.requests.remove(refused[0])
    assert complaints(played) == []
    tools = [tool for request in played.requests for tool in request.body["tools"]]  # type: ignore[index]
    assert not any("eager_input_streaming" in tool for tool in tools)


async def test_no_credential_is_written_anywhere(claude: Path, tmp_path: Path) -> None:
    cases = [write("key.py", 'key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"\n' + source(2000), faults=_late)]
    played = await play(claude, tmp_path, Session(cases))
    assert complaints(played) == []
    for name in (EVENTS, ERRORS):
        text = (played.folder / FOLDER / name).read_text(encoding="utf-8")
        assert "sk-ant-" not in text
        assert "authorization" not in text.lower()


def _late(documents: object) -> list[Fault]:
    return [Fault("reset", at=1500)]


def test_the_settings_of_these_tests_are_those_of_a_user() -> None:
    assert replace(SETTINGS, backoff=(2.0, 4.0)) == type(SETTINGS)()
