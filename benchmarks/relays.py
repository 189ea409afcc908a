"""Gateways of others beside ours and a bare relay: first event, event rate for 1 and 50 streams, memory, start-up. One run, medians.

    python -m benchmarks.relays [--quick] [--json] [--rounds N]

The same client and the same upstream as in ``benchmarks.gateway``, and the same relay as the yardstick. LiteLLM's pass-through, and
mitmproxy in reverse mode, told to stream, are installed at the versions of ``finestream exam``. All run at once and take turns in each
round. Memory is that of all processes of a gateway after the load. The start is until a request has come through, looked for every
tenth of a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from benchmarks import gateway
from benchmarks.others import machine
from finestream.exam.candidates import PRESETS, Candidate
from finestream.exam.starting import running

BARE = "bare aiohttp relay"
RELAY = Candidate(BARE, command=f"{{python}} {gateway.__file__} --serve-relay {{upstream}} --port {{port}}")
_LITELLM = PRESETS["litellm"]
# Its prices come with it; it would wait for newer ones from the network, and that is no start-up of its own.
LITELLM = replace(_LITELLM, environment={**_LITELLM.environment, "LITELLM_LOCAL_MODEL_COST_MAP": "True"})
CANDIDATES = (RELAY, PRESETS["finestream"], PRESETS["mitmproxy"], LITELLM)
FIRSTS, STREAMS = 20, 50
Figures = dict[str, float]


async def measure(candidates: tuple[Candidate, ...], rounds: int, events: int) -> dict[str, Figures]:
    """All figures of all gateways. ``events``: of one stream, and of fifty together."""
    found: dict[str, dict[str, list[float]]] = {candidate.name: {} for candidate in candidates}
    with tempfile.TemporaryDirectory() as name:
        async with AsyncExitStack() as stack:
            upstream, _, _ = await stack.enter_async_context(gateway.process(sys.executable, gateway.__file__, "--serve-upstream"))
            bases: dict[str, str] = {}
            for candidate in candidates:
                started = time.perf_counter()
                bases[candidate.name] = await stack.enter_async_context(running(candidate, upstream, Path(name, candidate.name), say))
                found[candidate.name]["start_s"] = [time.perf_counter() - started]
            for _ in range(rounds):
                for one, base in bases.items():
                    for figure, value in (await turn(base, events)).items():
                        found[one].setdefault(figure, []).append(value)
            for one in bases:
                found[one]["memory_mb"] = [memory(Path(name, one))]
    return {one: {figure: statistics.median(values) for figure, values in figures.items()} for one, figures in compared(found).items()}


def compared(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, list[float]]]:
    """Add what each is beside the bare relay, round by round."""
    for figures in found.values():
        pairs = {name: list(zip(figures[name], found[BARE][name], strict=True)) for name in ("first_ms", "rate_1", "rate_50")}
        figures["first_added_ms"] = [one - bare for one, bare in pairs["first_ms"]]
        for name in ("rate_1", "rate_50"):
            figures[f"{name}_share"] = [one / bare for one, bare in pairs[name]]
    return found


async def turn(base: str, events: int) -> Figures:
    """One round of one gateway."""
    firsts = [(await gateway.fetch(base, 10))[0] for _ in range(FIRSTS)]
    return {
        "first_ms": 1000 * statistics.median(firsts),
        "rate_1": await gateway.rate(base, 1, events),
        "rate_50": await gateway.rate(base, STREAMS, events // STREAMS),
    }


def memory(folder: Path) -> float:
    """Resident memory, in MB, of all processes that run in ``folder``: the gateway's folder is its own."""
    found = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve(strict=True) == folder.resolve():
                found += gateway.memory(int(process.name))
        except OSError:
            continue  # it has ended, or is another user's
    return found


def say(text: str) -> None:
    """Tell whoever waits."""
    print(f"benchmarks.relays: {text}", file=sys.stderr)


def show(found: dict[str, Figures]) -> None:
    """Print the table."""
    names = {name: f"{name} {PRESETS[name].version}" if name in PRESETS else name for name in found}
    print(f"| measure | {' | '.join(names.values())} | target for finestream |")
    print("|---|" + "---|" * (len(found) + 1))
    rows = (
        ("first event, ms", "{first_ms:.2f}", ""),
        ("beside the bare relay, ms", "{first_added_ms:+.2f}", "at most +1"),
        ("events/s, 1 stream", "{rate_1:.0f}", ""),
        ("beside the bare relay", "{rate_1_share:.3f}", "at least 0.6"),
        ("events/s, 50 streams", "{rate_50:.0f}", ""),
        ("beside the bare relay", "{rate_50_share:.3f}", "at least 0.6"),
        ("memory after the load, MB", "{memory_mb:.0f}", "at most 60"),
        ("start to first answer, s", "{start_s:.1f}", "at most 0.6"),
    )
    for label, form, target in rows:
        print(f"| {label} | {' | '.join(form.format(**figures) for figures in found.values())} | {target} |")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few events, the bare relay and finestream alone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.quick:
        found = asyncio.run(measure(CANDIDATES[:2], rounds=1, events=1_000))
    else:
        found = asyncio.run(measure(CANDIDATES, options.rounds, events=50_000))
    print(json.dumps({"machine": machine(), "gateways": found})) if options.json else show(found)


if __name__ == "__main__":
    main()
