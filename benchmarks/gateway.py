"""What the gateway costs beside a bare aiohttp relay: first event, event rate for 1 and 50 streams, memory, start-up. One run, medians.

    python -m benchmarks.gateway [--json] [--rounds N]

Upstream, relay and gateway are processes of their own; the client is this one. Upstream writes a whole answer at once, each event in a
chunk of its own, so the relay in the middle is what limits the rate. Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_EVENTS = re.compile(rb'"max_tokens": ?(\d+)')


def question(events: int) -> bytes:
    """A request for an answer of so many deltas: it stands in the body, which every gateway passes on."""
    return json.dumps(
        {
            "model": "claude-opus-5-5",
            "max_tokens": events,
            "stream": True,
            "tools": [{"name": "Write", "input_schema": {"type": "object", "properties": {"content": {"type": "string"}}}}],
            "messages": [{"role": "user", "content": "x" * 32_000}],
        }
    ).encode()


def _event(name: str, body: dict[str, Any]) -> bytes:
    data = f"event: {name}\ndata: {json.dumps({'type': name, **body}, separators=(',', ':'))}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer(events: int) -> bytes:
    """A healthy answer with that many deltas of about 20 characters in one long string."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    start = {"message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "usage": usage}}
    block = {"index": 0, "content_block": {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}}
    parts = [_event("message_start", start), _event("content_block_start", block)]
    texts = ['{"content": "', *[f"line {number:7d} of it\\n" for number in range(events - 2)], '"}']
    parts += [_event("content_block_delta", {"index": 0, "delta": {"type": "input_json_delta", "partial_json": text}}) for text in texts]
    parts.append(_event("content_block_stop", {"index": 0}))
    parts.append(_event("message_delta", {"delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}))
    parts.append(_event("message_stop", {}))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(parts) + b"0\r\n\r\n"


class _Upstream(asyncio.Protocol):
    answers: dict[int, bytes] = {}  # noqa: RUF012 - filled once by the process

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        if not found or len(body) < int(lines.get(b"content-length", b"0")):
            return
        self._data = b""
        asked = _EVENTS.search(body)
        events = int(asked[1]) if asked else 10
        if events not in self.answers:
            self.answers[events] = answer(events)
        assert isinstance(self._transport, asyncio.WriteTransport)
        self._transport.write(self.answers[events])


async def _serve_upstream() -> None:
    server = await asyncio.get_running_loop().create_server(_Upstream, "127.0.0.1", 0)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "pid": os.getpid()}), flush=True)
    await server.serve_forever()


async def _serve_relay(upstream: str, port: int) -> None:
    """The yardstick: what aiohttp costs when nothing but bytes goes through it."""
    import aiohttp
    from aiohttp import web

    session = aiohttp.ClientSession(auto_decompress=False, connector=aiohttp.TCPConnector(limit=0))

    async def relay(request: web.Request) -> web.StreamResponse:
        headers = {key: value for key, value in request.headers.items() if key.lower() not in ("host", "content-length")}
        async with session.request(request.method, upstream + request.path_qs, headers=headers, data=await request.read()) as source:
            response = web.StreamResponse(status=source.status, headers={"Content-Type": source.headers["Content-Type"]})
            await response.prepare(request)
            async for data in source.content.iter_any():
                await response.write(data)
            await response.write_eof()
            return response

    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", relay)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}", "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def process(*command: str) -> AsyncIterator[tuple[str, int, float]]:
    """Run a server; give its URL, its pid and the seconds until it answered."""
    started = time.perf_counter()
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert child.stdout
        ready = json.loads(await child.stdout.readline())
        await fetch(ready["url"], 10)
        yield ready["url"], ready["pid"], time.perf_counter() - started
    finally:
        child.terminate()
        await child.wait()


async def fetch(url: str, events: int) -> tuple[float, float]:
    """Seconds until the first byte of an event, and until the end."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=2**20)
    body = question(events)
    head = f"POST {where.path}/v1/messages HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
    head += "x-api-key: sk-ant-test\r\nanthropic-version: 2023-06-01\r\n"
    started = time.perf_counter()
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    data = await reader.read(2**18)
    while b"event:" not in data:
        more = await reader.read(2**18)
        if not more:
            raise AssertionError(f"no event came, but {data[:300]!r}")
        data += more
    first = time.perf_counter() - started
    while not data.endswith(b"0\r\n\r\n"):
        more = await reader.read(2**18)
        if not more:
            raise AssertionError("the stream ended early")
        data = data[-8:] + more
    writer.close()
    return first, time.perf_counter() - started


async def rate(url: str, streams: int, events: int) -> float:
    """Events per second of so many streams at once."""
    started = time.perf_counter()
    await asyncio.gather(*(fetch(url, events) for _ in range(streams)))
    return streams * events / (time.perf_counter() - started)


def memory(pid: int) -> float:
    """Resident memory in MB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@asynccontextmanager
