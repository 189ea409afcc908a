"""One agent at work, from its first part to its document. SHELL.

Its one law: whatever it was told or has handed on stands in its ledger first, so it can be taken up at any moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from finestream.catalog.conditions import parse_condition
from finestream.errors import FinestreamError
from finestream.workflow.board import Board
from finestream.workflow.conversation import Conversation
from finestream.workflow.desk import Blocked, Desk
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.session import Happening, Session
from finestream.workflow.troubles import Passing, Stopping, pause_before

MakeSession: TypeAlias = Callable[[Assignment, "asyncio.Queue[Happening]", str | None], Session]
"""(assignment, queue of what happens, session to take up) -> a session that is not open yet."""


class Worker:
    """Carries one step out."""

    def __init__(self, plan: Plan, step: str, board: Board, make_session: MakeSession) -> None:
        self._desk = Desk(plan, step, board)
        self._board = board
        self._make_session = make_session

    async def run(self) -> None:
        """Work until the document is complete, or something stands in the way; the ledger says which."""
        if self._desk.ledger.is_over:
            return
        self._board.listen(self._desk.hear)
        try:
            await self._work()
        except FinestreamError as error:
            if isinstance(error, Stopping):
                self._board.stop(f"{self._desk.step} has met what concerns every agent: {error.message}")
            await self._desk.record("failed", cause=error.message, fix=error.fix)
        except Blocked as reason:
            await self._desk.record("blocked", cause=str(reason))
        finally:
            self._board.ignore(self._desk.hear)

    async def _work(self) -> None:
        desk = self._desk
        if desk.own.when and not await self._is_wanted(desk.own.when):
            await desk.record("skipped")
            return None
        # One session after the other is started, each while those before it are at work: so none waits for its client.
        await desk.wait_until(lambda: not desk.senders or any(sender.has_begun for sender in desk.senders.values()))
        failures = 0
        while True:
            known = len(desk.ledger.document.parts)
            try:
                return await self._converse()
            except Passing as trouble:
                # What brings something new is no failure in a row.
                failures = failures + 1 if len(desk.ledger.document.parts) == known else 1
                if failures > desk.own.retry:
                    raise FinestreamError(trouble.message, trouble.fix) from trouble
                await desk.record("retry", cause=trouble.message, attempt=failures)
                await desk.pause(pause_before(failures))

    async def _is_wanted(self, when: str) -> bool:
        """Wait for everything that the condition may ask, and ask it."""
        senders = self._desk.senders
        await self._desk.wait_until(lambda: all(sender.is_over for sender in senders.values()))
        return parse_condition(when).holds(self._desk.plan.request, {name: sender.document.value() for name, sender in senders.items()})

    async def _converse(self) -> None:
        session, is_fresh = await self._session()
        try:
            async with self._board.starts:
                self._desk.check()
                try:
                    await session.open()
                finally:  # a run that was stopped meanwhile asks nobody any more, and what it has ended itself is no failure
                    self._desk.check()
            await self._desk.record("began", session=session.ident, is_fresh=is_fresh)
            await Conversation(self._desk, session, is_fresh=is_fresh).hold()
        finally:
            await session.close()

    async def _session(self) -> tuple[Session, bool]:
        """Take up the session there was, if it knows anything; else make a new one."""
        desk, before = self._desk, self._desk.ledger.session
        if before is not None:
            session = self._make_session(desk.own, desk.queue, before)
            if await session.remembers(""):
                # The client writes its transcript behind what it does: more than the last message may be missing.
                while desk.ledger.marker and not await session.remembers(desk.ledger.marker):
                    await desk.record("lost")
                if desk.ledger.marker:
                    return session, False
        return self._make_session(desk.own, desk.queue, None), True
