"""The shipped agents, each as the step of a plan of its own; and the shipped workflows."""

from __future__ import annotations

from functools import cache

from finestream.catalog import Agent, Step, Workflow, parse_agent, parse_workflow
from finestream.shipped import folder
from finestream.workflow.plan import Assignment, Plan, make_plan


@cache
def agents() -> dict[str, Agent]:
    found = [parse_agent(path.read_text(encoding="utf-8"), path.name)[0] for path in sorted(folder("agents").glob("*.md"))]
    return {each.name: each for each in found if each}


def alone(agent: str) -> Assignment:
    flow = Workflow("alone", "alone.yaml", (Step(id=agent, agent=agent, needs=(), line=1),))
    return make_plan(flow, agents(), "A shop.", shipped=frozenset(agents())).assignments[agent]


def plans() -> dict[str, Plan]:
    found = [parse_workflow(path.read_text(encoding="utf-8"), path.name)[0] for path in sorted(folder("workflows").glob("*.yaml"))]
    return {flow.name: make_plan(flow, agents(), "A shop.", shipped=frozenset(agents())) for flow in found if flow}
