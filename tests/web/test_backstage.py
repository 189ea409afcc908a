"""The process that makes the page of a gateway: started when it is wanted, started again, and gone with its gateway."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from finestream.gateway import Gateway, serve
from finestream.settings import Settings
from finestream.web.backstage import Backstage
from tests.cli.journal_of import write_journal
from tests.cli.starting import FINESTREAM, PYTHONPATH
from tests.gateway.sockets import Book

PATIENCE = 30.0
PAGE = "/finestream/dashboard/"


@asynccontextmanager
async def gateway(backstage: Backstage) -> AsyncIterator[tuple[Gateway, aiohttp.ClientSession]]:
    async with (
        serve(Settings(), upstream="http://127.0.0.1:9", book=Book(), pages=backstage) as gate,
        aiohttp.ClientSession() as client,
    ):
        yield gate, client


def backstage_of(project: Path) -> Backstage:
    command = [*FINESTREAM, "dashboard", "--project", str(project), "--backstage"]
    return Backstage(command, {**os.environ, "PYTHONPATH": PYTHONPATH, "ANTHROPIC_API_KEY": "sk-ant-secret"})


def child_of(backstage: Backstage) -> int:
    assert backstage._child
    return backstage._child.pid


def has_ended(handle: int) -> bool:
    return bool(select.select([handle], [], [], PATIENCE)[0])


async def test_the_page_of_a_gateway_is_made_by_a_process_of_its_own(tmp_path: Path) -> None:
    write_journal(tmp_path)
    backstage = backstage_of(tmp_path)
    async with gateway(backstage) as (gate, client):
        assert backstage._child is None
        async with client.get(f"{gate.url}{PAGE}") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "<title>finestream</title>" in await answer.text()
        pid = child_of(backstage)
        assert b"sk-ant-secret" not in Path(f"/proc/{pid}/environ").read_bytes() if sys.platform == "linux" else True
        assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, os.getpid())
        async with client.get(f"{gate.url}{PAGE}data/calls?since=3650d") as answer:
            assert {row["key"] for row in (await answer.json())["rows"]} >= {"toolu_whole1", "toolu_cut2", "toolu_fixed3"}
        for headers, status in (({"Origin": "https://evil.example"}, 403), ({"Origin": f"http://127.0.0.1:{gate.port}"}, 200)):
            async with client.get(f"{gate.url}{PAGE}app.js", headers=headers) as answer:
                assert answer.status == status
        async with client.get(f"{gate.url}/v1/models", headers={"Origin": f"http://127.0.0.1:{gate.port}"}) as answer:
            assert answer.status == 403
        assert not gate.desk.was_used()  # who looks does not keep a permanent monitor alive
        os.kill(pid, signal.SIGKILL)
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        async with client.get(f"{gate.url}{PAGE}data/about") as answer:
            assert json.loads(await answer.text())["name"] == tmp_path.name
        os.close(handle)
        second = os.pidfd_open(child_of(backstage))
        assert child_of(backstage) != pid
        for ask in (client.head, client.get):
            async with ask(f"{gate.url}{PAGE}live") as live:
                assert (live.status, live.content_type) == (200, "text/event-stream")
        async with client.get(URL(f"{gate.url}{PAGE}%3Fapp.js", encoded=True)) as answer:
            assert answer.status == 404
    assert has_ended(second)
    os.close(second)


async def test_it_ends_where_its_gateway_is_killed(tmp_path: Path) -> None:
    backstage = backstage_of(tmp_path)
    async with gateway(backstage) as (gate, client), client.get(f"{gate.url}{PAGE}data/about") as answer:
        assert answer.status == 200
        assert backstage._child and backstage._child.stdin
        handle = os.pidfd_open(backstage._child.pid)
        assert backstage._folder
        backstage._child.stdin.close()  # as it is when the process at the other end is gone
        assert has_ended(handle)
        assert not Path(backstage._folder.name).exists()
        os.close(handle)


# Stands in for the process of the page: it answers one request as far as that goes.
_ACCEPTS = "import signal, socket, sys, time; there, _ = socket.socket(fileno=int(sys.argv[1])).accept(); there.recv(999); "
_TORN = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"


def standing_in(answer: str, then: str = "") -> Backstage:
    return Backstage([sys.executable, "-c", f"{_ACCEPTS}there.send(b{answer!r}); {then}"])


async def test_what_is_torn_does_not_look_whole() -> None:
    async with gateway(standing_in(_TORN)) as (gate, client), client.get(f"{gate.url}{PAGE}") as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    async with gateway(standing_in("no HTTP\r\n\r\n")) as (gate, client), client.get(f"{gate.url}{PAGE}") as answer:
        assert answer.status == 503


async def test_whoever_reads_hears_that_the_process_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that does not want to end keeps nobody."""
    monkeypatch.setattr("finestream.web.backstage._GRACE", 0.1)
    backstage = standing_in(_TORN, "signal.signal(signal.SIGTERM, signal.SIG_IGN); there.send(b'd'); signal.pause()")
    async with gateway(backstage) as (gate, client), client.get(f"{gate.url}{PAGE}") as answer:
        assert await answer.content.readexactly(4) == b"abcd"
        handle = os.pidfd_open(child_of(backstage))
        await backstage.close()
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert has_ended(handle)
    os.close(handle)


async def test_where_it_cannot_be_made_that_is_said(tmp_path: Path) -> None:
    async with gateway(Backstage([sys.executable, "-c", "pass"])) as (gate, client), client.get(f"{gate.url}{PAGE}") as answer:
        assert (answer.status, "cannot be made now" in (await answer.json())["error"]) == (503, True)


async def test_after_its_end_no_other_process_is_started(tmp_path: Path) -> None:
    """A request that is woken by the end asks once more."""
    write_journal(tmp_path)
    backstage = backstage_of(tmp_path)
    async with gateway(backstage) as (gate, client):
        async with client.get(f"{gate.url}{PAGE}") as answer:
            assert answer.status == 200
        await backstage.close()
        async with client.get(f"{gate.url}{PAGE}") as answer:
            assert answer.status == 503
        assert backstage._child is None
