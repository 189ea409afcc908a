"""Raw clients: each asks for one stream, and says what it was given, against what was meant and what upstream has sent."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from benchmarks.soak.streams import KINDS, MARKER, Life
from benchmarks.soak.upstream import Upstream

_PATIENCE = 120.0  # seconds without a byte: longer than any silence of a gateway that is alive


class Received(NamedTuple):
    """What came: status, body, its digest and size, and whether it came to a clean end."""

    status: int
    body: bytes
    digest: str
    size: int
    is_clean: bool


class Client:
    """Asks the gateway at ``url``."""

    def __init__(self, url: str, upstream: Upstream) -> None:
        self._where = urlsplit(url)
        self._upstream = upstream

    async def live(self, life: Life) -> tuple[str, str]:
        """Play one stream; return how it ended, and what is wrong with it, if anything."""
        if life.kind == "vanish":
            await self._vanish(life)
            return "left", ""
        received = await self.ask(life.request(), life, pause=0.002 if life.kind == "slow_reader" else 0.0)
        end, wrong = self.judged(life, received)
        if not wrong and end not in KINDS[life.kind].ends:
            sent = self._upstream.sent.get(life.number, ("", 0))[1]
            wrong = f"{life.marker}: {life.kind} ended as {end} (status {received.status}, {received.size} bytes, {sent} were sent)"
        return end, wrong

    # -- the wire ----------------------------------------------------------------------------------------------------------------------

    async def connect(self, body: dict[str, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection and send a request."""
        reader, writer = await asyncio.open_connection(self._where.hostname, self._where.port, limit=2**18)
        writer.write(self.request(body))
        await writer.drain()
        return reader, writer

    def request(self, body: dict[str, Any]) -> bytes:
        """The bytes of a request."""
        data = json.dumps(body).encode()
        first = f"POST {self._where.path}/v1/messages HTTP/1.1\r\nHost: {self._where.netloc}\r\nContent-Type: application/json\r\n"
        return f"{first}Content-Length: {len(data)}\r\n\r\n".encode() + data

    async def ask(self, body: dict[str, Any], life: Life, *, pause: float = 0.0, keeps: bool = True) -> Received:
        """Ask, and read to the end."""
        reader, writer = await self.connect(body)
        try:
            return await self.read(reader, life, pause=pause, keeps=keeps)
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader, life: Life, *, pause: float = 0.0, keeps: bool = True) -> Received:
        """Read one answer. ``keeps``: its bytes, too, and not only their digest."""
        body, digest, size, status, is_clean = bytearray(), hashlib.sha256(), 0, 0, False
        try:
            text = (await _in_time(reader.readuntil(b"\r\n\r\n"))).lower()
            status = int(text.split(b" ", 2)[1])
            length = next((int(line.split(b":")[1]) for line in text.split(b"\r\n") if line.startswith(b"content-length:")), None)
            if length is not None:
                return Received(status, await reader.readexactly(length), "", length, True)
            while chunk := int(await _in_time(reader.readuntil(b"\r\n")), 16):
                data = (await _in_time(reader.readexactly(chunk + 2)))[:-2]
                digest.update(data)
                size += chunk
                body += data if keeps else data[:200]
                if pause:
                    await asyncio.sleep(pause)
            await reader.readexactly(2)
            is_clean = True
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        return Received(status, bytes(body), digest.hexdigest(), size, is_clean)

    async def _vanish(self, life: Life) -> None:
        """Go away in the middle, at once or politely."""
        random = life.random
        reader, writer = await self.connect(life.request())
        try:
            wanted = random.randrange(2000)  # less than the shortest stream has
            while wanted > 0 and (data := await _in_time(reader.read(4096))):
                wanted -= len(data)
        finally:
            writer.transport.abort() if random.randrange(2) else writer.close()

    # -- the judgement -----------------------------------------------------------------------------------------------------------------

    def judged(self, life: Life, received: Received) -> tuple[str, str]:
        """How a stream ended, and what is wrong with it."""
        foreign = set(MARKER.findall(received.body)) - {life.marker.encode()}
        if foreign:
            return "mixed", f"{life} holds what belongs to {sorted(foreign)[:3]}"
        if received.status != 200:
            return "status", ""
        if received.is_clean and self._upstream.sent.get(life.number) == (received.digest, received.size):
            return "identical", ""
        document, (text, is_closed) = life.document(), tool_input(received.body)
        value = parsed(text)
        if is_closed and value is not None and not life.may_be(value):
            return "wrong", f"{life}: another document than was meant: {text[-200:]!r}"
        if received.is_clean and is_closed and value is not None:
            return "whole", ""
        if not document.startswith(text):
            return "wrong", f"{life}: what came is no beginning of the document: {text[-200:]!r}"
        return ("unfinished" if received.is_clean else "aborted"), ""


async def _in_time(read: Any) -> Any:
    async with asyncio.timeout(_PATIENCE):
        return await read


def parsed(text: str) -> Any:
    """The value of a JSON text, or None."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def tool_input(body: bytes) -> tuple[str, bool]:
    """The text of the tool input in a stream, and whether its block was closed; read as simply as may be."""
    texts: list[str] = []
    index, is_closed = -1, False
    for found in bodies(body):
        if found["type"] == "content_block_start" and found["content_block"]["type"] == "tool_use":
            index = found["index"]
        elif found["type"] == "content_block_delta" and found["index"] == index:
            texts.append(found["delta"].get("partial_json", ""))
        elif found["type"] == "content_block_stop" and found["index"] == index:
            is_closed = True
    return "".join(texts), is_closed


def bodies(body: bytes) -> Iterator[dict[str, Any]]:
    """The events of a stream that are whole."""
    *frames, _ = body.split(b"\n\n")
    for frame in frames:
        if data := frame.partition(b"data: ")[2]:
            yield json.loads(data)
