"""What a run of a workflow costs: telling a receiver of a finished chunk, starting ten agents, and the memory of it all.

    python -m benchmarks.runs

For the first, sessions that answer at once stand in for clients; ledger and database are the real ones. For the rest a simulated model
stands behind real clients.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.gateway import memory
from finestream.catalog import parse_agent, parse_workflow
from finestream.workflow.plan import Assignment, Plan, make_plan
from finestream.workflow.run import carry_out
from finestream.workflow.session import Begun, Called, Ended, Fragment, Happening

CHUNKS, AGENTS = 200, 10
MOST = 0.05  # seconds for a chunk, in the median


def agent(name: str) -> str:
    """A definition."""
    schema = "  type: object\n  required: [parts]\n  properties:\n    parts: {type: array, items: {type: string}}\n"
    head = f"name: {name}\ndescription: Use when a benchmark wants one.\nstreaming_priority: high\nexpected_param_size: 30-50KB"
    return f"---\n{head}\nhandoff_schema:\n{schema}---\nYou are {name}.\n"


def workflow(graph: dict[str, str]) -> str:
    """One of agents that need each other as ``graph`` says."""
    return "workflow: measured\nsteps:\n" + "".join(f"  - agent: {name}\n    needs: [{needs}]\n" for name, needs in graph.items())


def plan(graph: dict[str, str]) -> Plan:
    """Put it together."""
    known = {name: parse_agent(agent(name), f"{name}.md")[0] for name in graph}
    found, _ = parse_workflow(workflow(graph), "measured.yaml")
    assert found
    return make_plan(found, {name: each for name, each in known.items() if each}, "Build it.", shipped=frozenset(known))


class Listening:
    """A receiver that does nothing but listen."""

    def __init__(self, queue: asyncio.Queue[Happening], told: asyncio.Queue[float]) -> None:
        self.ident = "receiver"
        self._queue = queue
        self._told = told

    async def open(self) -> None: ...

    async def remembers(self, marker: str) -> bool:
        return False

    async def say(self, text: str) -> None:
        if "<part " in text:
            self._told.put_nowait(time.perf_counter())
        if "is complete" in text:
            answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._queue.put_nowait(Called({"parts": []}, answer))
        self._queue.put_nowait(Ended("I wait."))

    async def close(self) -> None: ...


class Sending(Listening):
    """A sender that ends a chunk when its receiver has been told of the one before."""

    def __init__(self, queue: asyncio.Queue[Happening], told: asyncio.Queue[float], costs: list[float]) -> None:
        super().__init__(queue, told)
        self.ident = "sender"
        self._costs = costs
        self._task: asyncio.Task[None] | None = None

    async def say(self, text: str) -> None:
        self._task = asyncio.create_task(self._send())

    async def _send(self) -> None:
        self._queue.put_nowait(Begun("call"))
        items = [f"{number}: {'word ' * 40}" for number in range(CHUNKS)]
        self._queue.put_nowait(Fragment("call", '{"parts": ['))
        for number, item in enumerate(items):
            started = time.perf_counter()
            self._queue.put_nowait(Fragment("call", f"{', ' * bool(number)}{json.dumps(item)}"))
            self._costs.append(await self._told.get() - started)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Called({"parts": items}, answer))
        await answer
        self._queue.put_nowait(Ended("Everything is handed on."))


async def deliver() -> list[float]:
    """Seconds from the fragment that completes a chunk until the receiver's session is told, for each chunk."""
    costs: list[float] = []
    told: asyncio.Queue[float] = asyncio.Queue()

    def make(assignment: Assignment, queue: asyncio.Queue[Happening], taken_up: str | None) -> Listening:
        return Listening(queue, told) if assignment.needs else Sending(queue, told, costs)

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/run.sqlite"
        graph = {"sender": "", "receiver": "sender"}
        outcome = await carry_out(plan(graph), "measured", url=url, make_session=make, prepare=lambda board: nullcontext())
    assert len(costs) == CHUNKS, {step: ledger.cause for step, ledger in outcome.ledgers.items()}
    return costs


