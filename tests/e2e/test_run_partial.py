"""An agent that fails leaves the run partial: the cause and the fix are named, and going on runs it and those behind it, nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_shelf
from finestream.simulator.background import running
from finestream.simulator.script import Fault, Script
from finestream.workflow.plan import Plan, make_plan
from finestream.workflow.samples import sample, script_of
from tests.e2e.runs import STEPS, Project, Run, wrong

KEY = "sk-ant-test"


@contextmanager
def api(project: Project, *faults: Fault, step: str = "right") -> Iterator[Mapping[str, str]]:
    """An API that answers one agent with ``faults`` at first; what a run needs to know to ask it."""
    plan = plan_of(project)
    script = script_of(plan, {each: sample(assignment, 2000) for each, assignment in plan.assignments.items()})
    with running(broken(script, step, faults)) as simulator:
        yield {
            "ANTHROPIC_BASE_URL": simulator.url,
            "ANTHROPIC_API_KEY": KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }


def plan_of(project: Project) -> Plan:
    shelf = load_shelf(AGENTS, project.folder)
    workflow = find_volume(load_shelf(WORKFLOWS, project.folder), WORKFLOWS, "diamond").definition
    assert workflow
    return make_plan(workflow, definitions(shelf), "Build it.", shipped=frozenset())


def broken(script: Script, step: str, faults: tuple[Fault, ...]) -> Script:
    routes = []
    for route in script.routes:
        assert route.author
        author = replace(route.author, faults=tuple((0, fault) for fault in faults)) if route.match == f'step="{step}"' else route.author
        routes.append(replace(route, author=author))
    return replace(script, routes=tuple(routes))


def begun(run: Run) -> dict[str, int]:
    return {step: sum(entry["kind"] == "began" for entry in run.entries(step)) for step in STEPS}


@pytest.fixture(params=["claude-code", "api"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", "--backend", request.param, is_simulated=False)
    with made.tidied():
        yield made


CASES: Mapping[str, tuple[Fault, str]] = {
    "authentication": (Fault("status", status=401, error="authentication_error", times=None), "ANTHROPIC_API_KEY"),
    "billing": (Fault("status", status=402, error="billing_error", times=None), "credit"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_concerns_every_agent_stops_the_run_and_says_what_to_do(case: str, project: Project) -> None:
    fault, fix = CASES[case]
    with api(project, fault) as known:
        code, out, err = project.begin(known=known).finish()
        [run] = project.runs
        agents = run.summary()["agents"]
        assert (code, run.summary()["state"]) == (1, "partial"), out + err
        assert (agents["right"]["state"], agents["last"]["state"]) == ("failed", "blocked")
        assert str(fault.status) in agents["right"]["cause"] and fix in agents["right"]["fix"]
        assert agents["right"]["cause"] in out and agents["right"]["fix"] in out and f"--resume {run.ident}" in out
    check_completed(project, run)


def test_an_overloaded_api_is_waited_for(project: Project) -> None:
    with api(project, Fault("status", status=529, times=2)) as known:
        code, out, err = project.begin(known=known).finish()
        assert code == 0, out + err
        [run] = project.runs
        assert not wrong(run, run.documents())


def test_one_failed_agent_and_those_behind_it_are_run_again(project: Project) -> None:
    with api(project, Fault("status", status=400, error="invalid_request_error", times=None)) as known:
        code, out, err = project.begin(known=known).finish()
        [run] = project.runs
        states = {step: agent["state"] for step, agent in run.summary()["agents"].items()}
        assert (code, states) == (1, {"first": "done", "left": "done", "right": "failed", "last": "blocked"}), out + err
    before = begun(run)
    check_completed(project, run)
    assert {step: count - before[step] for step, count in begun(run).items()} == {"first": 0, "left": 0, "right": 1, "last": 1}


def check_completed(project: Project, run: Run) -> None:
    """See that going on, with an API that is well, runs nobody who was through, and completes the run."""
    through = {step for step, agent in run.summary()["agents"].items() if agent["state"] == "done"}
    before = begun(run)
    with api(project) as known:
        code, out, err = project.resume(run.ident, known=known).finish()
    assert code == 0, out + err
    assert all(count == before[step] for step, count in begun(run).items() if step in through)
    assert not wrong(run, run.documents())
    assert KEY not in json.dumps(run.summary())
