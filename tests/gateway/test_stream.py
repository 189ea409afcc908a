"""A watched stream over real sockets: bytes, compression, a client that leaves, a monitor that fails."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict

from finestream.events import PING, delta_frame
from finestream.gateway import Gateway, stream
from finestream.gateway.encoding import decoder
from finestream.gateway.feed import Feed
from finestream.gateway.records import Speaker
from finestream.gateway.stream import Stream
from finestream.gateway.upstream import Exchange, Upstream
from finestream.monitor import Decision, Monitor, Request
from finestream.settings import Settings
from tests.gateway.sockets import BODY, STREAM, Book, Handler, between, event_stream, upstream
from tests.monitor.stage import CLEAN, start, tool


async def test_a_stream_passes_byte_for_byte() -> None:
    for step in (1, 13, 10**9):
        async with (
            between(event_stream(STREAM, step=step)) as (gate, client),
            client.post(f"{gate.url}/v1/messages?beta=true", json=BODY) as answer,
        ):
            assert answer.status == 200
            assert answer.content_type == "text/event-stream"
            assert await answer.read() == STREAM


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(STREAM)), ("identity", STREAM), ("never-heard-of", b"\x00\x01odd")]
)
async def test_a_compressed_stream_arrives(encoding: str, packed: bytes) -> None:
    """What can be unpacked is watched and sent on plain; what cannot is passed on as it is, with its header."""
    async with (
        between(event_stream(packed, step=50, headers={"Content-Encoding": encoding})) as (gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        is_known = encoding != "never-heard-of"
        assert await answer.read() == (STREAM if is_known else packed)
        assert ("Content-Encoding" in answer.headers) is not is_known


async def test_padding_behind_a_compressed_stream_costs_nothing() -> None:
    asked = 0
    packed = event_stream(gzip.compress(STREAM) + b"\0" * 300, headers={"Content-Encoding": "gzip"})

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await packed(request)

    async with between(count) as (gate, client), client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
        assert await answer.read() == STREAM
    assert asked == 1


def cut_then(then: Handler) -> Handler:
    """A stream that is lost inside a tool input; what is asked for then is answered by ``then``."""
    asked = 0
    first = event_stream(STREAM[: STREAM.rindex(b"event: content_block_delta")])

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await (first if asked == 1 else then)(request)

    return handle


@pytest.mark.parametrize("status", [400, 529])
async def test_a_refusal_whose_body_never_comes_is_a_refusal(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PATIENCE", 0.05)

    async def headers_only(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    book = Book()
    async with (
        between(cut_then(headers_only), Settings(backoff=(0.0,)), book) as (gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(answer.read(), 20)
    outcomes = [record["outcome"] for record in book.records if record["event"] == "recovery"]
    assert f"failed: HTTP {status}: " in outcomes
    assert outcomes[-1] == "given_up"


async def test_a_blank_retry_that_is_never_answered_comes_to_an_end() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.StreamResponse()

    start = STREAM[: STREAM.index(b"event: content_block_start")]
    requests = [event_stream(start)]

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (requests.pop() if requests else silent)(request)

    async with (
        between(handle, Settings(backoff=(0.0,), stall=0.3, ping=0.1)) as (gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        received = b""
        with pytest.raises(aiohttp.ClientError):
            async with asyncio.timeout(20):
                async for data in answer.content.iter_any():
                    received += data
    assert received.startswith(start + PING)


def endless_behind(data: bytes, left: asyncio.Event | None = None) -> Handler:
    """Answers with this, and then with nothing more until the other side has left."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(data)
        try:
            await asyncio.Event().wait()
        finally:
            if left:
                left.set()
        return response

    return answer


async def test_a_client_that_leaves_closes_upstream_at_once() -> None:
    left = asyncio.Event()
    book = Book()
    async with between(endless_behind(STREAM[: STREAM.index(b"event: ping")], left), book=book) as (gate, client):
        answer = await client.post(f"{gate.url}/v1/messages", json=BODY)
        await answer.content.readany()
        answer.close()
        await asyncio.wait_for(left.wait(), 10)
        while not any(record["event"] == "client_left" for record in book.records):
            await asyncio.sleep(0)


