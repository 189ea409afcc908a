"""Where one agent works: its task, its ledger, the others' ledgers, and what happens. SHELL. Its one law: whoever waits here is woken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from finestream.workflow.board import Board
from finestream.workflow.plan import Plan
from finestream.workflow.session import Happening, Heard


class Blocked(Exception):
    """Nothing is left to do until something else has been mended; the text says what."""


class Desk:
    """What everything that concerns one step needs."""

    def __init__(self, plan: Plan, step: str, board: Board) -> None:
        self.plan = plan
        self.step = step
        self.own = plan.assignments[step]
        self.ledger = board.ledgers[step]
        self.senders = {name: board.ledgers[name] for name in self.own.needs}
        self.left = self.own.timeout
        """Seconds that the agent may still work. While it waits for others they do not pass."""
        self.queue: asyncio.Queue[Happening] = asyncio.Queue()
        self._board = board

    async def record(self, kind: str, **facts: Any) -> None:
        """Write an entry into the step's ledger."""
        await self._board.record(self.step, kind, **facts)

    def notice(self, kind: str, **facts: Any) -> None:
        """Tell those who watch of something that need not be kept."""
        self._board.notice(self.step, {"kind": kind, "at": time.time(), **facts})

    def hear(self) -> None:
        """Somebody has written something."""
        self.queue.put_nowait(Heard())

    def check(self) -> None:
        """Look whether the work is still wanted.

        Raises:
            Blocked: The run has been stopped.
        """
        if self._board.stopped_by:
            raise Blocked(self._board.stopped_by)

    async def pause(self, seconds: float) -> None:
        """Let time pass, as long as the work is wanted.

        Raises:
            Blocked: The run has been stopped.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    self.check()
                    await self.queue.get()

    def check_senders(self) -> None:
        """Look whether those from whom something is awaited are still at work.

        Raises:
            Blocked: One is not.
        """
        for name, ledger in self.senders.items():
            if ledger.is_stuck:
                raise Blocked(f"it needs the document of {name}")

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for what others do, before the step's own session has begun.

        Raises:
            Blocked: It will not come.
        """
        while not holds():
            self.check()
            self.check_senders()
            await self.queue.get()
