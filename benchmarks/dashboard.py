"""What it costs to open the dashboard on a day of many calls: with no index, and with one. Seconds and peak memory, of whole processes.

    python -m benchmarks.dashboard [--json] [--calls N] [--rounds N]

The day is written as gateway and hooks write it: three lines for a call, inputs of all sizes with the chunks that they have, some of them
cut, corrected and asked for as a whole; ten agents, and a run for each thousand calls. What is measured is the process of ``finestream
dashboard`` with everything that belongs to it: the interpreter, reading, counting, drawing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

FOLDER = Path(".claude", "finestream")
ROTATE = 10 * 2**20
DAY = 86400
TARGET_SECONDS, TARGET_MB = 2.0, 200
PAGE = ("data/about", "data/figures", "data/calls", "data/runs")
AGENTS = ("main", "analyst", "pm", "ux-designer", "architect", "security-architect", "developer", "qa", "devops", "tech-writer")
Json = dict[str, Any]


def stamp(moment: float) -> str:
    """A moment as the journal writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def call(number: int, moment: float, dice: random.Random) -> Iterator[Json]:
    """The records of one call."""
    size = min(200_000, int(dice.lognormvariate(6.5, 1.6)) + 20)
    chunks = max(1, min(400, size // 150))
    spans = [[["content", index], index * 150, index * 150 + 149, "line", round(index * 2.5, 1)] for index in range(min(100, chunks))]
    fate = dice.random()
    outcome, attempts, fallbacks = ("continued", 1, int(fate < 0.0002)) if fate < 0.002 else ("complete", 0, 0)
    agent = dice.choice(AGENTS)
    who = {"session_id": "5e551011-0000-4000-8000-000000000001", "agent_id": None, "agent_from": agent, "agent_to": None}
    what = {"tool": "Write", "tool_use_id": f"toolu_{number:020}"}
    if fate > 0.999:
        outcome = "corrected"
        fault = {"error": "malformed_json", "offset": 20, "INVALID_JSON": "{" + "x" * size, "outcome": "corrected"}
        yield {"timestamp": stamp(moment), "event": "correction", "stream": f"8080-{number}", **who, **what, **fault}
    figures = {"bytes": size, "deltas": size // 12 + 1, "chunks": chunks, "first_chunk_ms": 2.5, "duration_ms": size / 1.2}
    counted = {"attempts": attempts, "cuts": attempts, "fallbacks": fallbacks, "spans": spans, "outcome": outcome}
    head = {"timestamp": stamp(moment), "event": "tool_input", "stream": f"8080-{number}", **who, **what}
    yield {**head, "target": f"src/module_{number % 977}.py", **figures, **counted}
    hook = {"source": "hook", **who, **what}
    yield {"timestamp": stamp(moment), "event": "tool_started", **hook, "size": size, "target": "src/a.py", "priority": None}
    yield {"timestamp": stamp(moment), "event": "tool_ended", **hook, "outcome": "ok", "latency_ms": 7, "size": size, "error_class": None}


def spelled(record: Json) -> bytes:
    """A line of the journal; hooks write theirs without spaces."""
    separators = (",", ":") if record.get("source") == "hook" else (", ", ": ")
    return json.dumps(record, separators=separators).encode() + b"\n"


def run(moment: float, dice: random.Random) -> Iterator[Json]:
    """The entries of a run of five agents, each of which begins with the first part of the one before it."""
    steps = dice.sample(AGENTS[1:], 5)
    for place, step in enumerate(steps):
        begun = moment + place
        yield {"step": step, "kind": "began", "at": begun, "session": f"s{place}", "is_fresh": True}
        upto = {steps[place - 1]: 1} if place else {}
        yield {"step": step, "kind": "given", "at": begun + 0.4, "upto": upto, "outcomes": {}, "marker": None}
        yield {"step": step, "kind": "handing", "at": begun + 0.5}
        for part in range(40):
            yield {"step": step, "kind": "part", "at": begun + 0.6 + part / 10, "number": part, "name": "plan", "value": "words " * 40}
        yield {"step": step, "kind": "done", "at": begun + 5}


def write_day(project: Path, calls: int) -> int:
    """Write the journal of a day that ends now; return its bytes."""
    dice = random.Random(1)
    now = time.time()
    folder = project / FOLDER
    folder.mkdir(parents=True)
    part, parts, size = bytearray(), 0, 0
    for number in range(calls):
        moment = now - DAY + 60 + number * (DAY - 120) / calls
        for record in call(number, moment, dice):
            line = spelled(record)
            if len(part) + len(line) > ROTATE:
                (folder / f"part.{parts}").write_bytes(part)
                size, parts = size + len(part), parts + 1
                part.clear()
            part += line
        if number % 1000 == 0:
            path = folder / "runs" / f"{number:06}" / "events.jsonl"
            path.parent.mkdir(parents=True)
            path.write_text("".join(json.dumps(entry) + "\n" for entry in run(moment, dice)))
    (folder / "events.jsonl").write_bytes(part)
    for number in range(parts):
        (folder / f"part.{number}").rename(folder / f"events.jsonl.{parts - number}")
    return size + len(part)


class Cost(NamedTuple):
    """Of one process. ``work``: seconds of processors, which others on the machine do not lengthen much."""

    seconds: float
    work: float
    megabytes: float


def opened(project: Path, *arguments: str) -> Cost:
    """What one command costs."""
    command = [sys.executable, "-m", "finestream", *arguments, "--project", str(project)]
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "HOME": str(project)})
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    assert os.waitstatus_to_exitcode(status) == 0
    return Cost(seconds, used.ru_utime + used.ru_stime, _megabytes(used))


def page(project: Path) -> Cost:
    """What the page costs: from the start of the process that makes it until everything is answered that it asks for when it is opened."""
    command = [sys.executable, "-m", "finestream", "dashboard", "--web", "--json", "--project", str(project)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "HOME": str(project)}) as child:
        assert child.stdout
        url = json.loads(child.stdout.readline())["url"]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: urlopen(f"{url}{name}").read(), ("", *PAGE)))
        seconds = time.perf_counter() - started
        child.terminate()
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    return Cost(seconds, used.ru_utime + used.ru_stime, _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def measure(calls: int, rounds: int) -> Json:
    """All figures: the medians of the seconds, the worst of the memory."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        size = write_day(project, calls)
        found: dict[str, list[Cost]] = {"bare": [], "first": [], "second": [], "page": [], "page_again": []}
        for _ in range(rounds):
            (project / FOLDER / "figures.sqlite").unlink(missing_ok=True)
            found["bare"].append(opened(project / FOLDER / "runs", "logs", "--help"))
            found["first"].append(opened(project, "dashboard"))
            found["second"].append(opened(project, "dashboard"))
            (project / FOLDER / "figures.sqlite").unlink()
            found["page"].append(page(project))
            found["page_again"].append(page(project))
        index = (project / FOLDER / "figures.sqlite").stat().st_size
    told = {"calls": calls, "mb": size / 2**20, "index_kb": index / 2**10}
    for way, costs in found.items():
        told[f"{way}_s"] = statistics.median(cost.seconds for cost in costs)
        told[f"{way}_work_s"] = statistics.median(cost.work for cost in costs)
        told[f"{way}_mb"] = max(cost.megabytes for cost in costs)
    return told


def show(found: Json) -> None:
    """Print the table as it stands in docs/performance.md."""
    day = f"a day of {found['calls']:,} calls, {found['mb']:.0f} MB of journal"
    print(f"| {day} | seconds | at most | of a processor | peak memory, MB | at most |")
    print("|---|---|---|---|---|---|")
    for title, way in (
        ("first look, no index", "first"),
        ("each further look", "second"),
        ("the page with all its views, no index", "page"),
        ("the page again", "page_again"),
    ):
        seconds, work, memory = (found[f"{way}_{unit}"] for unit in ("s", "work_s", "mb"))
        print(f"| {title} | {seconds:.2f} | {TARGET_SECONDS:.0f} | {work:.2f} | {memory:.0f} | {TARGET_MB} |")
    print(f"| `finestream logs --help`, beside it | {found['bare_s']:.2f} | | {found['bare_work_s']:.2f} | {found['bare_mb']:.0f} | |")
    print()
    print(f"The index: {found['index_kb']:.0f} KB.")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = measure(options.calls, options.rounds)
    print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()
