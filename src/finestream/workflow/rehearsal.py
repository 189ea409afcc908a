"""A run whose model is simulated, in a place of its own. SHELL. Its one law: all but the model is real, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias

from finestream.gateway import serve as serve_gateway
from finestream.journal import open_journal
from finestream.settings import Settings
from finestream.simulator.script import Script
from finestream.simulator.server import serve as serve_simulator
from finestream.workflow.board import Board, Watch
from finestream.workflow.claude_code import ClaudeCodeSession
from finestream.workflow.figures import Entries
from finestream.workflow.guard import Guard
from finestream.workflow.ledger import KINDS, Entry, Ledger
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.run import carry_out

Environment: TypeAlias = Callable[[Mapping[str, str], str, str, str], Mapping[str, str]]
"""(environment, the gateway's url, upstream, the agent's name) -> what a client behind that gateway needs on top."""

RUN = "rehearsal"
STANDARD = Settings()


def _unseen(step: str, entry: Entry) -> None:
    """Watch nothing."""


class Pacing(NamedTuple):
    """Of the simulated model: seconds to the first token of an answer, and tokens (of four characters) a second."""

    first_token: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it. ``launched``: when it began, in seconds since 1970; ``requests``: to the model."""

    launched: float
    entries: Entries
    ledgers: Mapping[str, Ledger]
    requests: int


async def rehearse(
    plan: Plan, script: Script, *, client: Path, environment: Environment, settings: Settings = STANDARD, watch: Watch = _unseen
) -> Rehearsal:
    """Carry ``plan`` out with the model that plays ``script``. ``settings``: of the gateway."""
    with TemporaryDirectory(prefix="finestream-rehearsal-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        for folder in ("project", "home"):
            (place / folder).mkdir()
        kept: dict[str, list[Entry]] = {step: [] for step in plan.assignments}
        async with (
            serve_simulator(script) as simulator,
            serve_gateway(settings, upstream=simulator.url, book=open_journal(place, settings, lambda trouble: None)) as gateway,
        ):
            known, guard = _bare(place), Guard()

            def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> ClaudeCodeSession:
                added = {**known, **environment(known, gateway.url, simulator.url, assignment.step)}
                project = place / "project"
                return ClaudeCodeSession(
                    assignment, queue, client=client, project=project, environment=added, taken_up=taken_up, born=guard.born
                )

            @contextmanager
            def kept_in(board: Board) -> Iterator[None]:
                board.watch(watch)
                board.watch(lambda step, entry: kept[step].append(entry) if entry["kind"] in KINDS else None)
                yield

            launched = time.time()
            try:
                outcome = await carry_out(plan, RUN, url=f"sqlite:///{place / 'run.sqlite'}", make_session=make, prepare=kept_in)
            finally:
                guard.close()
        return Rehearsal(launched, kept, outcome.ledgers, len(simulator.requests))


def _bare(place: Path) -> dict[str, str]:
    """What a client needs to know nobody here. The SDK gives it our own environment, too."""
    return {
        "HOME": str(place / "home"),
        "CLAUDE_CONFIG_DIR": str(place / "home" / ".claude"),
        "ANTHROPIC_API_KEY": "sk-ant-the-simulator-does-not-ask",
        "ANTHROPIC_AUTH_TOKEN": "",
        "CLAUDE_CODE_OAUTH_TOKEN": "",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "PATH": os.environ.get("PATH", os.defpath),
    }
