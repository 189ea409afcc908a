"""One gateway sits the exam. SHELL.

Its one law: every client gets the same environment but for the address, and none outlives its patience.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from finestream.exam import keeper
from finestream.exam.beliefs import read_belief
from finestream.exam.candidates import Candidate
from finestream.exam.grading import Answer, Grade, Observation, Verdict, grade
from finestream.exam.scenarios import Play, Scenario, play
from finestream.exam.scenes import KEEP, Stage
from finestream.exam.starting import PROBE, Door, open_door
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Route, Script, Text, Turn
from finestream.simulator.server import Request, Simulator, serve

KEPT = "kept.jsonl"
PACE = 2000.0  # tokens a second of the simulated model
PATIENCE = 180.0  # seconds for a session; what is not over then hangs
# The same for every gateway. Tool inputs are streamed as they are written; the client's patience with a silent stream is the least that it
# permits; it asks again as it does by default, only less often.
ENVIRONMENT = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": "10000",
    "API_TIMEOUT_MS": "20000",
    "CLAUDE_CODE_MAX_RETRIES": "3",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "32000",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "ENABLE_TOOL_SEARCH": "false",  # else the MCP tool is not in the request
    "ANTHROPIC_API_KEY": "sk-ant-test",
    "NO_PROXY": "127.0.0.1",
}


class Sat(NamedTuple):
    """A scenario that was played."""

    scenario: Scenario
    grade: Grade
    observation: Observation


class _Seat(NamedTuple):
    """Where one scenario is played, and what: ``routes`` are its own among those of the simulator."""

    scenario: Scenario
    play: Play
    stage: Stage
    folder: Path
    routes: range


async def sit(
    candidate: Candidate,
    scenarios: Sequence[Scenario],
    client: Path,
    place: Path,
    *,
    seed: int = 0,
    jobs: int = 2,
    say: Callable[[str], None] = lambda sentence: None,
    done: Callable[[Sat], None] = lambda sat: None,
) -> list[Sat]:
    """Play ``scenarios`` with a gateway, in folders below ``place``, ``jobs`` at a time; ``done`` is told of each one when it is over.

    Raises:
        ExamError, GatewayError: the gateway cannot sit it.
    """
    seats = list(_seats(scenarios, place.resolve(), seed))
    routes = [route for seat in seats for route in seat.play.routes]
    probe = Route((Turn((Text("Here I am."),)),), PROBE)
    script = Script((*routes, probe), seed=seed, tokens_per_second=PACE, input_tokens=CALM)
    turns = asyncio.Semaphore(jobs)

    async def one(seat: _Seat, door: Door, simulator: Simulator) -> Sat:
        async with turns:
            address = door.address
            sat = await _play(seat, address, client, simulator)
            if sat.grade.verdict is not Verdict.EXACT and await door.has_died(address):
                simulator.forget(seat.routes)
                shutil.rmtree(seat.folder)
                sat = await _play(seat, door.address, client, simulator)
                sat = sat._replace(grade=sat.grade._replace(died=True))
        done(sat)
        return sat

    async with (
        serve(script, port=candidate.upstream_port) as simulator,
        open_door(candidate, simulator.url, place, say) as door,
    ):
        async with asyncio.TaskGroup() as group:
            played = [group.create_task(one(seat, door, simulator)) for seat in seats]
        return [task.result() for task in played]


def _seats(scenarios: Sequence[Scenario], place: Path, seed: int) -> Iterator[_Seat]:
    first = 0
    for scenario in scenarios:
        folder = place / scenario.name
        stage = Stage(scenario.name, str(folder / "project"), seed)
        played = play(scenario, stage)
        yield _Seat(scenario, played, stage, folder, range(first, first + len(played.routes)))
        first += len(played.routes)


async def _play(seat: _Seat, address: str, client: Path, simulator: Simulator) -> Sat:
    for name in ("project", "home", "tmp"):
        (seat.folder / name).mkdir(parents=True)
    started, before = time.monotonic(), len(simulator.requests)
    environment = _environment(seat, address)
    code, out, err = await finish([str(client), *_arguments(seat)], seat.folder / "project", environment, PATIENCE)
    seconds = time.monotonic() - started
    asked = [request for request in simulator.requests[before:] if request.route in seat.routes]
    seen = Observation(
        code=code,
        disk={target.name: _found(seat.folder / "project", target.name) for target in seat.play.targets},
        strays=tuple(_strays(seat)),
        belief=read_belief(out.splitlines(), _transcripts(seat.folder / "home"), err),
        answers=tuple(_answer(seat, request) for request in asked),
        struck=_has_struck(seat.scenario, asked),
        seconds=seconds,
    )
    return Sat(seat.scenario, grade(seat.play, seen), seen)


def _answer(seat: _Seat, request: Request) -> Answer:
    return Answer((request.route or 0) - seat.routes.start, request.turn or 0, request.parts, request.generated)


def _has_struck(scenario: Scenario, asked: Sequence[Request]) -> bool:
    """Whether what was to go wrong did; where it is the model that goes wrong, or nothing, that it was asked at all."""
    return any(scenario.fault in (None, request.ended) for request in asked)


def _environment(seat: _Seat, address: str) -> dict[str, str]:
    home = seat.folder / "home"
    limit = {} if seat.scenario.limit is None else {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(seat.scenario.limit)}
    places = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(home / ".claude"), "TMPDIR": str(seat.folder / "tmp")}
    return {"PATH": os.environ.get("PATH", os.defpath), **places, **ENVIRONMENT, **limit, "ANTHROPIC_BASE_URL": address}


def _arguments(seat: _Seat) -> Iterator[str]:
    server = {"type": "stdio", "command": sys.executable, "args": [keeper.__file__, str(seat.folder / "project" / KEPT)]}
    yield from ("-p", seat.stage.request, "--permission-mode", "acceptEdits", "--allowedTools", KEEP)
    yield from ("--output-format", "stream-json", "--verbose")
    yield from ("--strict-mcp-config", "--mcp-config", json.dumps({"mcpServers": {"keeper": server}}))


async def finish(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> tuple[int | None, str, str]:
    """Run a program to its end: exit code, output, errors. One that is not over after ``patience`` seconds is killed with its children, and
    has no exit code.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
    )
    talk = asyncio.ensure_future(process.communicate())
    try:
        over, _ = await asyncio.wait({talk}, timeout=patience)
    finally:
        if not talk.done():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    out, err = await talk
    return process.returncode if over else None, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _found(project: Path, name: str) -> tuple[bytes, ...]:
    """What stands on disk under this name: the file, or each input that the MCP server was given with this id."""
    file = project / name
    if file.is_file():
        return (file.read_bytes(),)
    kept = project / KEPT
    lines = kept.read_bytes().splitlines() if kept.is_file() else []
    return tuple(line for line in lines if _is_named(line, name))


def _is_named(line: bytes, name: str) -> bool:
    """Whether this is an input with the id ``name``. A line that the server could not finish, as it was ended, is none."""
    try:
        given = json.loads(line)
    except ValueError:
        return False
    return isinstance(given, dict) and given.get("id") == name


def _strays(seat: _Seat) -> Iterator[str]:
    meant = {target.name for target in seat.play.targets} | {KEPT, ".claude"}
    yield from sorted(path.name for path in (seat.folder / "project").iterdir() if path.name not in meant)


def _transcripts(home: Path) -> Iterator[str]:
    """The lines of all transcripts of the session, its subagents' too."""
    for path in sorted((home / ".claude" / "projects").rglob("*.jsonl")):
        yield from path.read_text(encoding="utf-8", errors="replace").splitlines()
