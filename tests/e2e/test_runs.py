"""Runs of workflows with the real client: how an agent hands on, what breaks in a handoff, who dies. The documents are always the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finestream.catalog import parse_agent, parse_workflow
from finestream.cli.client import additions
from finestream.settings import Settings
from finestream.simulator.script import Author, Fault, Habit, Script
from finestream.workflow.ledger import Entry
from finestream.workflow.plan import Plan, make_plan
from finestream.workflow.rehearsal import Rehearsal, rehearse
from finestream.workflow.samples import sample, script_of

QUICK = Settings(backoff=(0.0,), stall=1.0)
SIZE = 3000  # bytes of a document


def agent(name: str, priority: str = "high") -> str:
    parts = "".join(f"    {part}: {{type: array, items: {{type: string}}}}\n" for part in ("plan", "design", "code", "tests"))
    head = f"---\nname: {name}\ndescription: Use when a test wants one.\ntools: Read\nstreaming_priority: {priority}\n"
    return f"{head}handoff_schema:\n  type: object\n  required: [plan, design, code, tests]\n  properties:\n{parts}---\nYou are {name}.\n"


def plan_of(graph: Mapping[str, str], **agents: str) -> Plan:
    """A plan of agents that need each other as ``graph`` says; ``agents``: priorities."""
    steps = "".join(f"  - agent: {name}\n    needs: [{needs}]\n" for name, needs in graph.items())
    workflow, findings = parse_workflow(f"workflow: tried\nsteps:\n{steps}", "tried.yaml")
    assert workflow, findings
    known = {}
    for name in graph:
        known[name], findings = parse_agent(agent(name, agents.get(name, "high")), f"{name}.md")
        assert known[name], findings
    return make_plan(workflow, {name: each for name, each in known.items() if each}, "Build it.", shipped=frozenset(known))


CHAIN = {"first": "", "second": "first"}
DIAMOND = {"first": "", "left": "first", "right": "first", "last": "left, right"}


def written(plan: Plan) -> dict[str, dict[str, Any]]:
    return {step: sample(assignment, SIZE) for step, assignment in plan.assignments.items()}


def changed(script: Script, step: str, change: Callable[[Author], Author]) -> Script:
    """The script in which the author of ``step`` is another one."""

    def made(author: Author | None) -> Author:
        assert author
        return change(author)

    return replace(script, routes=tuple(replace(r, author=made(r.author)) if r.match == f'step="{step}"' else r for r in script.routes))


async def play(claude: Path, plan: Plan, script: Script, watch: Callable[[str, Entry], None] = lambda step, entry: None) -> Rehearsal:
    def environment(known: Mapping[str, str], url: str, upstream: str, name: str) -> dict[str, str]:
        return additions(known, url, upstream=upstream, agent=name)

    return await rehearse(plan, script, client=claude, environment=environment, settings=QUICK, watch=watch)


def wrong(plan: Plan, played: Rehearsal, documents: Mapping[str, Any]) -> list[str]:
    """What is not as it must be after a run that is complete."""
    found = []
    for step, ledger in played.ledgers.items():
        if ledger.state != "done":
            found.append(f"{step} is {ledger.state}: {ledger.cause}")
        if ledger.document.value() != documents[step]:
            found.append(f"{step} has handed on another document")
        for sender in plan.assignments[step].needs:
            told = deliveries(played.entries[step], sender)
            if told != sorted(set(told)) or told[-1] != len(played.ledgers[sender].document.parts):
                found.append(f"{step} was told the parts of {sender} up to {told}")
    return found


def deliveries(entries: Sequence[Entry], sender: str) -> list[int]:
    """Up to which part of ``sender`` a step was told, one number for each time; what never arrived does not count."""
    told: list[Entry] = []
    for entry in entries:
        if entry["kind"] == "given":
            told.append(entry)
        elif entry["kind"] == "lost":
            told.pop()
    return [entry["upto"][sender] for entry in told if sender in entry["upto"]]


@pytest.mark.parametrize("graph", [CHAIN, DIAMOND], ids=["chain", "diamond"])
async def test_each_agent_begins_before_the_one_it_needs_has_ended(claude: Path, graph: dict[str, str]) -> None:
    plan = plan_of(graph)
    documents = written(plan)
    played = await play(claude, plan, script_of(plan, documents, first_token=0.1, tokens_per_second=150))
    assert not wrong(plan, played, documents)
    for step, assignment in plan.assignments.items():
        for sender in assignment.needs:
            assert played.ledgers[step].times["part"] < played.ledgers[sender].times["done"], (step, sender)


async def test_a_document_of_low_priority_is_told_as_a_whole(claude: Path) -> None:
    plan = plan_of(CHAIN, first="low")
    documents = written(plan)
    played = await play(claude, plan, script_of(plan, documents))
    assert not wrong(plan, played, documents)
    assert [entry["upto"] for entry in played.entries["second"] if entry["kind"] == "given" and entry["upto"]] == [
        {"first": len(played.ledgers["first"].document.parts)}
    ]


@pytest.mark.parametrize("habit", ["twice", "text", "careless"])
async def test_however_an_agent_hands_on_the_document_arrives(claude: Path, habit: Habit) -> None:
    plan = plan_of(CHAIN)
    documents = written(plan)
    script = changed(script_of(plan, documents), "first", lambda author: replace(author, habit=habit))
    played = await play(claude, plan, script)
    assert not wrong(plan, played, documents)
    replaced = [part for part in played.ledgers["first"].document.parts if part.replaces]
    assert bool(replaced) == (habit == "careless")


async def test_an_agent_that_never_hands_on_fails_and_who_needs_it_waits(claude: Path) -> None:
    plan = plan_of({**CHAIN, "third": ""})
    documents = written(plan)
    script = changed(script_of(plan, documents), "first", lambda author: replace(author, habit="silent"))
    played = await play(claude, plan, script)
    assert {step: ledger.state for step, ledger in played.ledgers.items()} == {"first": "failed", "second": "blocked", "third": "done"}
    assert "nothing has been handed on" in played.ledgers["first"].cause and played.ledgers["first"].fix
    assert "first" in played.ledgers["second"].cause


FAULTS = {
    "the output limit": Fault("max_tokens", at=700),
    "a reset": Fault("reset", at=900),
    "an end": Fault("end", at=1100),
    "a stall": Fault("stall", at=500),
    "an error event": Fault("error", at=1300),
    "an overloaded API": Fault("status", times=2),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_inside_of_a_handoff_changes_no_document(claude: Path, fault: Fault) -> None:
    plan = plan_of(CHAIN)
    documents = written(plan)
    script = changed(script_of(plan, documents), "first", lambda author: replace(author, faults=((0, fault),)))
    played = await play(claude, plan, script)
    assert not wrong(plan, played, documents)


async def test_a_receiver_that_dies_goes_on(claude: Path) -> None:
    plan = plan_of(CHAIN)
    documents = written(plan)
    killed: list[int] = []

    def watch(step: str, entry: Entry) -> None:
        if step == "second" and entry["kind"] == "part" and not killed:
            killed.extend(clients_of("second"))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    played = await play(claude, plan, script_of(plan, documents, first_token=0.1, tokens_per_second=2000), watch)
    assert killed
    assert not wrong(plan, played, documents)
    assert sum(entry["kind"] == "began" for entry in played.entries["second"]) == 2


def clients_of(name: str) -> list[int]:
    """The clients that we have started for an agent."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid() and name.encode() in words:
                found.append(int(folder.name))
    return found


async def test_calls_that_the_client_refuses_end_at_some_time(claude: Path) -> None:
    plan = plan_of({"first": ""})
    documents = written(plan)
    plan = replace(plan, assignments={"first": replace(plan.assignments["first"], disallowed_tools=("mcp__finestream__handoff",))})
    played = await play(claude, plan, script_of(plan, documents))
    assert played.ledgers["first"].state == "failed"
    assert "refused" in played.ledgers["first"].cause
