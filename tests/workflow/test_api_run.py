"""A whole run of one agent that speaks with the Messages API: plan, durable ledger, gateway, simulated API."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from finestream.handoff.messages import DELIVERED
from finestream.simulator.script import Fault, Script, Text, Turn
from finestream.workflow.messages_api import ApiSession
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.run import Outcome, carry_out
from finestream.workflow.session import Happening
from tests.gateway.sockets import Book
from tests.workflow.api_stage import ASSIGNMENT, DOCUMENT, handing, playing, simulated

PLAN = Plan("one", "Review the change.", {"review": ASSIGNMENT})


async def run(url: str, folder: Path) -> Outcome:
    def make(assignment: Assignment, queue: asyncio.Queue[Happening], taken_up: str | None) -> ApiSession:
        return ApiSession(
            assignment, queue, url=url, folder=folder / "said", default_model="haiku", api_key="sk-ant-test", taken_up=taken_up
        )

    return await carry_out(PLAN, "run-1", url=f"sqlite:///{folder / 'runs.db'}", make_session=make, prepare=lambda board: nullcontext())


def script(*faults: Fault) -> Script:
    return playing(Turn((Text("I look."), handing()), faults), Turn((Text("That is all."),)))


async def test_a_run_of_one_agent_has_its_document(tmp_path: Path) -> None:
    async with simulated(script(), Book()) as (simulator, url):
        outcome = await run(url, tmp_path)
    ledger = outcome.ledgers["review"]
    assert (outcome.is_complete, ledger.document.value()) == (True, DOCUMENT)
    body: Any = simulator.requests[1].body
    answer = body["messages"][2]["content"][0]["content"]
    assert answer.startswith("Handed on. Complete: summary, remarks. Nothing is missing.")
    (ended,) = ledger.turns
    assert ended["usage"]["output_tokens"] > 0


async def test_a_run_that_was_stopped_goes_on_in_the_same_conversation(tmp_path: Path) -> None:
    text = handing().document
    broken = script(Fault("error", at=len(text) - 3, error="authentication_error"))
    async with simulated(broken) as (simulator, url):
        outcome = await run(url, tmp_path)
        ledger = outcome.ledgers["review"]
        assert (outcome.is_complete, "401" in ledger.cause) == (False, True)
        assert ledger.document.value() == {"summary": DOCUMENT["summary"]}
        again = await run(url, tmp_path)
    assert (again.is_complete, again.ledgers["review"].document.value()) == (True, DOCUMENT)
    assert again.ledgers["review"].session == ledger.session
    body: Any = simulator.requests[1].body
    first, second = body["messages"][0]["content"]
    assert "Review the change." in first["text"]
    assert f"{DELIVERED}summary" in second["text"]
