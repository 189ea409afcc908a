"""What is done with gateway and clients, one thing after the other; each returns its figures, and complaints where something is wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.soak.client import Client
from benchmarks.soak.gateway import Gateway, growth
from benchmarks.soak.streams import MARKER, Life, lives
from benchmarks.soak.upstream import Upstream

_LEFT_FILES = 5  # more than at first that an idle gateway may have open
_IDLE = 60.0  # seconds until connections to upstream that wait for the next request are closed, on a busy machine
_END = 20.0  # seconds for everything to come to rest
_MOST_TOLD = 20


@dataclass
class Result:
    """What came of it all."""

    figures: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def complain(self, what: str) -> None:
        """Note what is wrong."""
        if what and len(self.complaints) < _MOST_TOLD:
            self.complaints.append(what)


async def big(client: Client, gateway: Gateway, upstream: Upstream, result: Result) -> None:
    """Answers of 50 MB: each byte of them."""
    for number, kind in enumerate(("big_text", "big_input", "big_text", "big_input"), start=-4):
        life = Life(number, kind, 0)
        started = time.monotonic()
        received = await client.ask(life.request(), life, keeps=False)
        if not received.is_clean or upstream.sent.get(number) != (received.digest, received.size):
            result.complain(f"{kind}: {received.size} bytes of {upstream.sent.get(number)} came, clean: {received.is_clean}")
        result.figures[f"{kind}, MB/s"] = round(received.size / 2**20 / (time.monotonic() - started))
        result.figures[f"memory after {kind}, MB"] = round(gateway.sample().memory)


async def chaos(client: Client, gateway: Gateway, result: Result, *, streams: int, seconds: float, seed: int, but: Set[str]) -> None:
    """So many streams at once for so long, each with its own fault; none of the kinds in ``but``."""
    deadline = time.monotonic() + seconds
    ends: Counter[str] = Counter()
    supply: Iterator[Life] = lives(seed, but)

    async def worker() -> None:
        while time.monotonic() < deadline:
            life = next(supply)
            try:
                end, wrong = await client.live(life)
            except Exception as trouble:  # whatever it is, it is to be told, and the others go on
                end, wrong = "failed", f"{life}: {type(trouble).__name__}: {trouble}"
            ends[f"{life.kind}: {end}"] += 1
            result.complain(wrong)

    gateway.samples.clear()
    watching = asyncio.create_task(gateway.watch(max(0.2, seconds / 300)))
    reading = asyncio.create_task(look_on(gateway, result))
    try:
        await asyncio.gather(*(worker() for _ in range(streams)))
    finally:
        watching.cancel()
        reading.cancel()
        await asyncio.gather(watching, reading, return_exceptions=True)
    result.complain(growth([sample for sample in gateway.samples if sample.at <= gateway.samples[0].at + seconds]))
    result.figures |= {"streams at once": streams, "streams in all": sum(ends.values()), "seconds": round(seconds)}
    result.figures["ends"] = dict(sorted(ends.items()))
    result.figures["memory, MB"] = [round(sample.memory) for sample in gateway.samples[:: max(1, len(gateway.samples) // 10)]]
    result.figures["open files"] = [sample.files for sample in gateway.samples[:: max(1, len(gateway.samples) // 10)]]


async def look_on(gateway: Gateway, result: Result) -> None:
    """Watch all streams as `finestream watch` does; what is told of one holds nothing of another."""
    async for name, body in feed(gateway):
        views = body["streams"] if name == "snapshot" else [body]
        for view in views:
            if len(found := set(MARKER.findall(json.dumps(view).encode()))) > 1:
                result.complain(f"a view of one stream speaks of {sorted(found)}")
        result.figures["views"] = result.figures.get("views", 0) + len(views)


async def feed(gateway: Gateway) -> Any:
    """What the gateway tells whoever watches."""
    where = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=2**24)
    try:
        path = f"{where.path}/finestream/streams?text=1"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        rest = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            *frames, rest = (rest + (await reader.readexactly(size + 2))[:-2]).split(b"\n\n")
            for frame in frames:
                name, found, data = frame.removeprefix(b"event: ").partition(b"\ndata: ")
                if found:
                    yield name.decode(), json.loads(data)
    finally:
        writer.close()


async def sequence(client: Client, gateway: Gateway, upstream: Upstream, result: Result, count: int) -> None:
    """So many requests one after the other, on one connection."""
    before, started = gateway.sample(), time.monotonic()
    reader, writer = await client.connect({"short": 1_000_000})
    for number in range(1_000_000, 1_000_000 + count):
        life = Life(number, "healthy", 0)
        received = await client.read(reader, life)
        if upstream.sent.pop(number, None) != (received.digest, received.size):
            result.complain(f"request {number - 1_000_000}: not what upstream sent")
            break
        writer.write(client.request({"short": number + 1}))
    writer.close()
    after = gateway.sample()
    result.figures |= {"requests in a row": count, "a second": round(count / (time.monotonic() - started))}
    result.figures["memory before and after them, MB"] = [round(before.memory), round(after.memory)]
    if after.memory > before.memory * 1.1 + 8:
        result.complain(f"memory grew from {before.memory:.0f} to {after.memory:.0f} MB by {count} requests in a row")


async def rest(gateway: Gateway, result: Result, files: int, spare: int) -> None:
    """Nothing goes on any more: no stream, no view of one, no file that was not open before, but for ``spare`` connections that wait."""
    found = await gateway.idle(_END)
    if found["streams"]:
        result.complain(f"{found['streams']} streams are stuck")
    async for name, body in feed(gateway):
        if name != "snapshot" or body["streams"]:
            result.complain(f"the feed tells of streams that are over: {body}")
        break
    deadline = time.monotonic() + _IDLE
    while gateway.sample().files > files + spare + _LEFT_FILES and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    left = gateway.sample().files
    result.figures["open files at first and in the end"] = [files, left]
    if left > files + spare + _LEFT_FILES:
        result.complain(f"{left} files are open, {files} were at first")


async def shutdown(client: Client, gateway: Gateway, upstream: Upstream, result: Result) -> None:
    """SIGTERM with streams open: those that come to their end are waited for, the others are broken off, visibly."""
    lives = [Life(2_000_000 + number, kind, 1) for number, kind in enumerate(["held"] * 5 + ["stuck"] * 5)]
    pairs = [await client.connect(life.request()) for life in lives]
    readings = [asyncio.create_task(client.read(reader, life)) for (reader, _), life in zip(pairs, lives, strict=True)]
    while (await gateway.health())["streams"] < len(lives):
        await asyncio.sleep(0.05)
    started = time.monotonic()
    gateway.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.2)
    upstream.release.set()
    try:
        async with asyncio.timeout(_END):
            code = await gateway.process.wait()
    except TimeoutError:
        result.complain(f"it did not end within {_END:g} s of SIGTERM")
        return
    result.figures["seconds from SIGTERM to the end"] = round(time.monotonic() - started, 1)
    if code:
        result.complain(f"exit code {code} behind SIGTERM")
    ends = [client.judged(life, await reading)[0] for life, reading in zip(lives, readings, strict=True)]
    result.figures["streams open at SIGTERM"] = dict(Counter(ends))
    if ends != ["identical"] * 5 + ["aborted"] * 5:
        result.complain(f"streams that were open at SIGTERM ended as {ends}")
    for _, writer in pairs:
        writer.close()


def journal(project: Path, result: Result) -> None:
    """Each line of the journal is whole."""
    lines = [line for path in (project / ".claude" / "finestream").glob("*.jsonl*") for line in path.read_bytes().split(b"\n")[:-1]]
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            result.complain(f"a torn line in the journal: {line[:100]!r}")
    result.figures["lines in the journal"] = len(lines)


def errors(folder: Path, result: Result) -> None:
    """The gateway has said nothing on stderr, which is where tracebacks would be."""
    told = (folder / "stderr").read_text()
    result.complain(f"the gateway said: {told[-2000:]}" if told else "")
