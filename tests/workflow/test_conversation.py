"""A conversation whose partner goes in the middle: what nobody heard was not told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from finestream.catalog import Step, Workflow
from finestream.handoff import Part
from finestream.workflow.agent import Worker
from finestream.workflow.board import Board
from finestream.workflow.ledger import part_entry
from finestream.workflow.plan import Assignment, make_plan
from finestream.workflow.session import Called, Ended, Happening
from tests.demo.shipped import SHIPPED_AGENTS

SCHEMA = {"type": "object", "required": ["report"], "properties": {"report": {"type": "string"}}}
FIRST, SECOND = (Part(number, "overview", "item", number - 1, f'"{number}"') for number in (1, 2))


class Stage:
    """An architect who has written two parts, and a developer who stops listening while his call is being answered."""

    ident = "developer"

    def __init__(self) -> None:
        steps = (
            Step("architect", "architect", (), 1, streaming_priority="high"),
            Step("developer", "developer", ("architect",), 2, schema=SCHEMA),
        )
        self.plan = make_plan(Workflow("two", "", steps), SHIPPED_AGENTS, "Build it", shipped=frozenset(SHIPPED_AGENTS))
        self.board = Board(self.plan.assignments, self, {})
        self.said: list[str] = []
        self.answer: asyncio.Future[str] | None = None

    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        if step == "developer" and entry["kind"] == "given" and self.answer is not None:
            self.answer.cancel()

    def session(self, assignment: Assignment, queue: asyncio.Queue[Happening], taken_up: str | None) -> Stage:
        self.queue = queue
        return self

    async def open(self) -> None:
        pass

    async def say(self, text: str) -> None:
        self.said.append(text)
        if len(self.said) == 1:
            await self.board.record("architect", **part_entry(SECOND))
            self.answer = asyncio.get_running_loop().create_future()
            self.queue.put_nowait(Called({"report": "Done."}, self.answer))
            await self.board.record("architect", "done")
        self.queue.put_nowait(Ended(""))

    async def remembers(self, marker: str) -> bool:
        return False

    async def close(self) -> None:
        pass


async def test_what_an_answer_held_that_nobody_heard_is_told_again() -> None:
    stage = Stage()
    await stage.board.record("architect", "began", session="s", is_fresh=True)
    await stage.board.record("architect", **part_entry(FIRST))
    await Worker(stage.plan, "developer", stage.board, stage.session).run()
    ledger = stage.board.ledgers["developer"]
    assert (ledger.state, ledger.given) == ("done", {"architect": 2})
    assert ['n="2"' in text for text in stage.said] == [False, True]
