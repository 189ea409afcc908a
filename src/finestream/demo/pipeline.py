"""One scenario of a handoff on stage: a rehearsal of its run. SHELL. Its one law: what is told comes from the run and the disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from finestream.demo.measuring import Play
from finestream.demo.transfers import Transfer
from finestream.simulator.server import Request
from finestream.workflow.plan import Plan
from finestream.workflow.rehearsal import Environment, rehearse


async def carry(transfer: Transfer, plan: Plan, client: Path, environment: Environment, *, pace: float) -> Play:
    """Carry one run out in a folder that is thrown away."""
    played = await rehearse(plan, transfer.script(plan, pace), client=client, environment=environment)
    return Play(plan, played.told, played.saved, {step: _heard(played.requests, step) for step in plan.assignments})


def _heard(requests: Sequence[Request], step: str) -> str:
    """Return the longest conversation of a step: each request repeats what was said before it."""
    bodies = (request.body for request in requests if request.turn is not None)
    texts = (json.dumps(body["messages"], ensure_ascii=False) for body in bodies if isinstance(body, dict))
    return max((text for text in texts if f'step=\\"{step}\\"' in text), key=len, default="")
