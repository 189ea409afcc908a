"""One scenario on stage. SHELL. Its one law: a project, a home and an environment of their own, and nothing is left of them afterwards."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from finestream.demo.performance import Performance
from finestream.demo.scenarios import ROLES, Scenario
from finestream.gateway import serve as serve_gateway
from finestream.journal import ERRORS, FOLDER, Journal, open_journal, read_records
from finestream.settings import Settings
from finestream.simulator.server import Request
from finestream.simulator.server import serve as serve_simulator
from finestream.workflow.alone import bare

PATIENCE = 120.0  # seconds for one scenario; it needs about five

Json = dict[str, Any]
Environment = Callable[[Mapping[str, str], str, str, str], Mapping[str, str]]
"""(environment, the gateway's url, upstream, the agent's name) -> the environment of a client behind that gateway."""


class _Timed:
    """The journal, and the time of each of its events."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._start = time.monotonic()
        self.events: list[tuple[float, Json]] = []

    def event(self, record: Json, /) -> None:
        self.events.append((time.monotonic() - self._start, record))
        self._journal.event(record)

    def error(self, record: Json, /) -> None:
        self._journal.error(record)


async def perform(scenario: Scenario, client: Path, environment: Environment, *, tokens_per_second: float = 6000.0) -> Performance:
    """Play a scenario in a folder that is thrown away."""
    with TemporaryDirectory(prefix="finestream-demo-", ignore_cleanup_errors=True) as name:
        stage = Path(name).resolve()  # on macOS the temporary folder is a link, and the client says where it leads
        project = _furnish(stage, scenario)
        settings = Settings()
        book = _Timed(open_journal(project, settings, lambda trouble: None))
        async with (
            serve_simulator(scenario.script(str(project), tokens_per_second)) as simulator,
            serve_gateway(settings, upstream=simulator.url, book=book) as gateway,
        ):
            known = environment({**bare(stage), **_limited(scenario.max_tokens)}, gateway.url, simulator.url, scenario.sender)
            code, out, err = await _run([str(client), *_arguments(scenario)], project, known)
        asked = [request for request in simulator.requests if request.path.endswith("/v1/messages") and request.kind != "other"]
        file = project / scenario.file
        return Performance(
            scenario,
            code=code,
            stderr=err,
            events=book.events,
            errors=list(read_records(project / FOLDER / ERRORS)),
            requests=len(asked),
            continued_with=[_body(request)["max_tokens"] for request in asked if request.kind == "continuation"],
            generated=sum(request.generated for request in asked),
            call=_call(out),
            received=any(_has_got(request, scenario.document) for request in asked),
            saved=file.read_text(encoding="utf-8") if file.exists() else None,
        )


def _furnish(stage: Path, scenario: Scenario) -> Path:
    agents = stage / "project" / ".claude" / "agents"
    for folder in (agents, stage / "home", stage / "tmp"):
        folder.mkdir(parents=True)
    for role in (scenario.sender, scenario.receiver):
        text = f"---\nname: {role}\ndescription: {ROLES[role]}\n---\nYou are the {role}. {ROLES[role]}\n"
        (agents / f"{role}.md").write_text(text, encoding="utf-8")
    return stage / "project"


def _limited(max_tokens: int | None) -> dict[str, str]:
    return {} if max_tokens is None else {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(max_tokens)}


def _arguments(scenario: Scenario) -> Iterator[str]:
    yield from ("-p", scenario.request, "--agent", scenario.sender, "--permission-mode", "acceptEdits")
    yield from ("--output-format", "stream-json", "--verbose")


async def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int | None, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        return None, "", f"the client was still busy after {PATIENCE:.0f} s"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _call(out: str) -> Json | None:
    """Find the input with which the client called the receiver, in what it printed."""
    for line in out.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        content = message.get("message", {}).get("content") if message.get("type") == "assistant" else None
        for block in content if isinstance(content, list) else ():
            if block.get("type") == "tool_use" and block.get("name") == "Agent":
                return dict(block["input"])
    return None


def _has_got(request: Request, document: str) -> bool:
    """Whether a subagent was given exactly the document."""
    given = next((message["content"] for message in _body(request)["messages"] if message["role"] == "user"), "")
    texts = [given] if isinstance(given, str) else [str(block.get("text")) for block in given]
    return "x-claude-code-agent-id" in request.headers and any(document in text for text in texts)


def _body(request: Request) -> Json:
    """The body of a request that the simulator has answered, so it is one."""
    assert isinstance(request.body, dict)
    return request.body
