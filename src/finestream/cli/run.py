"""``finestream run``: a workflow of agents, each of which begins with the first part of what the one before it writes. SHELL."""

from __future__ import annotations

import json
import os
import sys
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from finestream.cli.options import FOLDER
from finestream.errors import FinestreamError
from finestream.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from finestream.catalog import Agent
    from finestream.cli.shelf import Volume
    from finestream.workflow.folder import Folder
    from finestream.workflow.plan import Plan

BACKENDS = ("claude-code", "api")
PACING = "0.3,300"


@click.command("run")
@click.argument("workflow", required=False)
@click.argument("request", required=False)
@click.option("--project", type=FOLDER, default=".", help="Where the agents work.")
@click.option("--backend", type=click.Choice(BACKENDS), default=BACKENDS[0], help="Sessions of Claude Code, or of the API alone.")
@click.option("--no-streaming", is_flag=True, help="Hand every document on as a whole, to compare.")
@click.option("--simulate", is_flag=True, help="Offline: the model is simulated, everything else is real.")
@click.option("--pacing", metavar="SECONDS,TOKENS", default=PACING, help="Of the simulated model: time to first token, tokens a second.")
@click.option(
    "--upstream", metavar="URL", help="The API behind the monitor. Default: the settings' upstream, ANTHROPIC_BASE_URL, the real API."
)
@click.option("--allow-bypass", is_flag=True, help="Follow agents of the project that want to use every tool without a question.")
@click.option("--database", metavar="URL", help="Where the run is kept: postgresql://... Default: a file of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: lines while it runs, or what was asked for.")
@click.option("--list", "is_list", is_flag=True, help="List the runs of the project.")
@click.option("--show", metavar="ID", help="Tell what came of a run. 'last' is the latest one.")
@click.option("--resume", metavar="ID", help="Go on with a run that was interrupted, or that has failed in a part.")
def command(**options: Any) -> int:
    """Run WORKFLOW, which is a name or a file, for REQUEST, which is a text, or - for standard input.

    Documents are in .claude/finestream/runs/ID/documents when it ends. Ctrl-C ends it so that --resume can go on.
    """
    chosen = _choose(options)
    if chosen == "list":
        return _list(options["project"], as_json=options["as_json"])
    if chosen == "show":
        return _show(options["project"], options["show"], as_json=options["as_json"])
    if chosen == "resume":
        from finestream.workflow.folder import find_folder

        folder = find_folder(options["project"], options["resume"])
        plan, how = folder.load_own()
        check_installed(how["backend"])
    else:
        check_installed(options["backend"])
        folder, plan, how = _begin(options)
    from finestream.cli.carrying import carry

    return carry(folder, plan, how, options)


def _choose(options: dict[str, Any]) -> str:
    chosen = [name for name in ("resume", "show") if options[name]] + ["list"] * options["is_list"]
    if len(chosen) > 1 or (chosen and options["workflow"]):
        raise click.UsageError("give either a workflow and a request, or one of --list, --show and --resume.")
    if not chosen and not (options["workflow"] and options["request"]):
        raise click.UsageError(
            'give a workflow and a request: finestream run quick-flow "Add a login page". See: finestream workflows list'
        )
    return chosen[0] if chosen else "run"


def check_installed(backend: str = BACKENDS[0]) -> None:
    """See that what runs need on top is there.

    Raises:
        FinestreamError: It is not.
    """
    from importlib.util import find_spec

    wanted = {"dbos": "dbos"} | ({"claude_agent_sdk": "claude-agent-sdk"} if backend == BACKENDS[0] else {})
    missing = [name for module, name in wanted.items() if find_spec(module) is None]
    if missing:
        raise FinestreamError(f"runs need what is not installed: {', '.join(missing)}", "pip install 'finestream[run]'")


def _begin(options: dict[str, Any]) -> tuple[Folder, Plan, dict[str, Any]]:
    """Read the definitions and make the run's folder."""
    from finestream.catalog import check_workflow
    from finestream.catalog.findings import has_errors
    from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_named, load_shelf
    from finestream.permanent.key import own_key
    from finestream.workflow.folder import new_folder
    from finestream.workflow.plan import make_plan

    project, name = options["project"], options["workflow"]
    path = Path(name)
    if path.suffix in WORKFLOWS.endings:
        [volume] = load_named(WORKFLOWS, [path])
    else:
        volume = find_volume(load_shelf(WORKFLOWS, project), WORKFLOWS, name)
    shelf = load_shelf(AGENTS, project)
    agents = definitions(shelf)
    findings = [*volume.findings, *(check_workflow(volume.definition, agents) if volume.definition else ())]
    if volume.definition is None or has_errors(findings):
        told = "\n".join(str(each) for each in findings if each.severity == "error")
        raise FinestreamError(
            f"the workflow '{name}' cannot be run:\n{told}", f"Mend it, and check it: finestream workflows check {volume.path}"
        )
    request = _read_request() if options["request"] == "-" else options["request"]
    if not request.strip():
        raise click.UsageError("the request is empty.")
    shipped = frozenset(each.name for each in shelf if each.origin == "shipped")
    _check_permissions(volume.definition.agents, shelf, is_allowed=options["allow_bypass"])
    plan = make_plan(volume.definition, agents, request, shipped=shipped, is_streaming=not options["no_streaming"])
    how = {
        "backend": options["backend"],
        "simulate": parse_pacing(options["pacing"]) if options["simulate"] else None,
        "is_elsewhere": options["database"] is not None,
    }
    folder = new_folder(project)
    folder.begin(plan, how, key=own_key(os.environ))
    return folder, plan, how


