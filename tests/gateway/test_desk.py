"""The gateway's own addresses: how it is, and the hooks, which cost their caller nothing whatever happens."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from finestream import __version__
from finestream.gateway import Gateway, serve
from finestream.settings import Settings
from tests.gateway.sockets import Book, upstream

Answer = Callable[[str, bytes], bytes | None]


class Register:
    """Who began and who ended."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def begin(self, session: str, pid: int, /) -> None:
        self.calls.append((session, pid))

    def end(self, session: str, /) -> None:
        self.calls.append((session,))

    def living(self) -> int:
        return 7


@asynccontextmanager
async def desk(
    answer: Answer | None = None, book: Book | None = None, register: Register | None = None, **settings: Any
) -> AsyncIterator[tuple[Gateway, aiohttp.ClientSession]]:
    """A gateway in front of nobody: what is not answered here is a 502."""
    async with (
        serve(
            Settings(**settings), upstream="http://127.0.0.1:9", book=book or Book(), answer=answer, register=register or Register()
        ) as gate,
        aiohttp.ClientSession() as client,
    ):
        yield gate, client


async def test_it_says_how_it_is() -> None:
    async with desk() as (gate, client), client.get(f"{gate.url}/finestream/health") as answer:
        found = await answer.json()
    assert found.pop("uptime") >= 0
    assert found.pop("pid") > 0
    assert found == {"version": __version__, "upstream": "http://127.0.0.1:9", "streams": 0, "sessions": 7}


async def test_the_password_of_an_upstream_is_not_told() -> None:
    async with (
        serve(Settings(), upstream="http://me:secret@127.0.0.1:9/v", book=Book()) as gate,
        aiohttp.ClientSession() as client,
        client.get(f"{gate.url}/finestream/health") as answer,
    ):
        assert (await answer.json())["upstream"] == "http://127.0.0.1:9/v"


@pytest.mark.parametrize("path", ["finestream/health", "hooks/PreToolUse"])
async def test_nobody_without_the_token_gets_there(path: str) -> None:
    asked: list[str] = []

    def answer(event: str, body: bytes) -> None:
        asked.append(event)

    async with desk(answer) as (gate, client):
        root = f"http://127.0.0.1:{gate.port}"
        for url, headers, status in (
            (f"{root}/{path}", {}, 404),
            (f"{root}/guess/{path}", {}, 404),
            (f"{gate.url}/{path}", {"Host": "evil.example"}, 403),
            (f"{gate.url}/{path}", {"Origin": "http://127.0.0.1"}, 403),
        ):
            async with client.request("POST" if "hooks" in path else "GET", url, headers=headers) as refused:
                assert refused.status == status
    assert asked == []


@pytest.mark.parametrize("size", [10, 200_000])
async def test_a_hook_gets_its_answer(size: int) -> None:
    """A large one is looked at in a thread, so that the streams that go by do not wait for it."""
    seen: list[tuple[str, int, bool]] = []

    def answer(event: str, body: bytes) -> bytes:
        seen.append((event, len(body), threading.current_thread() is threading.main_thread()))
        return b'{"continue": true}'

    async with desk(answer) as (gate, client), client.post(f"{gate.url}/hooks/PreToolUse", data=b"x" * size) as got:
        assert (got.status, got.content_type, await got.read()) == (200, "application/json", b'{"continue": true}')
    assert seen == [("PreToolUse", size, size == 10)]


async def test_a_large_body_holds_nothing_up() -> None:
    """While its decision is made, the health is answered, and every small hook; the next large one waits for its turn."""
    begun, go_on = threading.Event(), threading.Event()
    order: list[int] = []

    def answer(event: str, body: bytes) -> None:
        if len(body) > 1000:
            begun.set()
            assert go_on.wait(60)
        order.append(len(body))

    async with desk(answer) as (gate, client):
        large = asyncio.create_task(_post(client, f"{gate.url}/hooks/PostToolUse", b"x" * 100_000))
        await asyncio.to_thread(begun.wait, 60)
        another = asyncio.create_task(_post(client, f"{gate.url}/hooks/PostToolUse", b"x" * 200_000))
        assert await _post(client, f"{gate.url}/hooks/PostToolUse", b"x") == (200, b"")
        async with client.get(f"{gate.url}/finestream/health") as healthy:
            assert healthy.status == 200
        assert order == [1]
        go_on.set()
        assert await large == await another == (200, b"")
    assert order == [1, 100_000, 200_000]


