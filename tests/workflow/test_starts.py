"""Sessions start two at a time, in the order of the workflow: who comes first is waited for first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from finestream.catalog import Step, Workflow
from finestream.errors import FinestreamError
from finestream.workflow.agent import Worker
from finestream.workflow.board import STARTS, Board
from finestream.workflow.plan import Assignment, make_plan
from finestream.workflow.session import Happening
from tests.demo.shipped import SHIPPED_AGENTS

STEPS = ("first", "second", "third", "fourth")


class Memory:
    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        pass


class Slow:
    """A session that starts when it may, and then cannot."""

    ident = "slow"

    def __init__(self, step: str, stage: Stage) -> None:
        self._step = step
        self._stage = stage

    async def open(self) -> None:
        self._stage.log.append(self._step)
        if len(self._stage.log) == STARTS:
            self._stage.are_starting.set()
        await self._stage.may_end.wait()
        raise FinestreamError("it has seen enough", "Nothing.")

    async def say(self, text: str) -> None:
        raise AssertionError

    async def remembers(self, marker: str) -> bool:
        return False

    async def close(self) -> None:
        pass


class Stage:
    def __init__(self) -> None:
        self.log: list[str] = []
        self.are_starting, self.may_end = asyncio.Event(), asyncio.Event()
        workflow = Workflow("four", "", tuple(Step(step, "developer", (), 1) for step in STEPS))
        self.plan = make_plan(workflow, SHIPPED_AGENTS, "Build it", shipped=frozenset(SHIPPED_AGENTS))
        self.board = Board(STEPS, Memory(), {})

    def session(self, assignment: Assignment, queue: asyncio.Queue[Happening], taken_up: str | None) -> Slow:
        return Slow(assignment.step, self)

    async def work(self) -> None:
        await asyncio.gather(*(Worker(self.plan, step, self.board, self.session).run() for step in STEPS))


async def test_two_sessions_start_and_the_others_wait_for_them() -> None:
    stage = Stage()
    working = asyncio.create_task(stage.work())
    await stage.are_starting.wait()
    stage.log.append("may end")
    stage.may_end.set()
    await working
    assert stage.log == ["first", "second", "may end", "third", "fourth"]


async def test_who_waits_for_a_start_does_not_start_any_more_when_the_run_is_stopped() -> None:
    stage = Stage()
    working = asyncio.create_task(stage.work())
    await stage.are_starting.wait()
    stage.board.stop("enough")
    stage.may_end.set()
    await working
    assert stage.log == ["first", "second"]
    assert [ledger.state for ledger in stage.board.ledgers.values()] == ["blocked"] * 4