async def test_what_a_client_leaves_behind_is_written_down() -> None:
    """The user pressed Escape in the middle of a tool input: what had arrived is not lost."""
    book = Book()
    begun = STREAM.rindex(b"event: content_block_stop")
    async with (
        between(endless_behind(STREAM[:begun]), book=book) as (gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        while b"partial_json" not in await answer.content.readany():
            pass
        answer.close()
        while not (told := [record for record in book.records if record["event"] == "tool_input"]):
            await asyncio.sleep(0)
    assert (told[0]["outcome"], len(told)) == ("client_left", 1)
    assert len(told[0]["INVALID_JSON"].encode()) == told[0]["bytes"] > 0


class Failing(Monitor):
    """A monitor with a bug: it raises at the second read."""

    reads = 0

    def receive(self, data: bytes, now: float) -> list[Decision]:
        self.reads += 1
        if self.reads == 2:
            raise ZeroDivisionError
        return super().receive(data, now)


class Long(Monitor):
    """A monitor that takes long: as long as it takes until the loop has had a turn."""

    @property
    def takes_long(self) -> bool:
        return True

    def receive(self, data: bytes, now: float) -> list[Decision]:
        turn = threading.Event()
        LOOPS[-1].call_soon_threadsafe(turn.set)
        assert turn.wait(10), "the loop stood still"
        return super().receive(data, now)


LOOPS: list[asyncio.AbstractEventLoop] = []


def gateway_with(kind: type[Monitor], source: str, book: Book) -> Handler:
    """A server that watches one stream of ``source`` with a monitor of this kind."""

    async def handle(request: web.Request) -> web.StreamResponse:
        there = Upstream(source)
        exchange = Exchange("POST", "/v1/messages", CIMultiDict(), json.dumps(BODY).encode())
        answer, _ = await there.send(exchange, is_watched=True)
        response = web.StreamResponse()
        await response.prepare(request)
        LOOPS.append(asyncio.get_running_loop())
        monitor = kind(Request(exchange.body), Settings(), LOOPS[-1].time())
        plain = decoder("")
        assert plain
        with Feed().following(monitor, Speaker({}, "1")) as channel:
            await Stream(monitor, there, exchange, book=book, channel=channel).run(answer, plain, request, response)
        await there.close()
        return response

    return handle


async def test_a_monitor_that_takes_long_does_not_hold_up_the_loop() -> None:
    book = Book()
    async with (
        upstream(event_stream(STREAM)) as source,
        upstream(gateway_with(Long, source, book)) as front,
        aiohttp.ClientSession() as client,
        client.post(front) as answer,
    ):
        assert await answer.read() == STREAM
    assert not [record for record in book.records if record["event"] == "fault"]


async def test_a_fault_of_the_monitor_costs_nothing() -> None:
    """Everything that had not gone out goes out raw, and what follows, too."""
    book = Book()
    goes_on = asyncio.Event()
    half = STREAM.index(b"event: something_new") + 40  # in the middle of a frame

    async def in_two_reads(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(STREAM[:half])
        await goes_on.wait()
        await response.write(STREAM[half:])
        return response

    async with (
        upstream(in_two_reads) as source,
        upstream(gateway_with(Failing, source, book)) as front,
        aiohttp.ClientSession() as client,
        client.post(front) as answer,
    ):
        first = await answer.content.readany()
        goes_on.set()
        assert first + await answer.content.read() == STREAM
    assert [record["reason"] for record in book.records if record["event"] == "fault"] == ["ZeroDivisionError: "] * 2


class Slamming(Book):
    """A journal; as the first line is written to it, the client's connection breaks."""

    gate: Gateway

    def event(self, record: dict[str, Any], /) -> None:
        if not self.records and self.gate.runner.server:
            for connection in self.gate.runner.server.connections:
                assert connection.transport
                connection.transport.abort()
        super().event(record)

    error = event


async def test_a_client_that_leaves_while_it_is_written_to_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """aiohttp cancels whoever answers it, but a write may find out first; of an error it would print a traceback into the terminal."""
    book = Slamming()
    corrected = start() + tool() + delta_frame(0, '{"path": "a",}') + CLEAN  # a line in the journal first, and then a write
    async with between(event_stream(corrected), book=book) as (book.gate, client):
        with pytest.raises(aiohttp.ClientError):
            async with client.post(f"{book.gate.url}/v1/messages", json=BODY) as answer:
                await answer.read()
        await book.gate.desk.quiet(10)
    assert [record["event"] for record in book.records][-1] == "client_left"
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]
