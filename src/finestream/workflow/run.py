"""A run from its plan to its end. SHELL. Its one law: it is complete when every document is there; else it says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from finestream.workflow.agent import MakeSession, Worker
from finestream.workflow.board import Board
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


Prepare: TypeAlias = Callable[[Board], AbstractContextManager[None]]
"""Is given the board before anything happens on it, and ends after the last entry."""


async def carry_out(plan: Plan, run: str, *, url: str, make_session: MakeSession, prepare: Prepare) -> Outcome:
    """Begin the run of that id, or go on with it where it stands.

    Args:
        url: Of the database.
        make_session: Starts agents.
        prepare: Adds those who watch.
    """
    steps = list(plan.assignments)
    async with database(url, run) as base:
        board = Board(steps, Streams(), await base.entries(steps))
        with prepare(board):
            carried: set[str] = set()

            async def carry(step: str) -> None:
                carried.add(step)
                if board.ledgers[step].is_stuck:
                    await board.record(step, "again")
                await Worker(plan, step, board, make_session).run()

            await base.carry_out(carry, steps)
            # A process that was killed while its agents ended has recorded some as ended, and they have not been asked.
            if not board.stopped_by and any(not ledger.is_over and step not in carried for step, ledger in board.ledgers.items()):
                await base.carry_out(carry, steps)
        return Outcome(run, board.ledgers)
