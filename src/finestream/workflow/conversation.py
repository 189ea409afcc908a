"""A session with one agent, from its opening to its document. SHELL.

Its one law: an agent is told something only while it listens: when it has nothing to do, or in the answer to a handoff.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from finestream.errors import FinestreamError
from finestream.handoff import RESUME, Piece, Reader, read_whole
from finestream.handoff import messages as words
from finestream.workflow.checking import problems_of
from finestream.workflow.desk import Desk
from finestream.workflow.inbox import Inbox
from finestream.workflow.ledger import part_entry
from finestream.workflow.session import Begun, Called, Ended, Fragment, Gone, Happening, Heard, Restarted, Session, Working
from finestream.workflow.troubles import Passing, judge_fault

VAIN = 8  # calls in a row that began and never came: the client refuses them, and nothing else would end that
NUDGES = 2  # how often an agent that has ended without its document is asked for it


class Conversation:
    """Everything between the opening of a session and its end."""

    def __init__(self, desk: Desk, session: Session, *, is_fresh: bool) -> None:
        self._desk = desk
        self._session = session
        self._inbox = Inbox(desk)
        self._readers: dict[str, Reader] = {}
        self._is_idle = True
        self._since = 0.0  # when the turn began, while there is one
        self._is_fresh = is_fresh
        self._lead: str | None = self._first_words()
        self._last_text = ""
        self._nudges = 0
        self._vain = 0
        self._owed: set[str] = set()  # members of which nobody knows where they go on from

    def _first_words(self) -> str:
        document = self._desk.ledger.document
        unknown = document.parts[self._desk.ledger.answered :]
        known = "" if self._is_fresh and not document.parts else words.resumed(document, unknown, is_fresh=self._is_fresh)
        return _joined(words.opening(self._desk.plan.task(self._desk.step)) if self._is_fresh else "", known)

    async def hold(self) -> None:
        """Go on until the document is complete.

        Raises:
            Blocked: It cannot be for now. FinestreamError: It cannot be.
        """
        try:
            while not (self._is_idle and await self._proceed()):
                await self._meet(await self._next())
                self._desk.check()
        finally:
            self._rest()

    async def _next(self) -> Happening:
        try:
            async with asyncio.timeout(self._patience()):
                return await self._desk.queue.get()
        except TimeoutError:
            return Heard()

    def _patience(self) -> float | None:
        """Return for how long the next happening may be waited for; None: without end.

        Raises:
            FinestreamError: The agent has worked for too long.
        """
        now, deadline = time.monotonic(), self._inbox.deadline
        if self._is_idle:
            return None if deadline is None else max(0.0, deadline - now)
        left = self._since + self._desk.left - now
        if left <= 0:
            fix = f"Give the step '{self._desk.step}' a longer timeout in the workflow, or see what kept it: finestream run --show ID"
            raise FinestreamError(f"it took longer than {self._desk.own.timeout:g} s", fix)
        return left

    def _rest(self) -> None:
        """The turn is over, however it ended."""
        if not self._is_idle:
            self._is_idle = True
            self._desk.left -= time.monotonic() - self._since

    async def _meet(self, happening: Happening) -> None:
        match happening:
            case Begun(call):
                self._readers[call] = Reader()
                self._count_vain()
                await self._desk.record("handing")
            case Fragment(call, text):
                await self._take(self._readers[call].feed(text.encode("utf-8", "surrogatepass")))
            case Restarted():
                self._readers.clear()
            case Called(given, answer):
                self._vain = 0
                await self._answer(given, answer)
            case Working(doing):
                self._desk.notice("working", doing=doing)
            case Ended():
                await self._end_turn(happening)
            case Gone(reason, fix):
                raise Passing(reason, fix)
            case Heard():
                pass

    def _count_vain(self) -> None:
        self._vain += 1
        if self._vain > VAIN:
            message = f"{VAIN} calls of the handoff tool in a row were refused before they were made"
            raise FinestreamError(message, "See in its transcript what the agent was told: finestream run --show ID")

    async def _take(self, pieces: Sequence[Piece]) -> bool:
        """Hand pieces on, and say whether there was anything new in them."""
        is_new = False
        for piece in pieces:
            part = self._desk.ledger.document.judge(piece)
            if part is not None:
                await self._desk.record(**part_entry(part))
                is_new = True
        return is_new

    async def _answer(self, given: Mapping[str, Any], answer: asyncio.Future[str]) -> None:
        """Take what a call has brought at its end, and tell the model together with what has come in meanwhile."""
        await self._take(read_whole(given))
        members = given.keys() - {RESUME}
        if RESUME in given and next(iter(given)) != RESUME:
            self._owed |= members
            text = words.misplaced(sorted(members))
        else:
            self._owed -= members
            ledger = self._desk.ledger
            text = words.taken(ledger.document, self._desk.own.required, new=len(ledger.document.parts) - ledger.answered)
        told = await self._with_news(text, is_waiting=False)
        if answer.done():  # whoever asked has gone meanwhile, and has heard nothing of it
            await self._desk.record("lost")
            self._inbox = Inbox(self._desk)
        else:
            answer.set_result(told)

    async def _with_news(self, text: str, *, is_waiting: bool) -> str:
        """Add what is due, and note that it is told."""
        now, marker = time.monotonic(), uuid4().hex[:12]
        self._inbox.refresh(now)
        deliveries = self._inbox.take(now, is_waiting=is_waiting) if self._inbox.is_due(now) else []
        upto = {each.sender: each.parts[-1].number for each in deliveries if each.parts}
        outcomes = {each.sender: each.outcome for each in deliveries if each.outcome}
        await self._desk.record("given", upto=upto, outcomes=outcomes, marker=marker)
        return words.signed(_joined(text, words.delivered(deliveries, marker)), marker)

    async def _end_turn(self, ended: Ended) -> None:
        self._rest()
        self._last_text = ended.text
        await self._desk.record("turn", usage=ended.usage, cost=ended.cost, fault=ended.fault)
        if ended.fault is not None:
            raise judge_fault(ended.fault, ended.status)

    async def _proceed(self) -> bool:
        """The agent listens: tell it what there is to tell. Return whether it is through."""
        now = time.monotonic()
        self._inbox.refresh(now)
        if self._inbox.is_due(now) or (self._lead is not None and not self._desk.senders and self._problems()):
            await self._say(self._lead or "")
        elif self._inbox.is_exhausted:
            return await self._conclude()
        else:
            self._desk.check_senders()
        return False

    async def _conclude(self) -> bool:
        """Everything has been told: look at what came of it."""
        problems = self._problems()
        if problems and await self._take(_document_in(self._last_text)):
            problems = self._problems()
        if not problems:
            await self._desk.record("done")
            return True
        if self._nudges == NUDGES:
            message = f"the agent {self._desk.own.agent} has ended without a complete document: {'; '.join(problems)}"
            raise FinestreamError(message, "Resume the run to ask it once more, or look at its transcript: finestream run --show ID")
        self._nudges += self._lead is None
        await self._say(_joined(self._lead or "", words.again(problems)))
        return False

    async def _say(self, text: str) -> None:
        self._lead, self._last_text = None, ""
        self._is_idle, self._since = False, time.monotonic()
        await self._session.say(await self._with_news(text, is_waiting=True))

    def _problems(self) -> list[str]:
        document = self._desk.ledger.document
        if not document.parts:
            return ["nothing has been handed on"]
        half = [f"{name} is not whole" for name in sorted({*self._owed, *document.begun()})]
        return half + problems_of(document.value(), self._desk.own.schema)


def _joined(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _document_in(text: str) -> list[Piece]:
    """Read a document that an agent has said instead of handing it on."""
    inside = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        value = json.loads(inside)
    except (ValueError, RecursionError):
        return []
    return read_whole(value) if isinstance(value, dict) else []
