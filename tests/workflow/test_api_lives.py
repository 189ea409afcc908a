"""Sessions that are closed, killed and taken up."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finestream.gateway.records import SESSION_HEADER
from finestream.simulator.script import Fault, Text, Turn
from finestream.workflow.messages_api import ApiSession
from finestream.workflow.session import Called, Ended, Fragment, Happening
from tests.workflow.api_stage import (
    ASSIGNMENT,
    DOCUMENT,
    end,
    handing,
    kept,
    playing,
    session,
    simulated,
    turn,
)


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
