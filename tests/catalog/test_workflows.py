"""Workflows: the mission's two mean what they say, the shipped ones extend them, and what is wrong is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog import Agent, Estimate, SizeRange, Workflow, check_workflow, parse_workflow
from finestream.catalog.values import Priority
from tests.catalog.test_agents import SHIPPED
from tests.catalog.test_agents import load as load_agent
from tests.data import FIXTURES, SHARED

ROOT = Path(__file__).parents[2]
MISSION = SHARED.parent / "mission" / "streaming-usage-examples.md"
KB = 1024


def load(path: Path) -> Workflow:
    workflow, findings = parse_workflow(path.read_text(encoding="utf-8"), str(path))
    assert findings == ()
    assert workflow
    return workflow


def parse(text: str) -> Workflow:
    workflow, findings = parse_workflow(text, "flow.yaml")
    assert findings == ()
    assert workflow
    return workflow


def rules(text: str) -> list[str]:
    return [each.rule for each in parse_workflow(text, "flow.yaml")[1]]


def agents() -> dict[str, Agent]:
    return {agent.name: agent for agent in map(load_agent, SHIPPED)}


def test_the_missions_quick_flow_means_what_it_says() -> None:
    workflow = load(FIXTURES / "workflows" / "quick-flow.yaml")
    assert (workflow.name, workflow.streaming, workflow.needs) == ("quick-flow", True, {"developer": (), "qa": ("developer",)})
    said = [(step.streaming_priority, step.expected_param_size) for step in workflow.steps]
    assert said == [("high", SizeRange(5 * KB, 10 * KB)), ("medium", SizeRange(3 * KB, 8 * KB))]
    assert workflow.estimate == Estimate(12.0, 3.5, 71.0)
    assert list(check_workflow(workflow, agents())) == []


def test_the_missions_enterprise_track_means_what_it_says() -> None:
    workflow = load(FIXTURES / "workflows" / "enterprise-track.yaml")
    priorities: dict[str, Priority] = {
        "analyst": "low",
        "pm": "medium",
        "architect": "high",
        "security-architect": "high",
        "devops": "high",
    }
    assert {step.id: step.streaming_priority for step in workflow.steps} == priorities
    assert list(workflow.needs.values()) == [(), ("analyst",), ("pm",), ("architect",), ("security-architect",)]
    assert workflow.estimate == Estimate(78.6, 28.2, 64.0)
    assert list(check_workflow(workflow, agents())) == []


@pytest.mark.parametrize("name", ["quick-flow", "enterprise-track"])
def test_the_fixtures_are_the_missions_byte_for_byte(name: str) -> None:
    own = (FIXTURES / "workflows" / f"{name}.yaml").read_text(encoding="utf-8")
    if MISSION.is_file():
        assert own in re.findall(r"```yaml\n(.*?)```", MISSION.read_text(encoding="utf-8"), re.DOTALL)
    assert own.startswith(f"workflow: {name}\nstreaming: enabled\n")


@pytest.mark.parametrize(("name", "count"), [("quick-flow", 2), ("standard-flow", 7), ("enterprise-track", 10)])
def test_the_shipped_ones_fit_the_shipped_agents(name: str, count: int) -> None:
    workflow = load(ROOT / "workflows" / f"{name}.yaml")
    assert list(check_workflow(workflow, agents())) == []
    assert len(workflow.agents) == len(workflow.steps) == count
    assert all(step.prompt and step.timeout and step.retry for step in workflow.steps)


@pytest.mark.parametrize("name", ["quick-flow", "enterprise-track"])
def test_a_shipped_one_extends_the_missions(name: str) -> None:
    ours, theirs = load(ROOT / "workflows" / f"{name}.yaml"), load(FIXTURES / "workflows" / f"{name}.yaml")
    assert ours.estimate == theirs.estimate
    priorities = {step.id: step.streaming_priority for step in ours.steps}
    assert {step.id: priorities[step.id] for step in theirs.steps} == {step.id: step.streaming_priority for step in theirs.steps}


def test_every_key_arrives() -> None:
    workflow = parse(
        "workflow: flow\ndescription: It flows.\nstreaming: disabled\nsteps:\n"
        "  - agent: pm\n"
        "  - id: build\n    agent: developer\n    needs: pm, pm\n    prompt: Do it.\n    when: pm.summary\n    streaming_priority: high\n"
        "    expected_param_size: 3KB\n    max_tokens: 9000\n    retry: 2\n    timeout: 5m\n    schema: {properties: {a: {}}}\n"
    )
    step = workflow.steps[1]
    assert (workflow.description, workflow.streaming, workflow.estimate, workflow.agents) == ("It flows.", False, None, ("pm", "developer"))
    assert (step.id, step.agent, step.needs, step.line, step.prompt) == ("build", "developer", ("pm",), 6, "Do it.")
    assert step.when and step.when.steps == ("pm",)
    assert (step.streaming_priority, step.expected_param_size) == ("high", SizeRange(3 * KB, 3 * KB))
    assert (step.max_tokens, step.retry, step.timeout, step.schema) == (9000, 2, 300.0, {"properties": {"a": {}}})


def test_a_step_needs_the_one_before_it_unless_it_says_otherwise() -> None:
    workflow = parse("workflow: flow\nsteps: [{agent: a}, {agent: b}, {agent: c, needs: []}, {agent: d, needs: [a, c]}, {agent: e}]\n")
    assert workflow.needs == {"a": (), "b": ("a",), "c": (), "d": ("a", "c"), "e": ("d",)}


def test_an_agent_may_work_twice_under_two_ids() -> None:
    workflow = parse("workflow: flow\nsteps: [{agent: developer}, {agent: qa}, {agent: developer, id: mend}]\n")
    assert (list(workflow.needs), workflow.agents) == (["developer", "qa", "mend"], ("developer", "qa"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["missing-name", "no-steps"]),
        ("- a\n", ["wrong-type"]),
        ("a: [\n", ["not-yaml"]),
        ("workflow: [flow]\nsteps: [{agent: a}]\n", ["wrong-type"]),
        ("workflow: other\nsteps: [{agent: a}]\n", ["name-differs-from-file"]),
        ("workflow: flow\nsteps: a\n", ["no-steps"]),
        ("workflow: flow\nsteps: []\n", ["no-steps"]),
        ("workflow: flow\nsteps: [a]\n", ["missing-agent"]),
        ("workflow: flow\nsteps: [{agent: [a]}]\n", ["wrong-type"]),
        ("workflow: flow\nsteps: [{}, {}]\n", ["missing-agent", "missing-agent"]),
        ("workflow: flow\nsteps: [{agent: a, agnet: b}]\n", ["unknown-key"]),
        ("workflow: flow\nstraeming: enabled\nsteps: [{agent: a}]\n", ["unknown-key"]),
        ("workflow: flow\nstreaming: on\nsteps: [{agent: a}]\n", ["bad-value"]),
        ("workflow: flow\nsteps: [{agent: request}]\n", ["bad-value"]),
        ("workflow: flow\nsteps: [{agent: a, id: ../a}]\n", ["bad-value"]),
        ("workflow: flow\nsteps: [{agent: The Reviewer}]\n", ["bad-value"]),
        ("workflow: flow\nsteps: [{agent: The Reviewer, id: review}]\n", []),
        ("workflow: flow\nsteps: [{agent: a, needs: [z]}]\n", ["unknown-need"]),
        ("workflow: flow\nsteps: [{agent: a, needs: [a]}]\n", ["cycle"]),
        ("workflow: flow\nsteps: [{agent: a}, {agent: b, when: request}]\n", []),
        ("workflow: flow\nsteps: [{agent: a, max_tokens: 0, retry: 99, timeout: 0s}]\n", ["bad-value"] * 3),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: 12s\n", ["wrong-type"]),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: {with: 12s}\n", ["unknown-key"]),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: {with_streaming: soon}\n", ["bad-value"]),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: {with_streaming: 3s}\n", []),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: {without_streaming: 12s, with_streaming: 3s}\n", []),
        ("workflow: flow\nsteps: [{agent: a}]\nestimated_latency: {without_streaming: 0s, with_streaming: 0s, improvement: 0%}\n", []),
    ],
)
def test_what_is_found(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(("stated", "is_right"), [("70", True), ("70.8", True), ("71", True), ("72", False), ("69", False)])
def test_an_improvement_may_be_rounded(stated: str, is_right: bool) -> None:
    times = "without_streaming: 12s, with_streaming: 3.5s"
    found = rules(f"workflow: flow\nsteps: [{{agent: a}}]\nestimated_latency: {{{times}, improvement: {stated}%}}\n")
    assert found == ([] if is_right else ["estimate-contradicts"])


def test_an_agent_that_is_not_there_is_named_with_a_near_one() -> None:
    workflow = parse("workflow: flow\nsteps: [{agent: developr}, {agent: lawyer}]\n")
    first, second = check_workflow(workflow, agents())
    assert (first.rule, first.fix) == ("unknown-agent", "Did you mean 'developer'?")
    assert (second.rule, "lawyer.md" in second.fix or "NAME.md" in second.fix) == ("unknown-agent", True)


@given(st.text(alphabet="\n -:[]{},abgentspworkfl&*", max_size=100))
def test_any_text_has_an_answer(rest: str) -> None:
    workflow, findings = parse_workflow(f"workflow: flow\nsteps:\n  - agent: a\n{rest}", "flow.yaml")
    assert (workflow is None) == any(each.severity == "error" for each in findings)
    assert workflow is None or set(workflow.needs) >= {each for needs in workflow.needs.values() for each in needs}
