"""An agent that is taken up: what its session remembers is what it was told, and a transcript may lag behind by more than one message."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from finestream.catalog import Step, Workflow
from finestream.errors import FinestreamError
from finestream.handoff import Part
from finestream.workflow.agent import Worker
from finestream.workflow.board import Board
from finestream.workflow.ledger import Entry, part_entry
from finestream.workflow.plan import Assignment, Plan, make_plan
from finestream.workflow.session import Ended, Happening
from tests.demo.shipped import SHIPPED_AGENTS


class Memory:
    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        pass


class Remembering:
    """A session that knows of some messages, and cannot be opened."""

    def __init__(self, ident: str, known: Collection[str]) -> None:
        self.ident = ident
        self._known = known

    async def open(self) -> None:
        raise FinestreamError(f"{self.ident} is not opened", "Nothing.")

    async def say(self, text: str) -> None:
        raise AssertionError

    async def remembers(self, marker: str) -> bool:
        return any(marker in each for each in self._known)

    async def close(self) -> None:
        pass


BEGAN: Entry = {"kind": "began", "at": 1.0, "session": "before", "is_fresh": True}


def given(marker: str, upto: int) -> Entry:
    return {"kind": "given", "at": 2.0, "upto": {"architect": upto}, "outcomes": {}, "marker": marker}


@pytest.mark.parametrize(
    ("known", "upto", "session"),
    [
        (["m1", "m2", "m3"], {"architect": 9}, "before"),
        (["m1", "m2"], {"architect": 5}, "before"),
        (["m1"], {"architect": 2}, "before"),
        (["a message of somebody else"], {}, "new"),
        ([], {"architect": 9}, "new"),
    ],
)
async def test_what_a_session_does_not_remember_was_never_told(known: list[str], upto: dict[str, int], session: str) -> None:
    workflow = Workflow("two", "", (Step("architect", "architect", (), 1), Step("developer", "developer", ("architect",), 2)))
    plan = make_plan(workflow, SHIPPED_AGENTS, "Build it", shipped=frozenset(SHIPPED_AGENTS))
    entries: dict[str, list[Entry]] = {"architect": [BEGAN], "developer": [BEGAN, given("m1", 2), given("m2", 5), given("m3", 9)]}
    board = Board(plan.assignments, Memory(), entries)

    def make(assignment: Assignment, queue: asyncio.Queue[Happening], taken_up: str | None) -> Remembering:
        return Remembering("before" if taken_up else "new", known if taken_up else [])

    await Worker(plan, "developer", board, make).run()
    assert board.ledgers["developer"].cause == f"{session} is not opened"
    assert board.ledgers["developer"].given == upto


class Speaking:
    """A session that answers a message with what it is made of, or never."""

    ident = "speaking"

    def __init__(self, queue: asyncio.Queue[Happening], answer: str | None) -> None:
        self._queue = queue
        self._answer = answer

    async def open(self) -> None:
        pass

    async def say(self, text: str) -> None:
        if self._answer is not None:
            self._queue.put_nowait(Ended(self._answer))

    async def remembers(self, marker: str) -> bool:
        return False

    async def close(self) -> None:
        pass


def pair(*, timeout: float) -> tuple[Plan, Board]:
    """An architect who is somebody else's, and a developer who has ``timeout`` for his work."""
    schema = {"type": "object", "required": ["report"], "properties": {"report": {"type": "string"}}}
    steps = (Step("architect", "architect", (), 1), Step("developer", "developer", ("architect",), 2, timeout=timeout, schema=schema))
    plan = make_plan(Workflow("two", "", steps), SHIPPED_AGENTS, "Build it", shipped=frozenset(SHIPPED_AGENTS))
    return plan, Board(plan.assignments, Memory(), {})


async def test_the_time_in_which_others_work_is_not_its_own() -> None:
    plan, board = pair(timeout=0.05)
    working = asyncio.create_task(Worker(plan, "developer", board, lambda own, queue, _: Speaking(queue, '{"report": "Done."}')).run())
    await asyncio.wait([working], timeout=0.2)
    await board.record("architect", "began", session="s", is_fresh=True)
    await board.record("architect", **part_entry(Part(1, "overview", "value", 0, '"A shop"')))
    await asyncio.wait([working], timeout=0.2)
    await board.record("architect", "done")
    await working
    assert (board.ledgers["developer"].state, board.ledgers["developer"].cause) == ("done", "")


async def test_an_agent_that_works_for_too_long_fails() -> None:
    plan, board = pair(timeout=0.05)
    await board.record("architect", "began", session="s", is_fresh=True)
    await board.record("architect", "done")
    await Worker(plan, "developer", board, lambda own, queue, _: Speaking(queue, None)).run()
    assert (board.ledgers["developer"].state, board.ledgers["developer"].cause) == ("failed", "it took longer than 0.05 s")
