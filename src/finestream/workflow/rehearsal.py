"""A run whose model is simulated, in a place of its own. SHELL. Its one law: all but the model is real, and nothing is left."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias

from finestream.gateway import serve as serve_gateway
from finestream.journal import open_journal
from finestream.settings import Settings
from finestream.simulator.script import Script
from finestream.simulator.server import Request
from finestream.simulator.server import serve as serve_simulator
from finestream.workflow.agent import MakeSession
from finestream.workflow.alone import alone
from finestream.workflow.board import Board, Watch
from finestream.workflow.claude_code import ClaudeCodeSession
from finestream.workflow.folder import Folder, new_folder
from finestream.workflow.guard import Guard
from finestream.workflow.ledger import KINDS, Entry, Ledger
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.run import carry_out

Environment: TypeAlias = Callable[[Mapping[str, str], str, str, str], Mapping[str, str]]
"""(environment, the gateway's url, upstream, the agent's name) -> what a client behind that gateway needs on top."""

STANDARD = Settings()


def _unseen(step: str, entry: Entry) -> None:
    """Watch nothing."""


class Pacing(NamedTuple):
    """Of the simulated model: seconds to the first token of an answer, and tokens (of four characters) a second."""

    first_token: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it.

    ``launched``: when it began, in seconds since 1970. ``told``: everything that happened, by step, what is not kept as well.
    ``saved``: the documents on disk, by step. ``requests``: to the model.
    """

    launched: float
    told: Sequence[tuple[str, Entry]]
    ledgers: Mapping[str, Ledger]
    saved: Mapping[str, Mapping[str, Any]]
    requests: Sequence[Request]

    @property
    def entries(self) -> dict[str, list[Entry]]:
        """The entries of each ledger."""
        return {step: [entry for name, entry in self.told if name == step and entry["kind"] in KINDS] for step in self.ledgers}


async def rehearse(
    plan: Plan, script: Script, *, client: Path, environment: Environment, settings: Settings = STANDARD, watch: Watch = _unseen
) -> Rehearsal:
    """Carry ``plan`` out with the model that plays ``script``. ``settings``: of the gateway."""
    with TemporaryDirectory(prefix="finestream-", ignore_cleanup_errors=True) as name, alone(Path(name).resolve()) as project:
        told: list[tuple[str, Entry]] = []
        folder = new_folder(project)
        folder.begin(plan, {})

        @contextmanager
        def watched(board: Board) -> Iterator[None]:
            board.watch(watch)
            board.watch(lambda step, entry: told.append((step, entry)))
            board.watch(lambda step, entry: folder.keep_document(board.ledgers[step]) if entry["kind"] == "done" else None)
            yield

        async with (
            serve_simulator(script) as simulator,
            serve_gateway(settings, upstream=simulator.url, book=open_journal(project, settings, lambda trouble: None)) as gateway,
        ):
            launched = time.time()
            with _sessions(project, client, lambda agent: environment({}, gateway.url, simulator.url, agent)) as make_session:
                outcome = await carry_out(plan, folder.run, url=folder.database, make_session=make_session, prepare=watched)
        return Rehearsal(launched, told, outcome.ledgers, _saved(folder), simulator.requests)


@contextmanager
def _sessions(project: Path, client: Path, environment: Callable[[str], Mapping[str, str]]) -> Iterator[MakeSession]:
    guard = Guard()

    def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> ClaudeCodeSession:
        known = environment(assignment.step)
        return ClaudeCodeSession(assignment, queue, client=client, project=project, environment=known, taken_up=taken_up, born=guard.born)

    try:
        yield make
    finally:
        guard.close()


def _saved(folder: Folder) -> dict[str, Mapping[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (folder.path / "documents").glob("*.json")}
