"""Sessions of the real Claude Code client through a real gateway to the simulator: many tool calls in one session, one a turn.

Nothing waits without end: a session that is not over at its deadline is killed, and that is a complaint like any other.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finestream.exam import keeper
from finestream.exam.sitting import finish
from finestream.gateway import serve as serve_gateway
from finestream.gateway.hooks import Chronicle
from finestream.journal import ERRORS, EVENTS, FOLDER, open_journal, read_records
from finestream.settings import Settings
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Block, Character, Fault, Route, Script, Text, ToolUse, Turn
from finestream.simulator.server import Request
from finestream.simulator.server import serve as serve_simulator

KEPT = "kept.jsonl"  # where the MCP server writes
SETTINGS = Settings(backoff=(0.0,))
STALLING = Settings(backoff=(0.0,), stall=1.5)  # a busy machine may stand still for a second
AT_ONCE = 2  # sessions; the tests are meant for two cores
WAITING = 3  # beside them, of those that do nothing but wait
PATIENCE = 60.0  # seconds for a session, and five more for each of its cases: a busy machine is no hang

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One turn of a session. ``blocks``: what the model says, given the project's folder. ``check``: what is wrong there afterwards.

    ``faults``: where it breaks, given the turn's tool inputs as text; ``files``: names of files that it may leave behind;
    ``requests``: how many the client has to make for it.
    """

    name: str
    blocks: Callable[[Path], Sequence[Block]]
    check: Callable[[Path], str | None]
    faults: Callable[[Sequence[str]], Sequence[Fault]] = lambda documents: ()
    characters: Sequence[Character] = ("rest",)
    files: frozenset[str] = frozenset()
    requests: int = 1

    def turn(self, folder: Path) -> Turn:
        """The turn in a script."""
        return Turn(tuple(self.blocks(folder)), tuple(self.faults(self.documents(folder))), tuple(self.characters))

    def documents(self, folder: Path) -> list[str]:
        """The inputs of its tool calls as they are streamed."""
        return [block.document for block in self.blocks(folder) if isinstance(block, ToolUse)]


@dataclass
class Session:
    """What is played in one session of the client."""

    cases: Sequence[Case]
    settings: Settings = SETTINGS
    environment: Mapping[str, str] = field(default_factory=dict)
    routes: Callable[[Path], Sequence[Route]] = lambda folder: ()  # in front of the cases' own, for subagents
    faults: Sequence[Fault] = ()
    refuses_eager: bool = False
    is_direct: bool = False  # the gateway is there, but the client speaks with upstream
    prepare: Callable[[Path], None] = lambda folder: None  # puts into the project what has to be there before
    waits: bool = False  # most of the time: each case is a stall
    patience: float = PATIENCE


@dataclass
class Played:
    """What came of a session: the client's messages, upstream's record, the journal, and the project's folder.

    ``begun``: streams that the gateway began for the client.
    """

    session: Session
    folder: Path
    code: int | None
    messages: list[Json]
    stderr: str
    requests: list[Request]
    events: list[Json]
    errors: list[Json]
    seconds: float
    begun: int

    @property
    def results(self) -> list[Json]:
        """The tool results that the client has sent to the model."""
        contents = [message["message"]["content"] for message in self.messages if message.get("type") == "user"]
        return [block for content in contents if isinstance(content, list) for block in content if block.get("type") == "tool_result"]

    @property
    def retries(self) -> int:
        """Requests that the client made again and said so."""
        return sum(message.get("subtype") == "api_retry" for message in self.messages)

    @property
    def asked_by_client(self) -> int:
        """Requests of the client for the cases: what the gateway began to answer it, without what the gateway sent by itself."""
        return self.begun - len([request for request in self.requests if request.kind == "other" and request.streamed])

    @property
    def generated(self) -> int:
        """Characters of tool input that the model generated in all answers together."""
        return sum(request.generated for request in self.requests)


class Arrivals:
    """Counts what the client is answered: upstream also sees what the gateway asks, and not all of it where the gateway gives it up."""

    def __init__(self) -> None:
        self.begun = 0

    def began(self, record: Mapping[str, Any], /) -> None:
        """Count a response."""
        self.begun += 1

    def ended(self, record: Mapping[str, Any], /) -> None:
        """Nothing more is asked of it."""


