"""``finestream workflows``: list, show and check the workflows of a project and those that are shipped. SHELL."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.options import JSON, PROJECT

if TYPE_CHECKING:
    from finestream.catalog import Agent, Finding, Step, Workflow
    from finestream.cli.shelf import Volume


@click.group("workflows")
def command() -> None:
    """List, show and check workflows: those in .claude/finestream/workflows, then the shipped ones."""


@command.command("list")
@PROJECT
@JSON
def list_workflows(*, project: Path, as_json: bool) -> None:
    """Say which workflows there are, and who takes part."""
    from finestream.cli.shelf import WORKFLOWS, load_shelf, print_json, print_table

    volumes = load_shelf(WORKFLOWS, project)
    if as_json:
        print_json([_described(volume) for volume in volumes])
        return
    rows = [["WORKFLOW", "STEPS", "STREAMING", "FROM", "AGENTS"]]
    for volume in volumes:
        workflow = volume.definition
        if workflow is None:
            rows.append([volume.name, "", "", volume.origin, "has errors; see 'finestream workflows check'"])
        else:
            is_on = "enabled" if workflow.streaming else "disabled"
            rows.append([workflow.name, str(len(workflow.steps)), is_on, volume.origin, ", ".join(workflow.agents)])
    print_table(rows)


@command.command("show")
@click.argument("name")
@PROJECT
@JSON
def show_workflow(*, name: str, project: Path, as_json: bool) -> int:
    """Draw one workflow: who waits for whom, and how each document is handed on."""
    from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_shelf, print_json, tell_findings, write

    volume = find_volume(load_shelf(WORKFLOWS, project), WORKFLOWS, name)
    workflow = volume.definition
    if workflow is None:
        return tell_findings(volume.findings, str(volume.path), as_json=as_json)
    if as_json:
        print_json(_described(volume))
        return 0
    for line in _page(workflow, volume.origin, definitions(load_shelf(AGENTS, project))):
        write(line)
    return 0


@command.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@PROJECT
@JSON
def check(*, paths: tuple[Path, ...], project: Path, as_json: bool) -> int:
    """Check workflow files, or those in folders; without PATHS, all that count in the project. Exits with 1 where there is an error."""
    from finestream.catalog import check_workflow
    from finestream.cli.shelf import AGENTS, WORKFLOWS, count, definitions, load_named, load_shelf, tell_findings

    volumes = load_named(WORKFLOWS, paths) if paths else load_shelf(WORKFLOWS, project)
    agents = definitions(load_shelf(AGENTS, project))
    findings: list[Finding] = []
    for volume in volumes:
        findings += volume.findings
        findings += check_workflow(volume.definition, agents) if volume.definition else ()
    return tell_findings(findings, count(len(volumes), "workflow file"), as_json=as_json)


def _described(volume: Volume[Workflow]) -> dict[str, object]:
    workflow = volume.definition
    where = {"name": volume.name, "path": str(volume.path), "from": volume.origin, "is_usable": workflow is not None}
    if workflow is None:
        return where
    return {
        **where,
        "description": workflow.description,
        "streaming": workflow.streaming,
        "steps": [_fields(step) for step in workflow.steps],
        "estimated_latency": asdict(workflow.estimate) if workflow.estimate else None,
    }


def _fields(step: Step) -> dict[str, object]:
    size = str(step.expected_param_size) if step.expected_param_size else None
    return {**asdict(step), "when": step.when.text if step.when else None, "expected_param_size": size}


def _page(workflow: Workflow, origin: str, agents: dict[str, Agent]) -> list[str]:
    from finestream.catalog import draw

    names = max(len(_name(step)) for step in workflow.steps)
    labels = {step.id: _label(step, agents.get(step.agent), names) for step in workflow.steps}
    head = [f"{workflow.name} ({origin}: {workflow.path})"]
    head += [f"  {' '.join(workflow.description.split())}"] * bool(workflow.description)
    head += [f"streaming {'enabled' if workflow.streaming else 'disabled'}, {len(workflow.steps)} steps", ""]
    return [*head, *draw(workflow.needs, labels), *_estimate(workflow)]


def _name(step: Step) -> str:
    return step.id if step.id == step.agent else f"{step.id} ({step.agent})"


def _label(step: Step, agent: Agent | None, width: int) -> str:
    """Describe a step in columns; what it does not say itself, its agent says."""
    priority = step.streaming_priority or (agent.streaming_priority if agent else "unknown agent")
    size = step.expected_param_size or (agent.expected_param_size if agent else None)
    needs = f"← {', '.join(step.needs)}" if step.needs else ""
    condition = f"  when {step.when.text}" if step.when else ""
    return f"{_name(step):{width}}  {priority:6}  {size or ''!s:8}  {needs}{condition}".rstrip()


def _estimate(workflow: Workflow) -> list[str]:
    estimate = workflow.estimate
    if estimate is None or estimate.without_streaming is None or estimate.with_streaming is None:
        return []
    gain = "" if estimate.improvement is None else f", {estimate.improvement:g}% less"
    return ["", f"expected by its author: {estimate.without_streaming:g}s without streaming, {estimate.with_streaming:g}s with it{gain}"]
