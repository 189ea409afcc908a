"""The gateway's feed: who asks is told what streams by, and no stream feels it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from finestream import sse
from finestream.events import delta_frame
from finestream.gateway import Gateway, serve
from finestream.gateway.feed import MOST_READERS, STREAMS, Reader
from finestream.settings import Settings
from tests.gateway.sockets import BODY, Book, upstream
from tests.monitor.stage import CLEAN, DOCUMENT, start, tool

Json = dict[str, Any]
HEADERS = {"x-claude-code-session-id": "session-1"}


class Model:
    """An upstream that writes when the test says so: a stream for each request, in their order."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[asyncio.Queue[bytes | None]] = asyncio.Queue()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        pen: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.asked.put_nowait(pen)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while (data := await pen.get()) is not None:
            await response.write(data)
        return response


@asynccontextmanager
async def gateway(model: Model, **more: Any) -> AsyncIterator[tuple[Gateway, aiohttp.ClientSession]]:
    async with (
        upstream(model.handle) as url,
        serve(Settings(backoff=(0.0,)), upstream=url, book=Book(), **more) as gate,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
    ):
        yield gate, client


class Listener:
    """Reads the feed event by event."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self._framer = sse.Framer(2**24)
        self._waiting: list[tuple[str, Json]] = []

    async def next(self) -> tuple[str, Json]:
        while not self._waiting:
            data = await self.answer.content.readany()
            assert data, "the feed has ended"
            self._waiting += [(name, json.loads(body)) for name, body in map(sse.parse, sse.split(self._framer.feed(data))) if body]
        return self._waiting.pop(0)

    async def until(self, *names: str) -> tuple[str, Json]:
        while True:
            name, view = await self.next()
            if name in names:
                return name, view


@asynccontextmanager
async def reading(gate: Gateway, client: aiohttp.ClientSession, query: str = "") -> AsyncIterator[Listener]:
    async with client.get(f"{gate.url}{STREAMS}{query}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        yield Listener(answer)


async def test_a_stream_is_told_from_its_beginning_to_its_end() -> None:
    model = Model()
    async with gateway(model) as (gate, client), reading(gate, client) as reader:
        assert (await reader.next())[1]["streams"] == []
        async with client.post(f"{gate.url}/v1/messages", json=BODY, headers=HEADERS) as answer:
            pen = await model.asked.get()
            name, view = await reader.next()
            assert (name, view["state"], view["session_id"], view["agent"]) == ("began", "waiting", "session-1", "main")
            pen.put_nowait(start() + tool() + delta_frame(0, DOCUMENT[:100]))
            _, view = await reader.until("began")
            assert (view["tool"], view["target"], view["bytes"], view["state"]) == ("Note", "a.txt", 100, "streaming")
            assert "text" not in view
            async with client.get(f"{gate.url}{STREAMS}?once=1") as once:
                [told] = (await once.json())["streams"]
                assert (told["id"], told["bytes"], told["agent"]) == (view["id"], 100, "main")
            assert len(gate.desk.feed.readers) == 1, "who looks once is no reader"
            pen.put_nowait(delta_frame(0, DOCUMENT[100:900]))
            assert (await reader.next())[1]["bytes"] == 900
            pen.put_nowait(delta_frame(0, DOCUMENT[900:]) + CLEAN)
            pen.put_nowait(None)
            _, ended = await reader.until("ended")
            assert (ended["id"], ended["bytes"], ended["outcome"]) == (view["id"], len(DOCUMENT), "complete")
            assert (await answer.read()).endswith(CLEAN)
        async with reading(gate, client) as later:
            assert (await later.next())[1]["streams"] == []


async def test_a_client_that_leaves_takes_its_stream_along() -> None:
    model = Model()
    async with gateway(model) as (gate, client), reading(gate, client) as reader:
        async with client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
            pen = await model.asked.get()
            pen.put_nowait(start() + tool() + delta_frame(0, DOCUMENT[:900]))
            await reader.until("began")
            answer.close()
        _, ended = await reader.until("ended")
        assert (ended["outcome"], ended["bytes"]) == ("client_left", 900)
        async with reading(gate, client) as later:
            assert (await later.next())[1]["streams"] == []


def test_of_what_ended_a_reader_keeps_a_bounded_number_and_is_told_each_once() -> None:
    reader = Reader(with_text=False)
    reader.look([], lambda view: view)
    for number in range(1000):
        reader.ended.append({"id": str(number)})
    told = reader.look([], lambda view: {**view, "agent": "qa"})
    assert told.count(b"event: ended") == 256
    assert b'{"id": "999", "agent": "qa"}' in told
    assert reader.look([], lambda view: view) == b""


async def test_who_comes_late_gets_all_that_is_open_and_the_text_if_asked() -> None:
    model = Model()
    async with gateway(model) as (gate, client), client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
        pen = await model.asked.get()
        pen.put_nowait(start() + tool() + delta_frame(0, DOCUMENT[: DOCUMENT.index("line 5")]))
        await answer.content.readany()
        async with reading(gate, client, "?text=1") as reader:
            name, snapshot = await reader.next()
            (view,) = snapshot["streams"]
            assert name == "snapshot"
            assert view["text"][-2:] == ["line 4 of the text", ""]
        pen.put_nowait(None)
        await answer.release()


async def test_a_cut_and_a_continuation_are_told() -> None:
    model = Model()
    async with (
        gateway(model) as (gate, client),
        reading(gate, client) as reader,
        client.post(f"{gate.url}/v1/messages", json={**BODY, "tools": []}) as answer,
    ):
        pen = await model.asked.get()
        pen.put_nowait(start() + tool() + delta_frame(0, DOCUMENT[:900]))
        await reader.until("began")
        pen.put_nowait(None)
        again = await model.asked.get()
        _, view = await reader.until("state")
        assert (view["state"], view["attempt"], view["attempts"], view["action"]) == ("continuing", 1, 2, "continue")
        again.put_nowait(start() + tool() + delta_frame(0, DOCUMENT) + CLEAN)
        again.put_nowait(None)
        _, ended = await reader.until("ended")
        assert ended["outcome"] == "continued"
        await answer.read()


async def test_a_subagent_has_its_name_where_a_hook_has_told_it() -> None:
    model = Model()
    known = {"a-1": "architect"}
    async with gateway(model, names=known.get) as (gate, client), reading(gate, client) as reader:
        for agent in ("a-1", "a-2"):
            async with client.post(f"{gate.url}/v1/messages", json=BODY, headers={"x-claude-code-agent-id": agent}):
                pen = await model.asked.get()
                _, view = await reader.until("began")
                assert (view["agent_id"], view["agent"]) == (agent, known.get(agent, agent))
                pen.put_nowait(None)


async def test_where_looking_takes_long_it_is_done_less_often() -> None:
    """Streams come first: of all time, only a small share is spent on telling readers, whatever a look costs."""
    spent: list[float] = []

    def dear(agent_id: str) -> str | None:
        began = time.perf_counter()
        while time.perf_counter() - began < 0.01:
            pass
        spent.append(time.perf_counter() - began)
        return None

    model = Model()
    async with (
        gateway(model, names=dear) as (gate, client),
        reading(gate, client) as one,
        reading(gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY, headers={"x-claude-code-agent-id": "a-1"}),
    ):
        pen = await model.asked.get()
        await one.until("began")
        before, began = len(spent), time.perf_counter()
        while len(spent) < before + 8:
            pen.put_nowait(b": more\n\n")
            await one.next()
        assert sum(spent[before:]) / (time.perf_counter() - began) < 0.1
        pen.put_nowait(None)


async def test_a_reader_that_stops_reading_costs_nothing_and_the_latest_state_wins() -> None:
    """A hundred streams go on while somebody has connected, and reads nothing; then he reads, and is told how it stands."""
    model = Model()
    async with gateway(model) as (gate, client):
        place = urlsplit(gate.url)
        idle = socket.create_connection((place.hostname, place.port))
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.sendall(f"GET {place.path}{STREAMS}?text=1 HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        idle.setblocking(False)

        async def stream() -> bytes:
            async with client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
                return await answer.read()

        streams = [asyncio.create_task(stream()) for _ in range(100)]
        pens = [await model.asked.get() for _ in streams]
        parts = [start() + tool(), *(delta_frame(0, DOCUMENT[at : at + 40]) for at in range(0, len(DOCUMENT), 40))]
        async with reading(gate, client) as reader:
            for part in parts:
                for pen in pens:
                    pen.put_nowait(part)
                await reader.next()  # somebody who reads has been told something new: so has the other one, if he would only look
            for pen in pens:
                pen.put_nowait(CLEAN)
                pen.put_nowait(None)
            told = {(await reader.until("ended"))[1]["stream"] for _ in pens}
        assert len(told) == 100
        assert {len(body) for body in await asyncio.gather(*streams)} == {len(b"".join(parts) + CLEAN)}
        assert max(len(each.ended) for each in gate.desk.feed.readers) <= 256
        idle.close()


async def test_readers_are_not_taken_for_use_and_are_counted() -> None:
    model = Model()
    async with gateway(model) as (gate, client):
        answers = [await client.get(f"{gate.url}{STREAMS}") for _ in range(MOST_READERS)]
        assert {answer.status for answer in answers} == {200}
        async with client.get(f"{gate.url}{STREAMS}") as refused:
            assert refused.status == 503
        assert not gate.desk.was_used()
        assert gate.desk.streams == 0
        for answer in answers:
            answer.close()


async def test_a_gateway_that_ends_waits_for_no_reader() -> None:
    model = Model()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as client:
        async with gateway(model) as (gate, _):
            answer = await client.get(f"{gate.url}{STREAMS}")
            await answer.content.readany()
            ending = loop.time()
        took = loop.time() - ending
        with pytest.raises(aiohttp.ClientError):
            while await answer.content.readany():
                pass
        answer.close()
    assert took < 1.0, "as long as the gateway waits for streams that are open"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (STREAMS, {}, 404),
        (f"/guess{STREAMS}", {}, 404),
        ("", {"Host": "evil.example"}, 403),
        ("", {"Origin": "http://127.0.0.1"}, 403),
    ],
)
async def test_nobody_without_the_token_reads(path: str, headers: dict[str, str], status: int) -> None:
    async with gateway(Model()) as (gate, client):
        url = f"http://127.0.0.1:{gate.port}{path}" if path else f"{gate.url}{STREAMS}"
        async with client.get(url, headers=headers) as refused:
            assert refused.status == status
