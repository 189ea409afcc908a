"""Who works in a run: the model behind the monitor, and the sessions in front of it. SHELL.

Its one law: a session is started with what the user's settings say, and sends its requests through our gateway whatever they say.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from finestream.cli.client import additions, find_client
from finestream.cli.client_settings import Layers, overlaid
from finestream.cli.serving import Served
from finestream.workflow.agent import MakeSession
from finestream.workflow.folder import Folder
from finestream.workflow.guard import Guard
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.session import Session

MODEL = "opus"  # of agents that inherit theirs, where there is no session to inherit it from


@asynccontextmanager
async def model_of(plan: Plan, folder: Folder, pacing: Sequence[float] | None, upstream: str | None) -> AsyncIterator[str | None]:
    """Yield what stands behind the monitor. ``pacing``: of a simulated model, which is then started, and named in the environment."""
    if pacing is None:
        yield upstream
        return
    from finestream.simulator.server import serve
    from finestream.workflow.samples import sample, script_of

    first_token, tokens_per_second = pacing
    documents = {step: sample(assignment, assignment.expected_size) for step, assignment in plan.assignments.items()}
    # A place and a key of their own: nothing of the user's gets there, and nothing of it among the user's sessions.
    os.environ |= {
        "ANTHROPIC_API_KEY": "sk-ant-the-simulator-does-not-ask",
        "CLAUDE_CONFIG_DIR": str(folder.path / "client"),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    for name in ("ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"):
        os.environ.pop(name, None)
    async with serve(script_of(plan, documents, first_token=first_token, tokens_per_second=tokens_per_second)) as simulator:
        yield simulator.url


def crew_of(backend: str, folder: Folder, layers: Layers, served: Served) -> AbstractContextManager[MakeSession]:
    """Return what starts the agents, as long as the context lasts."""
    return _CREWS[backend](folder, layers, served)


@contextmanager
def _clients(folder: Folder, layers: Layers, served: Served) -> Iterator[MakeSession]:
    from finestream.workflow.claude_code import ClaudeCodeSession

    client, guard, known = find_client(os.environ), Guard(), {**os.environ, **layers.all}

    with ExitStack() as files:

        def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> Session:
            added = additions(known, served.gateway.url, upstream=served.upstream, agent=assignment.step)
            given = files.enter_context(overlaid((), layers, added))
            return ClaudeCodeSession(
                assignment,
                queue,
                client=client,
                project=folder.project,
                environment=added,
                settings=given[1] if given else None,
                taken_up=taken_up,
                born=guard.born,
                left=partial(_keep, folder, assignment.step),
            )

        try:
            yield make
        finally:
            guard.close()


def _keep(folder: Folder, step: str, transcript: Path) -> None:
    place = folder.path / "transcripts"
    place.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(transcript, place / f"{step}.jsonl")


@contextmanager
def _conversations(folder: Folder, layers: Layers, served: Served) -> Iterator[MakeSession]:
    from finestream.workflow.messages_api import ApiSession

    model = {**os.environ, **layers.all}.get("ANTHROPIC_MODEL", MODEL)

    def make(assignment: Assignment, queue: asyncio.Queue[Any], taken_up: str | None) -> Session:
        place = folder.path / "transcripts" / assignment.step
        return ApiSession(assignment, queue, url=served.gateway.url, folder=place, default_model=model, taken_up=taken_up)

    yield make


_CREWS: Mapping[str, Callable[[Folder, Layers, Served], AbstractContextManager[MakeSession]]] = {
    "claude-code": _clients,
    "api": _conversations,
}
