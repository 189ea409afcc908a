"""A candidate as a process: it sits the exam once a question has come through, and what keeps it from that is said with its log."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from finestream.errors import ExamError, GatewayError
from finestream.exam import starting
from finestream.exam.candidates import PRESETS, Candidate, parse_candidate
from finestream.exam.starting import PROBE, running
from finestream.simulator.script import Route, Script, Text, Turn
from finestream.simulator.server import Simulator, serve
from tests.exam import bad_gateway


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with serve(Script((Route((Turn((Text("Here I am."),)),), PROBE),))) as one:
        yield one


def bad(how: str, **fields: Any) -> Candidate:
    return parse_candidate(f"{sys.executable} {bad_gateway.__file__} {how} {{port}} {{upstream}}", **fields)


async def start(candidate: Candidate, upstream: str, folder: Path) -> str:
    async with running(candidate, upstream, folder, lambda sentence: None) as address:
        return address


async def is_there(address: str) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(address) as got:
                return got.status > 0
        except aiohttp.ClientError:
            return False


async def test_a_command_runs_as_long_as_it_is_needed(simulator: Simulator, tmp_path: Path) -> None:
    candidate = bad("closes", base="http://localhost:{port}")
    async with running(candidate, simulator.url, tmp_path / "gateway", lambda sentence: None) as address:
        assert address.startswith("http://localhost:")
        assert [request.ended for request in simulator.requests] == ["complete"]
        assert await is_there(address)
    assert not await is_there(address)


async def test_finestream_says_itself_where_it_is(simulator: Simulator, tmp_path: Path) -> None:
    address = await start(PRESETS["finestream"], simulator.url, tmp_path / "gateway")
    assert address.startswith("http://127.0.0.1:") and address.count("/") == 3  # with its token
    assert (tmp_path / "gateway" / ".claude" / "finestream.yaml").read_text() == PRESETS["finestream"].files[".claude/finestream.yaml"]
    assert len(simulator.requests) == 1


async def test_nobody_in_between_is_the_upstream_itself(simulator: Simulator, tmp_path: Path) -> None:
    assert await start(PRESETS["none"], simulator.url, tmp_path / "gateway") == simulator.url


async def test_one_that_runs_already_is_only_asked(simulator: Simulator, tmp_path: Path) -> None:
    assert await start(parse_candidate(f"{simulator.url}/", upstream_port=1), "http://127.0.0.1:1", tmp_path / "gateway") == simulator.url
    assert [request.path for request in simulator.requests] == ["/v1/messages"]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("ends", r"the gateway python\S* has ended with exit code 1"),
        ("refuses", r"the gateway python\S* does not pass requests on: it answers 401, 'who are you\?'"),
    ],
)
async def test_one_that_cannot_sit_it_is_refused_with_its_log(simulator: Simulator, tmp_path: Path, how: str, why: str) -> None:
    with pytest.raises(ExamError, match=why) as raised:
        await start(bad(how), simulator.url, tmp_path / "gateway")
    assert raised.value.path == str(tmp_path / "gateway" / "gateway.log")
    assert ("I do not like this port" in Path(raised.value.path).read_text()) == (how == "ends")


async def test_one_that_does_not_listen_is_refused(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_TO_START", 0.3)
    with pytest.raises(ExamError, match="does not listen"):
        await start(Candidate("deaf", command="sleep 60"), simulator.url, tmp_path / "gateway")
    silent = Candidate("silent", command=bad("closes").command, base="{said}")  # it says no address
    with pytest.raises(ExamError, match="does not listen"):
        await start(silent, simulator.url, tmp_path / "second")


async def test_a_command_that_is_none_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(ExamError, match="/no/such/gateway: cannot be started: No such file") as raised:
        await start(Candidate("gone", command="/no/such/gateway"), simulator.url, tmp_path / "gateway")
    assert raised.value.path == "/no/such/gateway"


async def test_an_address_where_nobody_is_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    address = parse_candidate(f"http://127.0.0.1:{starting._free_port()}", upstream_port=1)
    with pytest.raises(GatewayError, match="answers nothing"):
        await start(address, simulator.url, tmp_path / "gateway")


_WITHOUT_END = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


@pytest.mark.parametrize("charset", [b"utf-8", b"base64"])
async def test_an_answer_without_end_or_sense_is_read_as_far_as_it_matters(charset: bytes) -> None:
    sent = 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(_WITHOUT_END.replace(b"html", b"html; charset=" + charset))
        with suppress(OSError):
            while sent < 2**28:
                writer.write(b"\xff" * 2**16)
                await writer.drain()
                sent += 2**16
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        why = await starting.trouble(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert why.startswith("does not pass requests on: it answers 200")
    assert sent < 2**26


async def test_a_gateway_knows_nothing_of_the_users_own_api(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "FINESTREAM_X", "CLAUDE_CODE_X", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    own = Candidate(
        "own",
        command=f"{sys.executable} -c 'import os; print(sorted(os.environ.items()))'",
        environment={"OWN": "{upstream}"},
    )
    with pytest.raises(ExamError, match="exit code 0"):
        await start(own, simulator.url, tmp_path / "gateway")
    said = (tmp_path / "gateway" / "gateway.log").read_text()
    assert not any(name in said for name in ("ANTHROPIC", "FINESTREAM", "CLAUDE", "https_proxy"))
    assert f"('OWN', '{simulator.url}')" in said
    assert f"('HOME', '{tmp_path / 'gateway'}')" in said
    assert os.environ["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