@contextmanager
def running(graph: dict[str, str], pacing: str) -> Iterator[tuple[subprocess.Popen[str], Iterator[dict[str, Any]]]]:
    """A run with real clients and a simulated model, in a place of its own; with what it tells."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        agents = folder / ".claude" / "agents"
        agents.mkdir(parents=True)
        for each in graph:
            (agents / f"{each}.md").write_text(agent(each))
        (folder / "measured.yaml").write_text(workflow(graph))
        command = [sys.executable, "-m", "finestream", "run", str(folder / "measured.yaml"), "Build it.", "--project", name, "--json"]
        known = {**os.environ, "HOME": name}
        with subprocess.Popen(
            [*command, "--simulate", "--pacing", pacing], env=known, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            try:
                yield process, map(json.loads, process.stdout)
            finally:
                process.send_signal(signal.SIGINT)
                process.stdout.read()


def until(told: Iterator[dict[str, Any]], kind: str, steps: set[str]) -> None:
    """Wait until something has happened in each step."""
    missing = set(steps)
    while missing:
        entry = next(told)
        missing -= {entry["step"]} if entry["kind"] == kind else set()


def clients(run: int) -> list[int]:
    """The clients of a run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(lines["PPid"]) == run and b"--input-format" in (status.parent / "cmdline").read_bytes():
            found.append(int(status.parent.name))
    return found


def weigh(run: int) -> tuple[float, float]:
    """Resident megabytes of one client, in the median, and of the run."""
    found = clients(run)
    assert len(found) >= AGENTS, found
    return statistics.median(map(memory, found)), memory(run)


def measure_idle() -> tuple[float, float]:
    """Weigh sessions that were started ahead and have been told nothing."""
    names = [f"agent-{number}" for number in range(AGENTS)]
    with running({"first": "", **dict.fromkeys(names, "first")}, "3600,1") as (process, told):
        until(told, "began", set(names))
        return weigh(process.pid)


def measure_busy() -> tuple[float, float, float]:
    """Weigh sessions that hand on, and take the time until all have been started."""
    names = [f"agent-{number}" for number in range(AGENTS)]
    started = time.perf_counter()
    with running(dict.fromkeys(names, ""), "0.2,20") as (process, told):
        waiting = {"began": set(names), "handing": set(names)}
        seconds = 0.0
        while any(waiting.values()):
            entry = next(told)
            waiting.get(entry["kind"], set()).discard(entry["step"])
            seconds = seconds or (0.0 if waiting["began"] else time.perf_counter() - started)
        return *weigh(process.pid), seconds


def main() -> None:
    """Measure, print the table, and say whether a chunk is told in time."""
    costs = sorted(asyncio.run(deliver()))
    idle, idle_run = measure_idle()
    busy, busy_run, seconds = measure_busy()
    median, late = statistics.median(costs), costs[int(len(costs) * 0.95)]
    print("| measure | median | target |")
    print("|---|---|---|")
    print(f"| a finished chunk until its receiver is told, ledger included, ms | {1000 * median:.1f} | at most {1000 * MOST:.0f} |")
    print(f"| the same, 95th percentile, ms | {1000 * late:.1f} | |")
    print(f"| {AGENTS} agents that need nobody, from the command to the last session's start, s | {seconds:.1f} | |")
    print(f"| memory of a client that was started ahead, of {AGENTS}, MB | {idle:.0f} | |")
    print(f"| memory of a client that hands on, of {AGENTS}, MB | {busy:.0f} | |")
    print(f"| memory of the run itself, with monitor and simulated model: idle, busy, MB | {idle_run:.0f}, {busy_run:.0f} | |")
    if median > MOST:
        sys.exit("a chunk is told too late")


if __name__ == "__main__":
    main()