def _check_permissions(used: Collection[str], shelf: Sequence[Volume[Agent]], *, is_allowed: bool) -> None:
    """See that no agent of the project gives itself every permission: whoever wrote it would have them on this machine.

    Raises:
        FinestreamError: One does.
    """
    for each in shelf:
        agent = each.definition
        if agent and each.origin == "project" and agent.name in used and agent.permission_mode == "bypassPermissions" and not is_allowed:
            message = f"the agent '{agent.name}' of this project wants to use every tool without a question (permissionMode)"
            raise FinestreamError(message, f"Give --allow-bypass if you trust whoever wrote {each.path}, or change it there.")


def _read_request() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise FinestreamError("the request is not UTF-8 text", "Convert it, such as with iconv.") from error


def parse_pacing(text: str) -> list[float]:
    """Read a pacing of the simulated model: seconds to the first token, and tokens a second."""
    try:
        first_token, tokens = (float(each) for each in text.split(","))
        if not (0 <= first_token < inf and 0 <= tokens < inf):
            raise ValueError
    except ValueError:
        raise click.UsageError(
            f"'--pacing' must be such as {PACING}: seconds to the first token, and tokens a second; not '{text}'"
        ) from None
    return [first_token, tokens]


def _list(project: Path, *, as_json: bool) -> int:
    from finestream.cli.shelf import print_json, print_table
    from finestream.workflow.folder import list_folders

    found = [described(folder) for folder in list_folders(project)]
    if as_json:
        print_json(found)
    elif found:
        rows = [["RUN", "STATE", "SECONDS", "WORKFLOW", "REQUEST"]]
        rows += [
            [each["run"], each["state"], _seconds(each["seconds"]), each["workflow"], " ".join(each["request"].split())] for each in found
        ]
        print_table(rows)
    else:
        click.echo('There are no runs yet. Begin one: finestream run quick-flow "Add a login page"')
    return 0


def described(folder: Folder) -> dict[str, Any]:
    """Return the summary of a run, as far as it can be read."""
    from finestream.workflow.ledger import Ledger
    from finestream.workflow.summary import summarize

    try:
        plan, _ = folder.load()
        entries = folder.entries()
        ledgers = {step: Ledger(step, entries.get(step, ())) for step in plan.assignments}
    except FinestreamError as error:
        return _unreadable(folder, error.message)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _unreadable(folder, "its entries cannot be read")
    return summarize(folder.run, plan.workflow, plan.request, ledgers)


def _unreadable(folder: Folder, why: str) -> dict[str, Any]:
    unknown = dict.fromkeys(("began", "seconds", "cost"))
    return {"run": folder.run, "state": "unreadable", **unknown, "workflow": "", "request": why, "agents": {}}


def _show(project: Path, run: str, *, as_json: bool) -> int:
    from finestream.cli.shelf import print_json, write
    from finestream.workflow.folder import find_folder

    folder = find_folder(project, run)
    summary = {**described(folder), "path": str(folder.path)}
    if as_json:
        print_json(summary)
    else:
        for line in told(summary):
            write(line)
    return 0


def told(summary: dict[str, Any]) -> list[str]:
    """Say what came of a run, in lines."""
    from finestream.printable import printable

    width = max(map(len, summary["agents"]), default=0)
    lines = [f"{summary['run']}: {summary['workflow']}, {summary['state']}, {_seconds(summary['seconds'])} s"]
    lines += [f"  {printable(' '.join(summary['request'].split()))}"]
    for step, agent in summary["agents"].items():
        first = agent["until_first_chunk"]
        facts = [counted(agent["chunks"], "chunk"), counted(agent["bytes"], "byte")] * bool(agent["chunks"])
        facts += [f"first chunk after {first:.1f} s"] if first is not None else []
        facts += [counted(agent["turns"], "turn"), f"{_seconds(agent['seconds'])} s"] * bool(agent["turns"])
        facts += [f"${agent['cost']:.4f}"] if agent["cost"] else []
        lines.append(f"  {step:{width}}  {agent['state']:8}  {', '.join(facts)}".rstrip())
        lines += [f"  {'':{width}}  {printable(agent['cause'])}"] if agent["cause"] else []
        lines += [f"  {'':{width}}  {printable(agent['fix'])}"] if agent["fix"] else []
    if summary["state"] != "completed":
        lines.append(f"Go on with it: finestream run --resume {summary['run']}")
    return lines


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def print_summary(summary: dict[str, Any], *, as_json: bool) -> None:
    """Print what came of a run at its end."""
    if as_json:
        click.echo(json.dumps({"kind": "summary", **summary}))
        return
    from finestream.cli.shelf import write

    for line in told(summary):
        write(line)