async def _post(client: aiohttp.ClientSession, url: str, body: bytes) -> tuple[int, bytes]:
    async with client.post(url, data=body) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("event", ["Nonsense", "", "a/b", "x" * 65, "PreToolUse/", "%00"])
async def test_an_event_that_nobody_knows_has_no_answer(event: str) -> None:
    def answer(event: str, body: bytes) -> None:
        assert event == "Nonsense"

    async with desk(answer) as (gate, client):
        assert await _post(client, f"{gate.url}/hooks/{event}", b"{}") == (200, b"")


async def test_without_anybody_to_answer_every_hook_is_answered_with_nothing() -> None:
    async with desk() as (gate, client):
        assert await _post(client, f"{gate.url}/hooks/PreToolUse", b"{}") == (200, b"")


async def test_a_fault_of_ours_costs_nothing_and_is_written_down() -> None:
    def answer(event: str, body: bytes) -> bytes:
        raise RecursionError("too deep")

    book = Book()
    async with desk(answer, book) as (gate, client):
        assert await _post(client, f"{gate.url}/hooks/PreToolUse", b"{}") == (200, b"")
        assert await _post(client, f"{gate.url}/hooks/PreToolUse", b"x" * 100_000) == (200, b"")
    fault = {"event": "hook_fault", "source": "gateway", "hook": "PreToolUse", "reason": "RecursionError: too deep"}
    assert book.records == [fault, fault]


async def test_a_body_beyond_the_limit_costs_nothing_either() -> None:
    book = Book()
    async with desk(lambda event, body: b"{}", book, body_limit=1000) as (gate, client):
        assert await _post(client, f"{gate.url}/hooks/PreToolUse", b"x" * 2000) == (200, b"")
    assert [record["reason"] for record in book.records] == ["the body is larger than limits.body"]


@pytest.mark.parametrize(
    ("event", "body", "pid", "calls"),
    [
        ("SessionStart", {"session_id": "s"}, "42", [("s", 42)]),
        ("SessionStart", {"session_id": "s"}, None, []),
        ("SessionStart", {"session_id": "s"}, "", []),
        ("SessionStart", {"session_id": "s"}, "-1", []),
        ("SessionStart", {"session_id": "s"}, "0", []),
        ("SessionStart", {"session_id": "s"}, "\u0661", []),
        ("SessionStart", {"session_id": "s"}, "9" * 13, []),
        ("SessionStart", [], "42", [("", 42)]),
        ("SessionEnd", {"session_id": "s"}, None, [("s",)]),
        ("SessionEnd", {}, "42", [("",)]),
        ("PreToolUse", {"session_id": "s"}, "42", []),
    ],
)
async def test_sessions_are_counted_by_their_process(event: str, body: object, pid: str | None, calls: list[object]) -> None:
    register = Register()
    headers = {} if pid is None else {"x-finestream-client-pid": pid}
    async with (
        desk(register=register) as (gate, client),
        client.post(f"{gate.url}/hooks/{event}", data=json.dumps(body), headers=headers) as answer,
    ):
        assert answer.status == 200
    assert register.calls == calls


async def test_what_is_no_json_is_a_session_without_a_name() -> None:
    register = Register()
    async with desk(register=register) as (gate, client):
        assert await _post(client, f"{gate.url}/hooks/SessionEnd", b"\xff") == (200, b"")
        assert await _post(client, f"{gate.url}/hooks/SessionEnd", b"[" * 60_000) == (200, b"")
    assert register.calls == [("",), ("",)]


async def test_open_requests_are_counted_use_is_noticed_and_draining_waits_for_them() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await go_on.wait()
        return web.Response(text="done")

    async with (
        upstream(slow) as url,
        serve(Settings(), upstream=url, book=Book()) as gate,
        aiohttp.ClientSession() as client,
    ):
        async with client.get(f"{gate.url}/finestream/health"):
            pass
        assert not gate.desk.was_used()
        asking = asyncio.create_task(_post(client, f"{gate.url}/v1/messages", b"{}"))
        await arrived.wait()
        async with client.get(f"{gate.url}/finestream/health") as healthy:
            assert (await healthy.json())["streams"] == 1
        assert gate.desk.was_used()
        assert gate.desk.was_used(), "it is used as long as a request is open"
        await gate.drain(0.01)
        assert gate.desk.streams == 1, "the time was up"
        draining = asyncio.create_task(gate.drain(60))
        go_on.set()
        await draining
        assert await asking == (200, b"done")
        assert gate.desk.streams == 0
        assert not gate.desk.was_used()
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession() as another, another.get(f"{gate.url}/finestream/health"):
                pass