async def watching(project: str, url: str) -> AsyncIterator[None]:
    """Somebody who watches everything that streams in a project, on a terminal and on the page in a browser."""
    from tests.e2e.browser import started  # here: as a server, this file is run as a script, which knows no tests

    command = (sys.executable, "-m", "finestream", "watch", "--json", "--text", "--project", project)
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    try:
        async with started() as browser:
            page = await browser.new_page()
            await page.goto(f"{url}/finestream/dashboard/#/live")
            await page.wait_for_selector("#link[data-state=open]")
            yield
    finally:
        child.terminate()
        await child.wait()


async def measure(rounds: int) -> dict[str, float]:
    """All figures, each round taking all servers in turn: the relay, the gateway, and another gateway that is watched."""
    figures: dict[str, list[float]] = {}
    me = (sys.executable, "-m", "benchmarks.gateway")
    async with process(*me, "--serve-upstream") as (upstream, _, _):
        alone, watched = tempfile.mkdtemp(), tempfile.mkdtemp()
        gateway_command = (sys.executable, "-m", "finestream", "monitor", "--json", "--upstream", upstream, "--project", alone)
        starts = []
        for _ in range(3):
            async with process(*gateway_command) as (_, _, seconds):
                starts.append(seconds)
        async with (
            process(*me, "--serve-relay", upstream) as (bare, _, _),
            process(*gateway_command) as (gate, pid, _),
            process(*gateway_command[:-1], watched) as (seen, _, _),
            watching(watched, seen),
        ):
            for _ in range(rounds):
                for name, url in (("relay", bare), ("gateway", gate), ("watched", seen)):
                    firsts = [(await fetch(url, 10))[0] for _ in range(20)]
                    figures.setdefault(f"{name}_first_ms", []).append(1000 * statistics.median(firsts))
                    figures.setdefault(f"{name}_rate_1", []).append(await rate(url, 1, 40_000))
                    figures.setdefault(f"{name}_rate_50", []).append(await rate(url, 50, 1_000))
            resident = memory(pid)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    added = statistics.median(g - r for g, r in zip(figures["gateway_first_ms"], figures["relay_first_ms"], strict=True))
    shares = {
        f"share_{n}": statistics.median(g / r for g, r in zip(figures[f"gateway_rate_{n}"], figures[f"relay_rate_{n}"], strict=True))
        for n in (1, 50)
    }
    pairs = {n: zip(figures[f"watched_rate_{n}"], figures[f"gateway_rate_{n}"], strict=True) for n in (1, 50)}
    watched_shares = {f"watched_share_{n}": statistics.median(w / g for w, g in rates) for n, rates in pairs.items()}
    return {**medians, "first_added_ms": added, **shares, **watched_shares, "memory_mb": resident, "start_s": statistics.median(starts)}


def show(found: dict[str, float]) -> None:
    """Print the table as it stands in docs/performance.md."""
    print("| measure | bare aiohttp relay | finestream gateway, watching | beside the relay | target |")
    print("|---|---|---|---|---|")
    first = f"{found['relay_first_ms']:.2f} | {found['gateway_first_ms']:.2f} | +{found['first_added_ms']:.2f} ms"
    print(f"| first event, ms | {first} | at most +1 ms |")
    for n in (1, 50):
        rates = f"{found[f'relay_rate_{n}'] / 1000:.0f} k | {found[f'gateway_rate_{n}'] / 1000:.0f} k"
        print(f"| events/s, {n} stream{'s' if n > 1 else ''} | {rates} | {found[f'share_{n}']:.2f} | at least 0.6 |")
    for n in (1, 50):
        rates = f"{found[f'gateway_rate_{n}'] / 1000:.0f} k, unwatched | {found[f'watched_rate_{n}'] / 1000:.0f} k"
        streams = f"{n} stream{'s' if n > 1 else ''}"
        share = f"{found[f'watched_share_{n}']:.2f} of unwatched"
        print(f"| events/s, {streams}, beside `finestream watch` and the page | {rates} | {share} | at least 0.9 |")
    print(f"| memory after the load, MB | | {found['memory_mb']:.0f} | | at most 60 |")
    print(f"| start to first answer, s | | {found['start_s']:.2f} | | at most 0.6 |")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve-upstream", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve-relay", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_upstream:
        asyncio.run(_serve_upstream())
    elif options.serve_relay:
        import uvloop

        uvloop.run(_serve_relay(options.serve_relay, options.port))
    else:
        found = asyncio.run(measure(options.rounds))
        print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()
