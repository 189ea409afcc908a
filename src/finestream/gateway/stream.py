"""One watched response. SHELL: reads bytes or waits for the deadline, asks the monitor, carries its decisions out in order. No judgement
here.

Fail open: where the monitor itself fails, everything that has not gone out is passed on raw, and what comes after it, too.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable

import aiohttp
from aiohttp import web

from finestream.gateway.breaking import break_off, left_over
from finestream.gateway.encoding import Decoder, decoder
from finestream.gateway.feed import Channel
from finestream.gateway.records import Book, write
from finestream.gateway.upstream import Exchange, Reply, Upstream
from finestream.monitor import Abort, Decision, End, Forward, Monitor, Note, Resend

_TROUBLE = (aiohttp.ClientError, OSError)
_PATIENCE = 2.0  # seconds for the body of a refusal


class Stream:
    """Drives one monitor between one client and as many answers of upstream as it takes."""

    def __init__(self, monitor: Monitor, upstream: Upstream, exchange: Exchange, *, book: Book, channel: Channel) -> None:
        self._monitor = monitor
        self._upstream = upstream
        self._exchange = exchange
        self._book = book
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._source: aiohttp.ClientResponse | None = None
        self._decoder: Decoder | None = None
        self._opening: asyncio.Task[Reply] | None = None
        self._unsent: deque[bytes] = deque()  # what has come and not gone out, as it came
        self._is_blind = False
        self._is_over = False

    async def run(self, source: aiohttp.ClientResponse, decoder: Decoder, request: web.Request, response: web.StreamResponse) -> None:
        """Stream until the end, the abort, or the client's leaving (then this is cancelled and upstream is closed at once).

        Raises: ConnectionError: the client has gone, and nobody has said so yet.
        """
        self._source, self._decoder = source, decoder
        try:
            while not self._is_over:
                await self._carry_out(await self._step(), request, response)
        except (asyncio.CancelledError, ConnectionError):  # the latter where a write finds out first
            self._tell_of_leaving()
            raise
        finally:
            await self._close_source()

    # -- one step --------------------------------------------------------------------------------------------------------------------------

    async def _step(self) -> list[Decision]:
        deadline = self._monitor.deadline
        if self._opening:
            return await self._wait_for_answer(self._opening, deadline)
        if self._source is None:
            await asyncio.sleep(max(0.0, (deadline or 0.0) - self._loop.time()))
            return await self._tick()
        if self._decoder and self._decoder.has_more:
            return await self._received(b"")
        try:
            data = await self._read(self._source.content, deadline)
        except _TROUBLE as trouble:
            rest = left_over(self._source.content)
            return await (self._received(rest) if rest else self._ended(str(trouble) or type(trouble).__name__))
        if data is None:
            return await self._tick()
        return await self._received(data) if data else await self._ended(None)

    async def _read(self, content: aiohttp.StreamReader, deadline: float | None) -> bytes | None:
        """The next bytes, nothing at the end, None when the deadline came first. Where both are there, bytes go first: late is no stall."""
        try:
            async with asyncio.timeout_at(deadline):
                return await content.readany()
        except TimeoutError:
            return content.read_nowait() or None

    async def _ask(self, question: Callable[[], list[Decision]]) -> list[Decision]:
        if not self._monitor.takes_long:
            return self._judged(question)
        # Elsewhere, so that the other streams do not wait for it; calls stay in turn, for this one does.
        self._channel.live.is_thinking = True
        decisions = await asyncio.to_thread(self._judged, question)
        self._channel.live.is_thinking = False
        return decisions

    def _judged(self, question: Callable[[], list[Decision]]) -> list[Decision]:
        try:
            decisions = question()
        except Exception as fault:  # the only place where anything may be caught: our fault must not cost the user a session
            return self._let_go(fault)
        if self._monitor.is_raw:
            self._take_off(sum(len(decision.data) for decision in decisions if isinstance(decision, Forward)))
        else:
            self._unsent.clear()
        return decisions

    def _take_off(self, size: int) -> None:
        while size and size >= len(self._unsent[0]):
            size -= len(self._unsent.popleft())
        if size:
            self._unsent[0] = self._unsent[0][size:]

    def _let_go(self, fault: Exception) -> list[Decision]:
        note = Note("fault", {"reason": f"{type(fault).__name__}: {fault}", "phase": self._monitor.phase.value}, is_error=True)
        if not self._monitor.is_raw:
            return [note, Abort("finestream itself failed in a joined message")]
        self._is_blind = True
        return [note, Forward(b"".join(self._unsent))]

    async def _tick(self) -> list[Decision]:
        return await self._ask(lambda: self._monitor.tick(self._loop.time()))

    async def _received(self, data: bytes) -> list[Decision]:
        try:
            plain = self._decoder.decompress(data) if self._decoder else data
        except Exception as damage:  # each decoder has errors of its own
            return await self._ended(f"the compressed answer is damaged ({damage})")
        if self._is_blind:
            return [Forward(plain)]
        self._unsent.append(plain)
        return await self._ask(lambda: self._monitor.receive(plain, self._loop.time()))

    async def _ended(self, error: str | None) -> list[Decision]:
        self._source = None
        decisions = [] if self._is_blind else await self._ask(lambda: self._monitor.receive_end(error, self._loop.time()))
        return [*decisions, End() if error is None else Abort(error)] if self._is_blind else decisions

    async def _wait_for_answer(self, opening: asyncio.Task[Reply], deadline: float | None) -> list[Decision]:
        timeout = None if deadline is None else max(0.0, deadline - self._loop.time())
        await asyncio.wait({opening}, timeout=timeout)
        if not opening.done():
            return await self._tick()
        self._opening = None
        try:
            answer, head = opening.result()
            if answer.status == 200 and answer.content_type == "text/event-stream":
                self._source, self._decoder = answer, decoder(answer.headers.get("Content-Encoding", ""))
                return await self._tick()
            detail = (head or await _detail(answer)).decode("utf-8", "replace")
        except _TROUBLE as trouble:
            return await self._refused(str(trouble) or type(trouble).__name__)
        answer.close()
        return await self._refused(f"HTTP {answer.status}: {detail}", status=answer.status, retry_after=_retry_after(answer))

    async def _refused(self, reason: str, *, status: int = 0, retry_after: float | None = None) -> list[Decision]:
        return await self._ask(lambda: self._monitor.refused(reason, self._loop.time(), status=status, retry_after=retry_after))

    # -- decisions -------------------------------------------------------------------------------------------------------------------------

    async def _carry_out(self, decisions: list[Decision], request: web.Request, response: web.StreamResponse) -> None:
        for decision in decisions:
            match decision:
                case Forward(data):
                    await response.write(data)
                case Note():
                    self._tell(decision)
                case Resend(body):
                    await self._close_source()
                    again = self._exchange._replace(body=json.dumps(body).encode("utf-8", "surrogatepass"))
                    self._opening = self._loop.create_task(self._upstream.send(again, is_watched=True))
                case Abort():
                    self._is_over = True
                    await break_off(request)
                case End():
                    self._is_over = True
                    await response.write_eof()

    def _tell_of_leaving(self) -> None:
        left = [] if self._is_blind or self._channel.live.is_thinking else self._judged(lambda: self._monitor.left(self._loop.time()))
        for note in (Note("client_left", {"phase": self._monitor.phase.value}), *left):
            if isinstance(note, Note):
                self._tell(note)

    def _tell(self, note: Note) -> None:
        write(self._book, self._channel.speaker.record(note), is_error=note.is_error)
        self._channel.note(note)

    async def _close_source(self) -> None:
        if self._opening:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None
        if self._source:
            self._source.close()
            self._source = self._decoder = None


async def _detail(answer: aiohttp.ClientResponse) -> bytes:
    """What a refusal says, as far as it comes soon: its status is enough to go on."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await answer.content.read(2048)
    except TimeoutError:
        return b""


def _retry_after(answer: aiohttp.ClientResponse) -> float | None:
    try:
        return float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
