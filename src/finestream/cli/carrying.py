"""A run on the command line: the signals, the picture, the end. SHELL.

Its one law: however it ends, no client is left, and what was done can be gone on with.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from finestream.cli.client_settings import read_layers
from finestream.cli.crew import crew_of, model_of
from finestream.cli.outer import leave, pass_by
from finestream.cli.run import print_summary
from finestream.cli.running import run as run_loop
from finestream.cli.running import tell
from finestream.cli.serving import gateway_of
from finestream.errors import FinestreamError
from finestream.show.frame import give_back
from finestream.workflow.board import Board
from finestream.workflow.display import display
from finestream.workflow.folder import Folder
from finestream.workflow.ledger import KINDS
from finestream.workflow.plan import Plan
from finestream.workflow.run import Outcome, carry_out
from finestream.workflow.summary import summarize

if TYPE_CHECKING:
    from finestream.telemetry.telling import Telemetry

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
    async with model_of(plan, folder, how["simulate"], options["upstream"]) as upstream:
        layers = read_layers(project, (), os.environ)
        async with gateway_of(project, layers, tell, upstream=upstream, kind="run") as served:
            with crew_of(how["backend"], folder, layers, served) as make_session:
                outcome = await carry_out(
                    plan,
                    folder.run,
                    url=options["database"] or folder.database,
                    make_session=make_session,
                    prepare=lambda board: _prepared(board, folder, plan, signals, as_json=as_json, telemetry=served.telemetry),
                )
    return _conclude(folder, plan, outcome, as_json=as_json, is_interrupted=signals.is_interrupted)


@contextmanager
def _prepared(board: Board, folder: Folder, plan: Plan, signals: _Signals, *, as_json: bool, telemetry: Telemetry | None) -> Iterator[None]:
    signals.board = board
    shown = display(plan, as_json=as_json, stream=sys.stdout if as_json else sys.stderr, before=board.entries)
    agents = {step: assignment.agent for step, assignment in plan.assignments.items()}
    told = telemetry.run(folder.run, plan.workflow, agents) if telemetry else nullcontext()
    with folder.events(board.entries) as events, shown as watch, told as tell_of:
        if tell_of:
            board.watch(tell_of)
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
            give_back(sys.stderr)
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
