"""The guards of ``conftest.py`` hold: a test that reaches for the real world is told what to do instead."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

ELSEWHERE = "192.0.2.1"  # an address of no machine, RFC 5737


def test_home_and_the_client_s_folder_are_not_the_developer_s(real_home: Path) -> None:
    assert Path.home() != real_home
    assert Path(os.environ["CLAUDE_CONFIG_DIR"]).is_relative_to(Path.home())
    assert not [name for name in os.environ if name.startswith("ANTHROPIC_")]


def test_a_test_may_have_a_home_of_its_own(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", [".claude/settings.json", ".claude.json", ".config/finestream/config.yaml"])
def test_the_real_files_are_out_of_reach(real_home: Path, name: str) -> None:
    with pytest.raises(Exception, match="use the fixture `home`"):
        (real_home / name).read_text()
    with pytest.raises(Exception, match="use the fixture `home`"):
        (real_home / name).mkdir()


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as sock, pytest.raises(Exception, match="start a server on"):
        sock.connect((ELSEWHERE, 9))
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(Exception, match="start a server on"):
        sock.sendto(b"x", (ELSEWHERE, 9))
    with pytest.raises(Exception, match="start a server on"):
        socket.getaddrinfo("api.example", 443)


async def test_the_network_is_out_of_reach_of_asyncio_too() -> None:
    with pytest.raises(Exception, match="start a server on"):
        await asyncio.open_connection(ELSEWHERE, 9)


async def test_this_machine_is_within_reach() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0)
    async with server:
        for sock in server.sockets:
            host, port = sock.getsockname()[:2]
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
