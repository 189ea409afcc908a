from __future__ import annotations

import json
from pathlib import Path

from tests.cli.starting import finish
from tests.data import FIXTURES

DRAWING = """\
quick-flow (named: {path})
streaming enabled, 2 steps

●  developer  high    5-10KB
│
●  qa         medium  3-8KB     ← developer

expected by its author: 12s without streaming, 3.5s with it, 71% less
"""


def put(project: Path, name: str, text: str) -> Path:
    path = project / ".claude" / "finestream" / "workflows" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(project: Path, *arguments: str) -> tuple[int, str]:
    code, out, err = finish("workflows", *arguments, folder=project)
    assert not (out and err)
    return code, out + err


def test_the_list_is_a_table(tmp_path: Path) -> None:
    put(tmp_path, "broken", "nothing")
    put(tmp_path, "off", "workflow: off\nstreaming: disabled\nsteps: [{agent: qa}, {agent: qa, id: again}]\n")
    code, out = run(tmp_path, "list")
    rows = [line.split(maxsplit=4) for line in out.splitlines()]
    assert code == 0
    assert rows[0] == ["WORKFLOW", "STEPS", "STREAMING", "FROM", "AGENTS"]
    assert rows[1][:3] == ["broken", "project", "has"]
    assert rows[2] == ["off", "2", "disabled", "project", "qa"]
    assert [(row[0], row[1]) for row in rows[3:]] == [("enterprise-track", "10"), ("quick-flow", "2"), ("standard-flow", "7")]


def test_the_list_for_programs(tmp_path: Path) -> None:
    put(tmp_path, "broken", "nothing")
    listed = {each["name"]: each for each in json.loads(run(tmp_path, "list", "--json")[1])}
    assert listed["broken"]["is_usable"] is False
    quick = listed["quick-flow"]
    assert [(step["agent"], step["needs"], step["expected_param_size"]) for step in quick["steps"]] == [
        *(("developer", [], "5-10KB"), ("qa", ["developer"], "3-8KB")),
    ]
    assert quick["estimated_latency"] == {"without_streaming": 12.0, "with_streaming": 3.5, "improvement": 71.0}


def test_the_missions_workflow_is_drawn(tmp_path: Path) -> None:
    put(tmp_path, "quick-flow", (FIXTURES / "workflows" / "quick-flow.yaml").read_text())
    code, out = run(tmp_path, "show", "quick-flow")
    assert (code, out) == (0, DRAWING.format(path=".claude/finestream/workflows/quick-flow.yaml").replace("named", "project"))


def test_what_a_step_does_not_say_its_agent_says(tmp_path: Path) -> None:
    steps = "  - agent: architect\n  - {agent: qa, streaming_priority: high, expected_param_size: 9KB}\n"
    steps += "  - {agent: lawyer, id: law, when: architect.compliance}\nestimated_latency: {improvement: 5%}\n"
    put(tmp_path, "flow", f"workflow: flow\ndescription: It flows.\nsteps:\n{steps}")
    assert run(tmp_path, "show", "flow")[1].splitlines()[1:] == [
        *("  It flows.", "streaming enabled, 3 steps", ""),
        *("●  architect     high    8-25KB", "│", "●  qa            high    9KB       ← architect", "│"),
        *("●  law (lawyer)  unknown agent            ← qa  when architect.compliance",),
    ]
    shown = json.loads(run(tmp_path, "show", "flow", "--json")[1])
    assert shown["steps"][2]["when"] == "architect.compliance"


def test_a_workflow_with_errors_is_shown_as_its_findings(tmp_path: Path) -> None:
    put(tmp_path, "broken", "workflow: broken\n")
    code, out = run(tmp_path, "show", "broken")
    assert (code, out.splitlines()[0]) == (*(1, ".claude/finestream/workflows/broken.yaml:1: error: the workflow has no steps [no-steps]"),)


def test_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    code, told = run(tmp_path, "show", "quick-flo")
    assert (code, told) == (1, "finestream: there is no workflow 'quick-flo'\n  Did you mean 'quick-flow'?\n")


def test_the_shipped_and_the_missions_are_without_fault(tmp_path: Path) -> None:
    assert run(tmp_path, "check") == (0, "3 workflow files: no errors, no warnings\n")
    assert run(tmp_path, "check", str(FIXTURES / "workflows")) == (0, "2 workflow files: no errors, no warnings\n")


def test_a_workflow_is_checked_against_the_agents_of_the_project(tmp_path: Path) -> None:
    path = put(tmp_path, "flow", "workflow: flow\nsteps:\n  - agent: lawyer\n")
    code, out = run(tmp_path, "check", str(path))
    assert (code, out.splitlines()[0]) == (
        *(1, ".claude/finestream/workflows/flow.yaml:3: error: there is no agent 'lawyer' [unknown-agent]"),
    )
    agents = tmp_path / ".claude" / "agents"
    agents.mkdir()
    (agents / "lawyer.md").write_text("---\nname: lawyer\ndescription: Use when the law is asked.\n---\nBe exact.\n")
    assert run(tmp_path, "check", str(path)) == (0, "1 workflow file: no errors, no warnings\n")


def test_findings_for_programs(tmp_path: Path) -> None:
    path = put(tmp_path, "flow", "workflow: flow\nsteps:\n  - agent: qa\n    needs: [qa]\n")
    code, out = run(tmp_path, "check", "--json", str(path))
    assert (code, [each["rule"] for each in json.loads(out)]) == (1, ["cycle"])
