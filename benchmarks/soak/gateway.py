"""The gateway under test: a process of its own, in a project and a home of its own, and what it takes while it runs."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

# A machine that has too much to do is silent for seconds: no ping of ours may come into a healthy stream for that, and no stall.
SETTINGS = "backoff: [0.2s]\nstall: 30s\nping: 2m\njournal: {rotate: 4MB, keep: 2}\n"
_WARM = 0.3  # of the time: until then memory may grow
_GROWTH = 0.10  # of the memory, between the first and the last third of the rest
_SPARE = 120.0  # connections that wait for the next request: they come and go; what has leaked is seen at rest
_SLACK = 12.0  # MB that are no growth: what happens to be open at the time


class Sample(NamedTuple):
    """What the process has at a moment: seconds, MB, open files; zero where the system does not tell."""

    at: float
    memory: float
    files: int


class Gateway:
    """One running gateway."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, project: Path) -> None:
        self.process = process
        self.url = url
        self.project = project
        self.samples: list[Sample] = []
        self._start = time.monotonic()

    def sample(self) -> Sample:
        """Look at it now."""
        folder = Path(f"/proc/{self.process.pid}")
        if not folder.is_dir():
            return Sample(time.monotonic() - self._start, 0.0, 0)
        line = next((line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS")), "VmRSS: 0")
        return Sample(time.monotonic() - self._start, int(line.split()[1]) / 1024, len(os.listdir(folder / "fd")))  # noqa: PTH208 - names only

    async def watch(self, every: float) -> None:
        """Look at it again and again."""
        while True:
            self.samples.append(self.sample())
            await asyncio.sleep(every)

    async def health(self) -> dict[str, Any]:
        """What it says of itself."""
        return await asyncio.to_thread(self._get)

    def _get(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/finestream/health", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    async def idle(self, seconds: float) -> dict[str, Any]:
        """Wait until it has no stream, but not longer than so many seconds."""
        deadline = time.monotonic() + seconds
        while (found := await self.health())["streams"] and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        return found


@asynccontextmanager
async def running(folder: Path, upstream: str) -> AsyncIterator[Gateway]:
    """Run a gateway in ``folder`` in front of ``upstream``; what is left of it in the end is killed."""
    project, home = folder / "project", folder / "home"
    (project / ".claude").mkdir(parents=True)
    home.mkdir()
    (project / ".claude" / "finestream.yaml").write_text(SETTINGS)
    known = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = (sys.executable, "-m", "finestream", "monitor", "--json", "--upstream", upstream, "--project", str(project))
    errors = (folder / "stderr").open("wb")
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=errors, env=known, cwd=project)
    try:
        assert process.stdout
        yield Gateway(process, json.loads(await process.stdout.readline())["url"], project)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        errors.close()


def growth(samples: Sequence[Sample]) -> str:
    """What is wrong with the trend of memory and open files, or nothing."""
    rest = [sample for sample in samples if sample.at >= samples[0].at + _WARM * (samples[-1].at - samples[0].at)]
    third = len(rest) // 3
    if not third or not rest[0].memory:
        return ""
    memory, files = [one.memory for one in rest], [float(one.files) for one in rest]
    for name, slack, values in (("memory", _SLACK, memory), ("open files", _SPARE, files)):
        early, late = statistics.median(values[:third]), statistics.median(values[-third:])
        if late > early * (1 + _GROWTH) + slack:
            return f"{name} grows: {early:.0f} in the first third, {late:.0f} in the last"
    return ""
