"""The pages say what is true: their examples are without fault, and the tables name every key."""

from __future__ import annotations

import re
from pathlib import Path

from finestream.catalog import parse_agent, parse_workflow
from finestream.catalog.agents import OUR_KEYS
from finestream.catalog.workflows import STEP_KEYS
from finestream.cli.shelf import AGENTS, definitions, load_shelf

PAGE = (Path(__file__).parents[1] / "docs" / "workflows.md").read_text(encoding="utf-8")


def example(info: str) -> str:
    found = re.findall(rf"^```{info}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def keys(table: str) -> set[str]:
    rows = PAGE.partition(f"| {table} |")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", rows, re.MULTILINE))))


def test_the_example_of_an_agent_is_without_fault() -> None:
    agent, findings = parse_agent(example("markdown agent"), "reviewer.md")
    assert agent and findings == ()
    assert agent.parts == ("summary", "remarks")


def test_the_example_of_a_workflow_is_without_fault(tmp_path: Path) -> None:
    workflow, findings = parse_workflow(example("yaml workflow"), "reviewed-change.yaml")
    assert workflow and findings == ()
    assert set(workflow.agents) <= set(definitions(load_shelf(AGENTS, tmp_path)))
    conditions = {step.id: step.when for step in workflow.steps}
    assert conditions["repair"] and conditions["repair"].holds("", {"qa": {"defects": ["one"]}})


def test_the_tables_name_every_key() -> None:
    assert keys("key") == set(OUR_KEYS)
    assert keys("key of a step") == set(STEP_KEYS)
