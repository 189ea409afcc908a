"""One scenario of a handoff on stage: a run of the real engine. SHELL.

Its one law: a project, a home and an environment of their own, and nothing is left of them afterwards.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from finestream.demo.measuring import Play
from finestream.demo.stage import Environment, bare
from finestream.demo.transfers import Transfer
from finestream.gateway import Gateway
from finestream.gateway import serve as serve_gateway
from finestream.journal import open_journal
from finestream.settings import Settings
from finestream.simulator.server import Request, Simulator
from finestream.simulator.server import serve as serve_simulator
from finestream.workflow.agent import MakeSession
from finestream.workflow.board import Board
from finestream.workflow.claude_code import ClaudeCodeSession
from finestream.workflow.folder import Folder, new_folder
from finestream.workflow.guard import Guard
from finestream.workflow.ledger import Entry
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.run import carry_out
from finestream.workflow.session import Session


async def carry(transfer: Transfer, plan: Plan, client: Path, environment: Environment, *, pace: float) -> Play:
    """Carry one run out in a folder that is thrown away."""
    with TemporaryDirectory(prefix="finestream-demo-", ignore_cleanup_errors=True) as name, _alone(Path(name).resolve()) as project:
        settings, entries = Settings(), list[tuple[str, Entry]]()
        folder = new_folder(project)
        folder.begin(plan, {})
        async with (
            serve_simulator(transfer.script(plan, pace)) as simulator,
            serve_gateway(settings, upstream=simulator.url, book=open_journal(project, settings, lambda trouble: None)) as gateway,
        ):
            with _sessions(project, client, environment, (gateway, simulator)) as make_session:
                await carry_out(
                    plan,
                    folder.run,
                    url=folder.database,
                    make_session=make_session,
                    prepare=lambda board: _watched(board, folder, entries),
                )
        return Play(plan, entries, _saved(folder), {step: _heard(simulator.requests, step) for step in plan.assignments})


@contextmanager
def _alone(stage: Path) -> Iterator[Path]:
    """Make the project, and let our environment be that of somebody whom nobody knows: the SDK hands it on to each client."""
    project, before = stage / "project", dict(os.environ)
    for folder in (project, stage / "home", stage / "tmp"):
        folder.mkdir()
    os.environ.clear()
    os.environ.update(bare(stage))
    try:
        yield project
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _sessions(project: Path, client: Path, environment: Environment, served: tuple[Gateway, Simulator]) -> Iterator[MakeSession]:
    guard, (gateway, simulator) = Guard(), served

    def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> Session:
        known = environment({}, gateway.url, simulator.url, assignment.step)
        return ClaudeCodeSession(assignment, queue, client=client, project=project, environment=known, taken_up=taken_up, born=guard.born)

    try:
        yield make
    finally:
        guard.close()


@contextmanager
def _watched(board: Board, folder: Folder, entries: list[tuple[str, Entry]]) -> Iterator[None]:
    board.watch(lambda step, entry: entries.append((step, entry)))
    board.watch(lambda step, entry: folder.keep_document(board.ledgers[step]) if entry["kind"] == "done" else None)
    yield


def _saved(folder: Folder) -> dict[str, Mapping[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (folder.path / "documents").glob("*.json")}


def _heard(requests: Sequence[Request], step: str) -> str:
    """Return the longest conversation of a step: each request repeats what was said before it."""
    bodies = (request.body for request in requests if request.turn is not None)
    texts = (json.dumps(body["messages"], ensure_ascii=False) for body in bodies if isinstance(body, dict))
    return max((text for text in texts if f'step=\\"{step}\\"' in text), key=len, default="")
