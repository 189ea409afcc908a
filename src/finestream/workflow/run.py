"""A run from its plan to its end. SHELL. Its one law: it is complete when every document is there; else it says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from finestream.workflow.agent import MakeSession, Worker
from finestream.workflow.board import Board, Watch
from finestream.workflow.durable import Streams, database
from finestream.workflow.ledger import Ledger
from finestream.workflow.plan import Plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    run: str
    ledgers: Mapping[str, Ledger]

    @property
    def is_complete(self) -> bool:
        """Whether every step is through."""
        return all(ledger.is_over for ledger in self.ledgers.values())


async def carry_out(plan: Plan, run: str, *, url: str, make_session: MakeSession, watch: Watch) -> Outcome:
    """Begin the run of that id, or go on with it where it stands.

    Args:
        url: Of the database.
        make_session: Starts agents.
        watch: Is told of everything.
    """
    steps = list(plan.assignments)
    async with database(url, run) as base:
        board = Board(steps, Streams(), await base.entries(steps), watch)

        async def carry(step: str) -> None:
            if board.ledgers[step].is_stuck:
                await board.record(step, "again")
            await Worker(plan, step, board, make_session).run()

        await base.carry_out(carry, steps)
        return Outcome(run, board.ledgers)


async def watched(task: asyncio.Task[Outcome]) -> Outcome:
    """Wait for ``task``; a cancellation ends it first."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise
