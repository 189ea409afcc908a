"""Runs of a small workflow as users start them, and what they leave: entries, documents, conversations, processes."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

from tests.cli.starting import FINESTREAM, environment

STEPS: Mapping[str, tuple[str, ...]] = {"first": (), "left": ("first",), "right": ("first",), "last": ("left", "right")}
PATIENCE = 120.0  # seconds for whatever must come; a fault, not a measure
LEFT = 5.0  # seconds after a kill in which everything that belongs to the run has to end

Json = dict[str, Any]


def _agent(name: str) -> str:
    lists = "".join(f"    {part}: {{type: array, items: {{type: string}}}}\n" for part in ("plan", "design", "code"))
    schema = (
        f"  type: object\n  required: [plan, story, code]\n  properties:\n{lists}    story: {{type: string}}\n    risk: {{type: integer}}\n"
    )
    head = f"name: {name}\ndescription: Use when a test wants one.\ntools: Read\nstreaming_priority: high\nexpected_param_size: 3-4KB"
    return f"---\n{head}\nhandoff_schema:\n{schema}---\nYou are {name}.\n"


class Project:
    """A project with four agents, and the workflow that they are in. ``options``: of every run here."""

    def __init__(self, folder: Path, *options: str, is_simulated: bool = True) -> None:
        self.folder = folder
        self._model = ["--simulate"] if is_simulated else []
        self.options = options
        self._started: list[Started] = []
        agents, workflows = folder / ".claude" / "agents", folder / ".claude" / "finestream" / "workflows"
        for place in (agents, workflows):
            place.mkdir(parents=True)
        for name in STEPS:
            (agents / f"{name}.md").write_text(_agent(name))
        steps = "".join(f"  - agent: {name}\n    needs: [{', '.join(needs)}]\n    retry: 2\n" for name, needs in STEPS.items())
        (workflows / "diamond.yaml").write_text(f"workflow: diamond\ndescription: A diamond.\nsteps:\n{steps}")

    def begin(self, *options: str, **how: Any) -> Started:
        """Begin a run."""
        return self._start(["diamond", "Build it.", *self._model, *self.options, *options], **how)

    def resume(self, run: str, *options: str, **how: Any) -> Started:
        """Go on with one."""
        return self._start(["--resume", run, *options], **how)

    def _start(self, arguments: list[str], **how: Any) -> Started:
        self._started.append(Started(self.folder, arguments, **how))
        return self._started[-1]

    @property
    def runs(self) -> list[Run]:
        """Those that there are, the oldest first."""
        return [Run(plan.parent) for plan in sorted(self.folder.glob(".claude/finestream/runs/*/plan.json"))]

    @contextmanager
    def tidied(self) -> Iterator[None]:
        """End at the end what the runs here have left, whatever went wrong."""
        try:
            yield
        finally:
            for started in self._started:
                started.kill()
            for run in self.runs:
                for pid in run.processes():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


class Started:
    """A process that carries a run out."""

    def __init__(self, folder: Path, arguments: list[str], *, before: tuple[str, ...] = (), **how: Any) -> None:
        pipes: Json = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
        command = [*before, *FINESTREAM, "run", "--project", str(folder), *arguments]
        self.process = subprocess.Popen(command, cwd=folder, env=environment(**how.pop("known", {})), text=True, **{**pipes, **how})

    def until(self, holds: Callable[[Json], bool]) -> Json:
        """Read what it tells with ``--json`` until something holds, and return that; nothing: it has ended before."""
        assert self.process.stdout
        for line in self.process.stdout:
            told = json.loads(line)
            if holds(told):
                return dict(told)
        return {}

    def wait(self, seconds: float) -> None:
        """Let it work; it may end before."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def send(self, number: int) -> None:
        """Send a signal to it alone."""
        self.process.send_signal(number)

    def finish(self) -> tuple[int, str, str]:
        """Wait for its end: exit code, output, errors."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def kill(self) -> None:
        """End it where it stands."""
        self.process.kill()
        self.process.wait(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


class Said(NamedTuple):
    """A part in the messages of a session."""

    sender: str
    number: int


class Run:
    """What a run has left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def ident(self) -> str:
        return self.path.name

    def entries(self, step: str) -> list[Json]:
        lines = (self.path / "events.jsonl").read_text(encoding="utf-8").splitlines()
        return [entry for entry in map(json.loads, lines) if entry["step"] == step]

    def documents(self) -> dict[str, Json]:
        return {path.stem: json.loads(path.read_text()) for path in (self.path / "documents").glob("[!.]*.json")}

    def summary(self) -> Json:
        return dict(json.loads((self.path / "summary.json").read_text()))

    def summarized(self) -> Json:
        """What ``--show`` makes of it."""
        command = [*FINESTREAM, "run", "--project", str(self.path.parents[3]), "--show", self.ident, "--json"]
        return dict(json.loads(subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout))

    def messages(self, step: str, session: str) -> list[str]:
        """What the agent of a step was told in a session, from the conversation that its client has kept."""
        home = Path(os.environ["CLAUDE_CONFIG_DIR"])  # of the tests, where nothing is simulated
        places = (f"client/projects/*/{session}.jsonl", f"transcripts/{step}/{session}.jsonl")
        files = [*(path for place in places for path in self.path.glob(place)), *home.glob(f"projects/*/{session}.jsonl")]
        lines = [line for path in files for line in map(_read, path.read_text().splitlines())]
        return [
            text
            for line in lines
            if "user" in (line.get("role"), line.get("type"))
            for text in _texts(line.get("message", line)["content"])
        ]

    def processes(self) -> list[int]:
        """All that have been started for it and are there: they know where its clients keep what they keep."""
        mark = f"CLAUDE_CONFIG_DIR={self.path / 'client'}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def left(self, among: list[int], until: float) -> list[str]:
        """Those ``among`` its processes that are there at a moment of the monotonic clock."""
        return [_command(pid) for pid in among if pid in self.processes() and not _has_ended(pid, until)]


