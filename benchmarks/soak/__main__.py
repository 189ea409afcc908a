"""Soak: ``scripts/soak [--streams 200] [--minutes 10] [--requests 10000] [--seed N]``.

Runs a real gateway between an upstream that breaks in every way and many raw clients. Prints its figures, and exits with 1 when anything
was wrong: a byte, a marker of another stream, an outcome, memory or files that grow, a stream that is stuck, an end that is none. Memory
and open files are read from /proc, so they are judged on Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.soak import phases
from benchmarks.soak.client import Client
from benchmarks.soak.gateway import running
from benchmarks.soak.phases import Result
from benchmarks.soak.upstream import Upstream


async def soak(folder: Path, *, streams: int, seconds: float, requests: int, seed: int, is_short: bool = False) -> Result:
    """Do everything. ``is_short``: streams go as fast as they may, none stalls, and no answer has 50 MB."""
    upstream, result = Upstream(0.0 if is_short else 1.0), Result()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, limit=2**20, backlog=1024)
    async with (
        server,
        running(folder, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as gateway,
    ):
        client = Client(gateway.url, upstream)
        await gateway.health()
        files = gateway.sample().files
        if not is_short:
            await phases.big(client, gateway, upstream, result)
        await phases.chaos(client, gateway, result, streams=streams, seconds=seconds, seed=seed, but={"stall"} if is_short else set())
        await phases.sequence(client, gateway, upstream, result, requests)
        await phases.rest(gateway, result, files, spare=streams if is_short else 0)
        await phases.shutdown(client, gateway, upstream, result)
        phases.journal(gateway.project, result)
        phases.errors(folder, result)
    return result


def show(result: Result) -> None:
    """Print the table as it stands in docs/soak.md."""
    ends = result.figures.pop("ends", {})
    print("| measure | found |\n|---|---|")
    for name, value in result.figures.items():
        print(f"| {name} | {', '.join(map(str, value)) if isinstance(value, list) else json.dumps(value).strip('{}')} |")
    for name, count in ends.items():
        print(f"| streams, {name} | {count} |")
    for complaint in result.complaints:
        print(f"soak: {complaint}", file=sys.stderr)
    print(f"\n{'All of it was right.' if not result.complaints else f'{len(result.complaints)} complaints.'}")


def main(given: Sequence[str] | None = None) -> int:
    """Run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description="Many streams for a long time, with faults on both sides.")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=10_000, help="in a row, behind it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="finestream-soak-") as folder:
        seconds = 60 * options.minutes
        result = asyncio.run(soak(Path(folder), streams=options.streams, seconds=seconds, requests=options.requests, seed=options.seed))
    show(result)
    return 1 if result.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
