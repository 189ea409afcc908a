"""A run on the command line: the monitor in front, the signals, the picture, the end. SHELL.

Its one law: however it ends, no client is left, and what was done can be gone on with.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from finestream.cli.client import additions, find_client
from finestream.cli.client_settings import Layers, overlaid, read_layers
from finestream.cli.outer import leave, pass_by
from finestream.cli.run import print_summary
from finestream.cli.running import run as run_loop
from finestream.cli.running import tell
from finestream.cli.serving import Served, gateway_of
from finestream.errors import FinestreamError
from finestream.workflow.agent import MakeSession
from finestream.workflow.board import Board
from finestream.workflow.display import display
from finestream.workflow.folder import Folder
from finestream.workflow.guard import Guard
from finestream.workflow.ledger import KINDS
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.run import Outcome, carry_out
from finestream.workflow.session import Session
from finestream.workflow.summary import summarize

INTERRUPTED = 130


def carry(folder: Folder, plan: Plan, how: Mapping[str, Any], options: Mapping[str, Any]) -> int:
    """Carry the run out and return the exit code."""
    if how["is_elsewhere"] and not options["database"]:
        raise FinestreamError("this run is kept in a database that was named when it began", "Name it again with --database.")
    leave(os.environ)
    if not how["simulate"] and not options["upstream"]:
        pass_by(os.environ)
    with folder.held():
        return run_loop(_carry(folder, plan, how, options))


async def _carry(folder: Folder, plan: Plan, how: Mapping[str, Any], options: Mapping[str, Any]) -> int:
    project, as_json = options["project"], options["as_json"]
    signals = _Signals()
    async with _model(plan, folder, how, options) as (upstream, environment):
        layers = read_layers(project, (), {**os.environ, **environment})
        async with gateway_of(project, layers, tell, upstream=upstream) as served:
            with _sessions(project, layers, served, environment) as make_session:
                outcome = await carry_out(
                    plan,
                    folder.run,
                    url=options["database"] or folder.database,
                    make_session=make_session,
                    prepare=lambda board: _prepared(board, folder, plan, signals, as_json=as_json),
                )
    return _conclude(folder, plan, outcome, as_json=as_json, is_interrupted=signals.is_interrupted)


@asynccontextmanager
async def _model(
    plan: Plan, folder: Folder, how: Mapping[str, Any], options: Mapping[str, Any]
) -> AsyncIterator[tuple[str | None, dict[str, str]]]:
    """Yield the upstream, and what the clients' environment needs for it."""
    if not how["simulate"]:
        yield options["upstream"], {}
        return
    from finestream.simulator.server import serve
    from finestream.workflow.samples import sample, script_of

    first_token, tokens_per_second = how["simulate"]
    documents = {step: sample(assignment, assignment.expected_size) for step, assignment in plan.assignments.items()}
    script = script_of(plan, documents, first_token=first_token, tokens_per_second=tokens_per_second)
    async with serve(script) as simulator:
        # A place and a key of their own: nothing of the user's gets there, and nothing of it among the user's sessions.
        yield (
            simulator.url,
            {
                "ANTHROPIC_API_KEY": "sk-ant-the-simulator-does-not-ask",
                "CLAUDE_CONFIG_DIR": str(folder.path / "client"),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
            },
        )


@contextmanager
def _sessions(project: Path, layers: Layers, served: Served, environment: Mapping[str, str]) -> Iterator[MakeSession]:
    from finestream.workflow.claude_code import ClaudeCodeSession

    client, guard, known = find_client(os.environ), Guard(), {**os.environ, **environment, **layers.all}
    with ExitStack() as files:

        def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> Session:
            added = {**environment, **additions(known, served.gateway.url, upstream=served.upstream, agent=assignment.step)}
            given = files.enter_context(overlaid((), layers, added))
            settings = given[1] if given else None
            return ClaudeCodeSession(
                assignment,
                queue,
                client=client,
                project=project,
                environment=added,
                settings=settings,
                taken_up=taken_up,
                born=guard.born,
            )

        try:
            yield make
        finally:
            guard.close()


@contextmanager
def _prepared(board: Board, folder: Folder, plan: Plan, signals: _Signals, *, as_json: bool) -> Iterator[None]:
    signals.board = board
    shown = display(plan, as_json=as_json, stream=sys.stdout if as_json else sys.stderr, before=board.entries)
    with folder.events(board.entries) as events, shown as watch:
        board.watch(watch)
        board.watch(lambda step, entry: events.add(step, entry) if entry["kind"] in KINDS else None)
        board.watch(lambda step, entry: folder.keep_document(board.ledgers[step]) if entry["kind"] == "done" else None)
        yield


class _Signals:
    """The first signal asks the agents to end where they stand, the second does not ask."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self.is_interrupted = False
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        if self.is_interrupted or self.board is None:
            os._exit(INTERRUPTED)  # the guard ends the clients, and the ledgers are on disk
        self.is_interrupted = True
        tell("the run is being interrupted; once more ends it at once")
        self.board.stop("the run was interrupted")


def _conclude(folder: Folder, plan: Plan, outcome: Outcome, *, as_json: bool, is_interrupted: bool) -> int:
    summary = summarize(folder.run, plan.workflow, plan.request, outcome.ledgers)
    folder.keep_summary(summary)
    print_summary(summary, as_json=as_json)
    if is_interrupted and not outcome.is_complete:
        return INTERRUPTED
    return 0 if outcome.is_complete else 1
