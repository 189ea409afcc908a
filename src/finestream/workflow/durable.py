"""Runs on DBOS: each agent is a step of a durable workflow, each entry of its ledger one of a durable stream. SHELL.

Its one law: what was recorded is never done again, whichever process goes on.

A run is the DBOS workflow of its id. A run that ended without its documents is taken up by another workflow, ``ID.2``, ``ID.3`` and so on,
which reads the streams of those before it.

What a database holds is data: it is written as JSON, and what was pickled is not read. DBOS would run whatever somebody has put there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Never, TypeAlias

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowHandleAsync, error
from dbos._serialization import DefaultSerializer  # a row names how it was written, and this one would be taken at its word
from sqlalchemy.exc import DBAPIError

from finestream.errors import FinestreamError
from finestream.workflow.ledger import Entry

Carry: TypeAlias = Callable[[str], Awaitable[None]]
"""Carries one step out."""

NAME = "finestream"
VERSION = "1"
"""Of the name of the workflow and the entries of its streams.

Each run adds its id: what is pending is handed to any process of the same version, and several may use one database at a time.
"""
# A run that goes on begins by itself, before anybody could have read its entries: it waits here for whoever carries it out.
_crews: dict[str, asyncio.Future[Carry]] = {}


def _refuse(serializer: DefaultSerializer, written: str) -> Never:
    raise FinestreamError("the run's database holds what another program has written there, or an older finestream", "Begin a new run.")


DefaultSerializer.deserialize = _refuse  # type: ignore[method-assign, assignment]  # a row asks for it by name, and no setting forbids that


class Streams:
    """Keeps entries; a `Store`."""

    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        await DBOS.write_stream_async(step, dict(entry))


@DBOS.workflow(name="finestream.run")
async def _run(run: str, steps: Sequence[str]) -> None:
    carry = await _crews[run]

    async def work(step: str) -> None:
        await carry(step)

    # All begin at once, and in this order: it is how DBOS knows them again.
    await asyncio.gather(*(DBOS.run_step_async({"name": step}, work, step) for step in steps))


@asynccontextmanager
async def database(url: str, run: str) -> AsyncIterator[Database]:
    """Open the database; what is pending of ``run`` goes on at once, what is pending of others stays.

    Args:
        url: ``sqlite:///path`` or ``postgresql://...``.
    """
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": url,
        "application_version": f"{VERSION}.{run}",
        "executor_id": run,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "CRITICAL",  # what it would say of an error it raises, too
        "notification_listener_polling_interval_sec": 0.05,
    }
    _crews[run] = asyncio.get_running_loop().create_future()
    try:
        DBOS(config=config)
        DBOS.launch()
    except DBAPIError as trouble:
        DBOS.destroy()
        raise FinestreamError(f"the run's database cannot be used: {trouble.orig}", "See that it is there and lets you in.") from None
    try:
        yield Database(run)
    finally:
        _crews.pop(run).cancel()
        await asyncio.to_thread(DBOS.destroy)


class Database:
    """The workflows of one run."""

    def __init__(self, run: str) -> None:
        self._run = run

    async def carry_out(self, carry: Carry, steps: Sequence[str]) -> None:
        """Begin the run, or go on with it, and return at its end."""
        workflows = await self._workflows()
        pending = [ident for ident, status in workflows.items() if status in ("PENDING", "ENQUEUED")]
        if not _crews[self._run].done():
            _crews[self._run].set_result(carry)
        handle: WorkflowHandleAsync[None]
        if pending:
            handle = await DBOS.retrieve_workflow_async(pending[-1])
        else:
            with SetWorkflowID(f"{self._run}.{len(workflows) + 1}" if workflows else self._run):
                handle = await DBOS.start_workflow_async(_run, self._run, list(steps))
        await handle.get_result()

    async def entries(self, steps: Sequence[str]) -> dict[str, list[Entry]]:
        """Read what all workflows of the run have recorded. Before it goes on."""
        found: dict[str, list[Entry]] = {step: [] for step in steps}
        for ident in await self._workflows():
            for step in steps:
                found[step] += [entry async for entry in _present(ident, step)]
        return found

    async def _workflows(self) -> dict[str, str]:
        listed = await DBOS.list_workflows_async(workflow_id_prefix=self._run, load_input=False, load_output=False)
        return {each.workflow_id: each.status for each in listed if each.workflow_id.split(".")[0] == self._run}


async def _present(workflow: str, step: str) -> AsyncIterator[Entry]:
    try:
        async for entry in DBOS.read_stream_async(workflow, step, timeout_seconds=0):
            yield entry
    except error.DBOSStreamTimeoutError:  # the stream is still open, and these were all
        return