def _command(pid: int) -> str:
    with suppress(OSError):
        return f"{pid}: {Path(f'/proc/{pid}/cmdline').read_bytes()[:200]!r}"
    return str(pid)


def _has_ended(pid: int, until: float) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], max(0.0, until - time.monotonic()))[0])
    finally:
        os.close(handle)


def _read(line: str) -> Json:
    try:
        return dict(json.loads(line))
    except ValueError:  # cut off by a kill
        return {}


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        yield from _texts(block.get("text") or block.get("content"))


_HANDOFF = re.compile(r'<handoff from="([^"]*)" delivery="[^"]*">\n(.*?)</handoff>', re.DOTALL)
_NUMBER = re.compile(r'^<part n="(\d+)"', re.MULTILINE)


def told(messages: list[str]) -> list[Said]:
    """The parts of other agents in messages, in their order."""
    handoffs = [found for text in messages for found in _HANDOFF.findall(text)]
    return [Said(unescape(sender), int(number)) for sender, parts in handoffs for number in _NUMBER.findall(parts)]


def wrong(run: Run, documents: Mapping[str, Json]) -> list[str]:
    """What is not as it must be in a run that has come to its end."""
    found = [] if run.documents() == documents else ["the documents are others"]
    for step, needs in STEPS.items():
        entries = run.entries(step)
        kinds = [entry["kind"] for entry in entries]
        numbers = [entry["number"] for entry in entries if entry["kind"] == "part"]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{step} has the parts {numbers}")
        if kinds.count("done") != 1 or "began" in kinds[kinds.index("done") :]:
            found.append(f"{step} was run again when it had finished: {kinds}")
        found += [complaint for sender in needs for complaint in _untold(run, step, sender)]
    return found


def _untold(run: Run, step: str, sender: str) -> Iterator[str]:
    began = [entry for entry in run.entries(step) if entry["kind"] == "began"]
    for ident in {entry["session"] for entry in began}:
        expected = [entry["number"] for entry in run.entries(sender) if entry["kind"] == "part"]
        numbers = [said.number for said in told(run.messages(step, ident)) if said.sender == sender]
        if ident == began[-1]["session"]:
            if numbers != expected:
                yield f"{step} was told the parts {numbers} of {sender}, which has {len(expected)}"
        elif numbers != expected[: len(numbers)]:
            yield f"{step} was told the parts {numbers} of {sender} in a session that was given up"
