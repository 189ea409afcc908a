"""``finestream bench``: what handing on early brings, measured here. SHELL."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from finestream.cli.client import additions, find_client
from finestream.cli.running import run

if TYPE_CHECKING:
    from finestream.workflow.plan import Plan
    from finestream.workflow.rehearsal import Pacing

PACING = "0.5,500"
_KB = 2**10


class Flow(NamedTuple):
    """A row of the mission's table: the workflow, how large each document is, and what the mission claims in seconds."""

    title: str
    workflow: str
    bytes: int
    claim: tuple[float, float]


FLOWS = {
    "quick": Flow("Quick Flow", "quick-flow", 4 * _KB, (8.2, 2.1)),
    "standard": Flow("Standard Flow", "standard-flow", 11 * _KB + 512, (42.3, 14.8)),
    "enterprise": Flow("Enterprise Flow", "enterprise-track", 18 * _KB + 512, (78.6, 28.2)),
    "single": Flow("Single Large Transfer", "single", 20 * _KB, (18.4, 4.1)),
}
_SINGLE = """workflow: single
steps:
  - agent: architect
    streaming_priority: high
  - agent: developer
"""


@click.group("bench")
def command() -> None:
    """Measure on this machine."""


@command.command("handoffs")
@click.argument("flows", nargs=-1, type=click.Choice(list(FLOWS)))
@click.option("--pacing", metavar="SECONDS,TOKENS", default=PACING, help="Of the simulated model: time to first token, tokens a second.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def handoffs(*, flows: tuple[str, ...], pacing: str, as_json: bool) -> int:
    """Run the mission's workflows buffered and streamed: the real client and the real pipeline, only the model is simulated.

    Takes some minutes: a document is generated at the model's pace.
    """
    from finestream.cli.run import parse_pacing
    from finestream.workflow.rehearsal import Pacing

    pace = Pacing(*parse_pacing(pacing))
    measured = []
    for name in flows or FLOWS:
        if sys.stderr.isatty():
            click.echo(f"{FLOWS[name].title} is being run, twice ...", err=True)
        measured.append(_measure(FLOWS[name], pace))
    if as_json:
        click.echo(json.dumps({"pacing": pace._asdict(), "flows": measured}))
    else:
        for line in _table(measured, pace):
            click.echo(line)
    return 0 if all(row["is_exact"] for row in measured) else 1


def _measure(flow: Flow, pace: Pacing) -> dict[str, Any]:
    from finestream.workflow.figures import bound_of, described, figures_of
    from finestream.workflow.rehearsal import rehearse
    from finestream.workflow.samples import sample, script_of

    row: dict[str, Any] = {"flow": flow.title, "bytes": flow.bytes, "claim": flow.claim, "is_exact": True}
    for way in ("buffered", "streamed"):
        plan = _plan(flow, is_streaming=way == "streamed")
        documents = {step: sample(assignment, flow.bytes) for step, assignment in plan.assignments.items()}
        script = script_of(plan, documents, first_token=pace.first_token, tokens_per_second=pace.tokens_per_second)
        played = run(rehearse(plan, script, client=find_client(os.environ), environment=_environment))
        row["is_exact"] &= all(played.ledgers[step].document.value() == document for step, document in documents.items())
        row["agents"], row[way] = len(documents), described(figures_of(played.entries, played.launched))
        if way == "streamed":
            row["bound"] = asdict(bound_of(played.entries, pace.first_token))
    return row


def _environment(known: Any, url: str, upstream: str, agent: str) -> dict[str, str]:
    return additions(known, url, upstream=upstream, agent=agent)


def _plan(flow: Flow, *, is_streaming: bool) -> Plan:
    from finestream.catalog import parse_workflow
    from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_shelf
    from finestream.workflow.plan import make_plan

    nowhere = Path(os.devnull)  # the shipped definitions, whatever the project has of its own
    agents = definitions(load_shelf(AGENTS, nowhere))
    if flow.workflow == "single":
        workflow, _ = parse_workflow(_SINGLE, "single.yaml")
    else:
        workflow = find_volume(load_shelf(WORKFLOWS, nowhere), WORKFLOWS, flow.workflow).definition
    assert workflow
    return make_plan(workflow, agents, "Build an online shop.", shipped=frozenset(agents), is_streaming=is_streaming)


def _table(measured: list[dict[str, Any]], pace: Pacing) -> Iterator[str]:
    yield f"The model: {pace.first_token:g} s to the first token, {pace.tokens_per_second:g} tokens/s, 4 bytes a token. Seconds."
    yield ""
    yield from _rows("flow | agents | bytes a document | until a receiver can begin: buffered | streamed | less | worst | claim")
    for row in measured:
        buffered, streamed = (statistics.median(each["first"] for each in row[way]["handoffs"]) for way in ("buffered", "streamed"))
        worst = max(each["first"] for each in row["streamed"]["handoffs"])
        claim = 1 - row["claim"][1] / row["claim"][0]
        yield (
            f"| {row['flow']} | {row['agents']} | {row['bytes']} | {buffered:.2f} | {streamed:.2f} | {1 - streamed / buffered:.0%} "
            f"| {worst:.2f} | {claim:.0%} |"
        )
    yield ""
    yield from _rows("flow | makespan: buffered | streamed | bound | with start-up | streamed beside it | claim: buffered | streamed")
    for row in measured:
        buffered, streamed, bound = row["buffered"]["makespan"], row["streamed"]["makespan"], row["bound"]
        without, with_ = row["claim"]
        yield (
            f"| {row['flow']} | {buffered:.1f} | {streamed:.1f} | {bound['perfect']:.1f} | {bound['starting']:.1f} "
            f"| {streamed / bound['starting']:.2f} | {without} | {with_} |"
        )
    beyond = [row["flow"] for row in measured if row["claim"][1] < row["bound"]["perfect"]]
    if beyond:
        yield ""
        yield f"No pipeline can reach the claimed makespan with this model, for it is beyond the bound: {', '.join(beyond)}."


def _rows(head: str) -> Iterator[str]:
    yield f"| {head} |"
    yield "|---" * (head.count("|") + 1) + "|"
