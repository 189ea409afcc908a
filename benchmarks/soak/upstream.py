"""The API that breaks: it knows from the request what is to happen to the stream, and what it has sent of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import struct
from collections.abc import Sequence
from random import Random
from typing import Any

from benchmarks.soak.streams import Life, deltas, event, head, life_of, tail

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)
BIG = 50 * 2**20


class Broken(Exception):
    """The answer breaks off here."""


class Wire:
    """One connection of the gateway to us."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._digest = hashlib.sha256()
        self.size = 0

    async def send(self, data: bytes) -> None:
        """One chunk."""
        self._digest.update(data)
        self.size += len(data)
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self._writer.drain()

    async def begin(self) -> None:
        """The head of a stream."""
        self._writer.write(_HEAD)
        await self._writer.drain()

    async def end(self) -> None:
        """A clean end."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def refuse(self, status: int) -> None:
        """An answer that is no stream."""
        body = json.dumps({"type": "error", "error": {"type": "api_error", "message": "no"}}).encode()
        self._writer.write(b"HTTP/1.1 %d No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
        await self._writer.drain()

    def reset(self) -> None:
        """Break the connection as a router does."""
        sock = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()

    @property
    def digest(self) -> str:
        """Of all that was sent."""
        return self._digest.hexdigest()


class Upstream:
    """Answers, and remembers of each stream the digest of what it was sent. ``pace`` 1: streams last for seconds; 0: as fast as may be."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._asked: dict[int, int] = {}
        self.sent: dict[int, tuple[str, int]] = {}
        self.open = 0  # connections of the gateway
        self.release = asyncio.Event()  # lets go of the streams that are held

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.open += 1
        try:
            while body := await _request(reader):
                await self._answer(body, Wire(writer))
        except (ConnectionError, Broken, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the last one: it is over, and who is still served is not there any more
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, body: dict[str, Any], wire: Wire) -> None:
        if body.get("short"):
            await self._short(body, wire)
            return
        life = life_of(body)
        asked = self._asked[life.number] = self._asked.get(life.number, 0) + 1
        if life.kind.startswith("big"):
            await self._big(life, wire)
        elif asked == 1:
            await self._first(life, wire)
        else:
            await self._again(life, body, asked, wire)

    async def _short(self, body: dict[str, Any], wire: Wire) -> None:
        life = Life(body["short"], "healthy", 0)
        frames = [*head(life), *deltas(json.dumps({"file_path": life.marker, "content": "a"}), Random(0)), *tail()]
        await wire.begin()
        await wire.send(b"".join(frames))
        await wire.end()
        self.sent[life.number] = wire.digest, wire.size

    # -- the first answer --------------------------------------------------------------------------------------------------------------

    async def _first(self, life: Life, wire: Wire) -> None:
        random = life.random
        document = life.document()
        if life.kind == "refused":
            await wire.refuse(random.choice((400, 429, 500, 529)))
            return
        await wire.begin()
        frames = self._frames(life, document, random)
        cut = random.randint(6, max(6, len(frames) - 4))
        match life.kind:
            case "compact":
                await wire.send(b"".join(frames))
            case "held":
                await wire.send(b"".join(frames[:8]))
                await self.release.wait()
                await wire.send(b"".join(frames[8:]))
            case "stuck":
                await wire.send(b"".join(frames[:8]))
                await asyncio.Event().wait()
            case "trickle":
                await self._trickle(b"".join(frames), wire)
            case "text" | "healthy" | "slow_reader" | "vanish" | "malformed":
                await self._play(frames, random, wire)
            case _:
                await self._play(frames[:cut], random, wire)
                await self._break(life, life.kind, wire)
                return
        await wire.end()
        self.sent[life.number] = wire.digest, wire.size

    def _frames(self, life: Life, document: str, random: Random) -> list[bytes]:
        if life.kind == "text":
            text = event("content_block_start", index=1, content_block={"type": "text", "text": ""})
            return [*head(life)[:-1], text, *deltas(document, random, "text_delta"), *tail("end_turn")]
        return [*head(life), *deltas(document[:-1] + ",}" if life.kind == "malformed" else document, random), *tail()]

    async def _play(self, frames: Sequence[bytes], random: Random, wire: Wire) -> None:
        """In bursts, some frames a chunk, some chunks a frame."""
        at = 0
        while at < len(frames):
            size = random.choice((1, 1, 3, 20))
            data = b"".join(frames[at : at + size])
            middle = random.randrange(len(data)) if random.randrange(4) == 0 else 0
            for piece in filter(None, (data[:middle], data[middle:])):
                await wire.send(piece)
            at += size
            await asyncio.sleep(self._pace * random.choice((0.0, 0.0, 0.05, 0.3)))

    async def _trickle(self, data: bytes, wire: Wire) -> None:
        slow = int(30 * self._pace) + 2
        for at in range(slow):
            await wire.send(data[600 + at : 601 + at] if at else data[:601])
            await asyncio.sleep(1.0 if self._pace else 0.05)
        await wire.send(data[600 + slow :])

    async def _break(self, life: Life, kind: str, wire: Wire) -> None:
        match kind:
            case "limit":
                await wire.send(b"".join(tail("max_tokens")))
                await wire.end()
            case "error_event":
                await wire.send(event("error", error={"type": "overloaded_error", "message": life.marker}))
                await wire.end()
            case "end":
                await wire.end()
            case "stall":
                while True:  # until the gateway gives up on us
                    await asyncio.sleep(0.2)
                    await wire_is_open(wire)
            case _:
                wire.reset()
                raise Broken

    # -- what the gateway asks for then ------------------------------------------------------------------------------------------------

    async def _again(self, life: Life, body: dict[str, Any], asked: int, wire: Wire) -> None:
        random = Random(f"{life.seed} {life.number} {asked}")
        if life.kind == "hopeless":
            await wire.refuse(random.choice((500, 529)))
            return
        rest = self._rest(life, body, wrong=life.kind == "wrong" and asked < 4)
        frames = [*head(life), *deltas(rest, random), *tail()]
        await wire.begin()
        if life.kind == "reset_twice" and asked == 2:
            await self._play(frames[: max(6, len(frames) // 2)], random, wire)
            await self._break(life, "reset", wire)
            return
        await self._play(frames, random, wire)
        await wire.end()

    def _rest(self, life: Life, body: dict[str, Any], *, wrong: bool) -> str:
        """What a model says that was told where its input was cut."""
        if wrong:
            return life.other_document()
        document = life.document()
        told = body["messages"][-1]["content"]
        if isinstance(told, str):
            return document
        kept = json.loads(told[-1]["content"][0]["text"])["INVALID_JSON"]
        opening = told[-1]["content"][1]["text"].rsplit("\n", 1)[-1]
        assert document.startswith(kept), f"{life}: kept is no beginning of the document"
        return opening + document[len(kept) :] if kept else document

    # -- 50 MB -------------------------------------------------------------------------------------------------------------------------

    async def _big(self, life: Life, wire: Wire) -> None:
        await wire.begin()
        first = head(life)
        is_text = life.kind == "big_text"
        await wire.send(b"".join(first[:1] if is_text else first))
        if is_text:
            await wire.send(event("content_block_start", index=1, content_block={"type": "text", "text": ""}))
        else:
            await wire.send(event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": '{"content": "'}))
        line = f"{life.marker} one of many lines, each as long as the others\\n" * 20
        delta = {"type": "text_delta", "text": line} if is_text else {"type": "input_json_delta", "partial_json": line}
        chunk = event("content_block_delta", index=1, delta=delta) * 16
        while wire.size < BIG:
            await wire.send(chunk)
        if not is_text:
            await wire.send(event("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": '"}'}))
        await wire.send(b"".join(tail()))
        await wire.end()
        self.sent[life.number] = wire.digest, wire.size


async def wire_is_open(wire: Wire) -> None:
    """Raise where the other side has gone."""
    if wire._writer.transport.is_closing():
        raise Broken
    await wire._writer.drain()


async def _request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        text = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    size = next((int(line.partition(b":")[2]) for line in text.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    body: dict[str, Any] = json.loads(await reader.readexactly(size) or b"{}")
    return body