async def play(client: Path, tmp_path: Path, session: Session) -> Played:
    """Play one session in a project of its own."""
    folder, home = tmp_path / "project", tmp_path / "home"
    folder.mkdir(parents=True)
    home.mkdir()
    session.prepare(folder)
    turns = (*(case.turn(folder) for case in session.cases), Turn((Text("Done."),)))
    routes = (*session.routes(folder), Route(turns))
    script = Script(routes, tuple(session.faults), input_tokens=CALM, refuses_eager=session.refuses_eager)
    book, arrivals = Chronicle(open_journal(folder, session.settings, lambda trouble: None)), Arrivals()
    started = time.monotonic()
    async with (
        serve_simulator(script) as simulator,
        serve_gateway(session.settings, upstream=simulator.url, book=book, observer=arrivals) as gateway,
    ):
        environment = {**_environment(simulator.url if session.is_direct else gateway.url, home), **session.environment}
        code, out, err = await finish([str(client), *_arguments(folder)], folder, environment, session.patience + 5 * len(session.cases))
    messages = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    events, errors = (list(read_records(folder / FOLDER / name)) for name in (EVENTS, ERRORS))
    asked = [request for request in simulator.requests if request.method == "POST" and request.path.endswith("/v1/messages")]
    return Played(session, folder, code, messages, err, asked, events, errors, time.monotonic() - started, arrivals.begun)


async def play_all(client: Path, tmp_path: Path, sessions: Iterable[Session]) -> list[Played]:
    """Play sessions, a few at once; beside them as many of those that do nothing but wait for stalls."""
    turns = {False: asyncio.Semaphore(AT_ONCE), True: asyncio.Semaphore(WAITING)}

    async def one(number: int, session: Session) -> Played:
        async with turns[session.waits]:
            return await play(client, tmp_path / f"{number:03}", session)

    return await asyncio.gather(*(one(number, session) for number, session in enumerate(sessions)))


async def recovered(client: Path, tmp_path: Path, *sessions: Session) -> list[Played]:
    """Play sessions in which the client may notice nothing; whatever is wrong is told of all together."""
    played = await play_all(client, tmp_path, sessions)
    wrong = [complaint for one in played for complaint in complaints(one)]
    assert not wrong, "\n" + "\n".join(wrong)
    return played


def _arguments(folder: Path) -> Iterator[str]:
    server = {"type": "stdio", "command": sys.executable, "args": [keeper.__file__, str(folder / KEPT)]}
    yield from ("-p", "go", "--permission-mode", "acceptEdits", "--allowedTools", "mcp__keeper__keep")
    yield from ("--output-format", "stream-json", "--verbose", "--no-session-persistence")
    yield from ("--strict-mcp-config", "--mcp-config", json.dumps({"mcpServers": {"keeper": server}}))


def _environment(url: str, home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "ANTHROPIC_BASE_URL": url,
        "NO_PROXY": "127.0.0.1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "32000",  # below the model's own ceiling, so that the limit can be raised
        "ENABLE_TOOL_SEARCH": "false",  # else the MCP tool is not in the request
    }


def complaints(played: Played) -> list[str]:
    """What is wrong in a session in which everything was to be recovered, so that the client noticed nothing."""
    found = [*ended_badly(played), *in_the_folder(played)]
    errors = [result for result in played.results if result.get("is_error")]
    found += [f"the client saw an error: {str(result.get('content'))[:200]}" for result in errors]
    if played.retries:
        found.append(f"the client asked again {played.retries} times")
    expected = sum(case.requests for case in played.session.cases) + 1
    if played.asked_by_client != expected:
        found.append(f"the client made {played.asked_by_client} requests instead of {expected}")
    found += [f"{case.name}: the fault did not strike" for case in _missed(played)]
    return found


def ended_badly(played: Played) -> Iterator[str]:
    """Complain of a session that hung or failed."""
    if played.code is None:
        yield f"the session was killed after {played.seconds:.0f} s; upstream's last: {played.requests[-1:]}"
        return
    final = played.messages[-1] if played.messages else {}
    if played.code or final.get("type") != "result" or final.get("is_error"):
        yield f"the client ended with {played.code}: {final.get('result', '')!r} {played.stderr[-500:]}"


def in_the_folder(played: Played, absent: Sequence[Case] = ()) -> Iterator[str]:
    """Complain of what is not as it was meant; of the cases ``absent`` nothing may be there at all."""
    permitted = {name for case in played.session.cases if case not in absent for name in case.files} | {KEPT, ".claude"}
    yield from (f"a file nobody meant: {path.name}" for path in played.folder.iterdir() if path.name not in permitted)
    for case in played.session.cases:
        complaint = None if case in absent else case.check(played.folder)
        if complaint:
            yield f"{case.name}: {complaint}"


def _missed(played: Played) -> Iterator[Case]:
    for number, case in enumerate(played.session.cases):
        ends = {request.ended for request in played.requests if request.turn == number}
        if not {fault.kind for fault in case.turn(played.folder).faults} <= ends:
            yield case
