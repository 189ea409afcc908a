"""Faults in a subagent's stream, of which nobody but a gateway sees the deltas, and in the call that starts one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finestream.simulator.script import Block, Fault, Kind, Route, Text, ToolUse, Turn
from tests.e2e.cases import CAREFUL, EVERYBODY, KINDS, source, wrong_file
from tests.e2e.harness import STALLING, Case, Session, complaints, play
from tests.e2e.test_messages import inside

STEPS = 3  # requests of a subagent: two files and a closing word


def _name(kind: str, number: int) -> str:
    return f"{kind} {number}.py"


def _agent(kind: Kind, number: int) -> Case:
    """The main agent starts a subagent, and the call itself is cut as well."""

    def blocks(folder: Path) -> Sequence[Block]:
        # In the background the main agent would go on and be woken up by each end, and nobody could count its requests.
        told = {"description": "write files", "subagent_type": "general-purpose", "run_in_background": False}
        return [ToolUse("Agent", {**told, "prompt": f"TASK {kind}. Write what you were told:\n{source(2000)}"})]

    def check(folder: Path) -> str | None:
        wrong = [wrong_file(folder / _name(kind, part), source(4000, part)) for part in range(2)]
        return next(filter(None, wrong), None)

    files = frozenset(_name(kind, part) for part in range(2))
    return Case(f"Agent {kind}", blocks, check, inside(kind, 0, 0.5), CAREFUL[number], files, 1 + STEPS)


def _routes(folder: Path) -> list[Route]:
    """What the subagents say: a careful one and one that ignores what it is asked."""
    routes = []
    for number, kind in enumerate(KINDS):
        turns = []
        for part, character in enumerate((CAREFUL[number], EVERYBODY[3 + number % 3])):
            tool = ToolUse("Write", {"file_path": str(folder / _name(kind, part)), "content": source(4000, part)})
            turns.append(Turn((tool,), (Fault(kind, at=len(tool.document) // 2),), character))
        routes.append(Route((*turns, Turn((Text("They are there."),))), f"TASK {kind}."))
    return routes


async def test_a_subagent_is_recovered_too(claude: Path, tmp_path: Path) -> None:
    cases = [_agent(kind, number) for number, kind in enumerate(KINDS)]
    played = await play(claude, tmp_path, Session(cases, STALLING, routes=_routes))
    assert complaints(played) == []
    recovered = [record for record in played.errors if record["outcome"] == "recovered"]
    # Each subagent twice, and the call that started it; each under its own name.
    assert [record["tool"] for record in recovered] == ["Agent", "Write", "Write"] * len(KINDS)
    assert {record["agent_id"] is None for record in recovered if record["tool"] == "Agent"} == {True}
    agents = [record["agent_id"] for record in recovered if record["tool"] == "Write"]
    assert len(set(agents)) == len(KINDS) and None not in agents
    assert {record["agent_to"] for record in recovered if record["tool"] == "Agent"} == {"general-purpose"}
