"""``finestream agents``: list, show and check the agents of a project and those that are shipped. SHELL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.options import JSON, PROJECT

if TYPE_CHECKING:
    from finestream.catalog import Agent
    from finestream.cli.shelf import Volume


@click.group("agents")
def command() -> None:
    """List, show and check agents: those in .claude/agents, then the shipped ones."""


@command.command("list")
@PROJECT
@JSON
def list_agents(*, project: Path, as_json: bool) -> None:
    """Say which agents there are, and how each hands its document on."""
    from finestream.cli.shelf import AGENTS, load_shelf, print_json, print_table

    volumes = load_shelf(AGENTS, project)
    if as_json:
        print_json([_described(volume) for volume in volumes])
        return
    rows = [["AGENT", "PRIORITY", "SIZE", "FROM", "WHEN TO USE IT"]]
    for volume in volumes:
        agent = volume.definition
        if agent is None:
            rows.append([volume.name, "", "", volume.origin, "has errors; see 'finestream agents check'"])
        else:
            rows.append(
                [agent.name, agent.streaming_priority, str(agent.expected_param_size or ""), volume.origin, _line(agent.description)]
            )
    print_table(rows)


@command.command("show")
@click.argument("name")
@PROJECT
@JSON
def show_agent(*, name: str, project: Path, as_json: bool) -> int:
    """Show one agent: what it may do, what it hands on and in which parts, and what it is told."""
    from finestream.cli.shelf import AGENTS, find_volume, load_shelf, print_json, tell_findings, write

    volume = find_volume(load_shelf(AGENTS, project), AGENTS, name)
    agent = volume.definition
    if agent is None:
        return tell_findings(volume.findings, str(volume.path), as_json=as_json)
    if as_json:
        print_json({**_described(volume), "body": agent.body})
        return 0
    for line in _page(agent, volume.origin):
        write(line)
    return 0


@command.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@PROJECT
@JSON
def check(*, paths: tuple[Path, ...], project: Path, as_json: bool) -> int:
    """Check agent files, or those in folders; without PATHS, all that count in the project. Exits with 1 where there is an error."""
    from finestream.catalog import check_agents
    from finestream.cli.shelf import AGENTS, count, load_named, load_shelf, tell_findings

    volumes = load_named(AGENTS, paths) if paths else load_shelf(AGENTS, project)
    findings = [each for volume in volumes for each in volume.findings]
    findings += check_agents(volume.definition for volume in volumes if volume.definition)
    return tell_findings(findings, count(len(volumes), "agent file"), as_json=as_json)


def _described(volume: Volume[Agent]) -> dict[str, object]:
    agent = volume.definition
    where = {"name": volume.name, "path": str(volume.path), "from": volume.origin, "is_usable": agent is not None}
    if agent is None:
        return where
    return {
        **where,
        "description": agent.description,
        "tools": agent.tools,
        "model": agent.model,
        "streaming_priority": agent.streaming_priority,
        "expected_param_size": str(agent.expected_param_size) if agent.expected_param_size else None,
        "parts": agent.parts,
        "handoff_schema": agent.handoff_schema,
    }


def _page(agent: Agent, origin: str) -> list[str]:
    parts = (agent.handoff_schema or {}).get("properties", {})
    told = [f"  {number}. {name}: {_about(part)}" for number, (name, part) in enumerate(parts.items(), 1)]
    return [
        f"{agent.name} ({origin}: {agent.path})",
        f"  {_line(agent.description)}",
        "",
        f"tools      {', '.join(agent.tools) if agent.tools is not None else 'all'}",
        f"model      {agent.model}",
        f"priority   {agent.streaming_priority}",
        f"size       {agent.expected_param_size or 'not said'}",
        "hands on   " + ("in this order" if told else "a text"),
        *told,
        "",
        *agent.body.splitlines(),
    ]


def _about(part: object) -> str:
    """Say what a part is: its description, else its type."""
    if not isinstance(part, dict):
        return json.dumps(part)
    return _line(str(part.get("description") or part.get("type") or "anything"))


def _line(text: str) -> str:
    return " ".join(text.split())
