"""What a run has to do: everything that the agents are told is in the plan, and the plan is in its data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.catalog import Agent, SizeRange, Step, Workflow, parse_agent, parse_workflow
from finestream.catalog.conditions import parse_condition
from finestream.workflow.plan import ANYTHING, DEFAULT_RETRIES, DEFAULT_TIMEOUT, make_plan, parse_plan

ROOT = Path(__file__).parents[2]
SCHEMA = {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}, "a": {"enum": [[1], None]}}}


def agent(name: str, **changes: Any) -> Agent:
    return Agent(name, f"Is {name}", f"{name}.md", 1, "Be brief.", **changes)


def step(name: str, **changes: Any) -> Step:
    return Step(**{"id": name, "agent": name, "needs": (), "line": 1, **changes})


def chain(*steps: Step, streaming: bool = True) -> Workflow:
    return Workflow("flow", "flow.yaml", steps, streaming=streaming)


FULL = chain(
    step("pm", agent="manager", retry=0, timeout=5.0, max_tokens=100, prompt="Begin"),
    step("ux", needs=("pm",), when=parse_condition('request contains "shop"'), schema={"properties": {"x": {}}}),
    step("dev", needs=("pm", "ux"), streaming_priority="high"),
)
AGENTS = {
    "manager": agent(
        "manager", tools=("Read",), disallowed_tools=("Bash",), model="opus", effort="high", permission_mode="plan", max_turns=3
    ),
    "ux": agent("ux", handoff_schema=SCHEMA, tools=()),
    "dev": agent("dev", handoff_schema=SCHEMA),
}


def test_a_plan_outlives_its_process() -> None:
    plan = make_plan(FULL, AGENTS, "A shop", shipped=frozenset({"ux"}))
    data = json.loads(json.dumps(plan.data()))
    assert parse_plan(data) == plan
    assert parse_plan(plan.data()) == plan
    assert parse_plan(data).data() == plan.data()
    assert list(parse_plan(data).assignments) == ["pm", "ux", "dev"]


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_workflows_can_be_planned(path: Path) -> None:
    workflow, _ = parse_workflow(path.read_text(encoding="utf-8"), path.name)
    assert workflow is not None
    agents = {each.stem: parse_agent(each.read_text(encoding="utf-8"), each.name)[0] for each in (ROOT / "agents").glob("*.md")}
    plan = make_plan(workflow, {name: found for name, found in agents.items() if found}, "A shop", shipped=frozenset(agents))
    assert parse_plan(json.loads(json.dumps(plan.data()))) == plan
    for name, own in plan.assignments.items():
        assert set(own.required) <= set(own.parts)
        assert all(name in plan.assignments[receiver].needs for receiver in own.receivers)
        assert all(name in plan.assignments[sender].receivers for sender in own.needs)


def test_an_assignment_is_the_step_and_its_agent() -> None:
    plan = make_plan(FULL, AGENTS, "A shop", shipped=frozenset({"ux"}))
    pm, ux, dev = plan.assignments.values()
    assert (pm.step, pm.agent, pm.description, pm.body, pm.is_shipped) == ("pm", "manager", "Is manager", "Be brief.", False)
    assert (pm.tools, pm.disallowed_tools, pm.model, pm.effort, pm.permission_mode, pm.max_turns) == (
        ("Read",),
        ("Bash",),
        "opus",
        "high",
        "plan",
        3,
    )
    assert (pm.retry, pm.timeout, pm.max_tokens, pm.prompt, pm.when, pm.schema) == (0, 5.0, 100, "Begin", None, ANYTHING)
    assert (ux.retry, ux.timeout, ux.tools, ux.is_shipped) == (DEFAULT_RETRIES, DEFAULT_TIMEOUT, (), True)
    assert ux.when == 'request contains "shop"'
    assert [each.receivers for each in (pm, ux, dev)] == [("ux", "dev"), ("dev",), ()]
    assert [each.parts for each in (pm, ux, dev)] == [("document",), ("x",), ("b", "a")]
    assert [each.required for each in (pm, ux, dev)] == [("document",), (), ("b",)]


def test_a_task_says_who_tells_and_who_hears() -> None:
    task = make_plan(FULL, AGENTS, "A shop", shipped=frozenset()).task("ux")
    assert (task.workflow, task.step, task.request, task.prompt) == ("flow", "ux", "A shop", None)
    assert (task.senders, task.receivers, task.parts) == ({"pm": ("document",)}, ("dev",), ("x",))


SMALL, LARGE = SizeRange(100, 1023), SizeRange(100, 1024)


@pytest.mark.parametrize(
    ("of_step", "of_agent", "priority"),
    [
        ({}, {}, "medium"),
        ({}, {"streaming_priority": "high"}, "high"),
        ({"streaming_priority": "low"}, {"streaming_priority": "high"}, "low"),
        ({"expected_param_size": SMALL, "streaming_priority": "high"}, {}, "low"),
        ({}, {"expected_param_size": SMALL}, "low"),
        ({"expected_param_size": LARGE}, {"expected_param_size": SMALL}, "medium"),
        ({"expected_param_size": LARGE, "streaming_priority": "high"}, {}, "high"),
    ],
)
def test_how_soon_a_document_is_handed_on(of_step: dict[str, Any], of_agent: dict[str, Any], priority: str) -> None:
    agents = {"a": agent("a", **of_agent)}
    for workflow, is_streaming, expected in [
        (chain(step("a", **of_step)), True, priority),
        (chain(step("a", **of_step)), False, "low"),
        (chain(step("a", **of_step), streaming=False), True, "low"),
    ]:
        plan = make_plan(workflow, agents, "", shipped=frozenset(), is_streaming=is_streaming)
        assert plan.assignments["a"].priority == expected
