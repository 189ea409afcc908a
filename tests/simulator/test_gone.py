"""A client that has gone, before anybody has noticed."""

from __future__ import annotations

import json
from unittest.mock import Mock

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.test_utils import make_mocked_request

from finestream.simulator.scenes import one
from finestream.simulator.server import serve
from tests.simulator.asking import ask


class Gone(AbstractStreamWriter):
    """The way to a client that has gone, which nobody has noticed yet."""

    async def write(self, chunk: object) -> None:
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    async def write_headers(self, status_line: str, headers: object) -> None:
        await self.write(b"")

    async def write_eof(self, chunk: bytes = b"") -> None:
        await self.write(chunk)

    async def drain(self) -> None: ...
    def enable_compression(self, *args: object, **more: object) -> None: ...
    def enable_chunking(self) -> None: ...


async def test_a_client_that_leaves_while_it_is_written_to_is_recorded_and_is_no_fault() -> None:
    """Most are noticed before; of an error aiohttp would print a traceback, into the terminal of `finestream run --simulate`."""
    body = aiohttp.StreamReader(Mock(_reading_paused=False), 2**16)
    body.feed_data(json.dumps(ask()).encode())
    body.feed_eof()
    async with serve(one("Write", {"file_path": "/tmp/a", "content": "text"})) as simulator:
        await simulator.handle(make_mocked_request("POST", "/v1/messages", payload=body, writer=Gone()))
        assert [request.ended for request in simulator.requests] == ["left"]
