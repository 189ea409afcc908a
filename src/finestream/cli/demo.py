"""``finestream demo``: the mission's scenarios, offline, with the real client. SHELL."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.client import additions, find_client
from finestream.cli.running import run
from finestream.errors import ClientError

if TYPE_CHECKING:
    from finestream.demo.comparison import Comparison
    from finestream.demo.performance import Performance

HANDOFFS, RECOVERIES = range(1, 7), range(7, 10)
OVERVIEW = (2, *RECOVERIES)  # what a newcomer sees within a minute: one handoff, and the recoveries


@click.command("demo")
@click.argument("number", type=click.IntRange(1, 9), required=False, metavar="[1-9]")
@click.option(
    "--pace", type=click.FloatRange(0.1, 1000), default=1.0, metavar="FACTOR", help="Of 1 to 6: so many times faster than the mission."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each scenario.")
def command(*, number: int | None, pace: float, as_json: bool) -> int:
    """See the mission's scenarios, offline: Claude Code against a simulated API.

    1 to 6: a large document is handed on, as a whole and then while it is written. 1: an architecture; 2: a feature; 3: a test plan;
    4: a threat model; 5: an infrastructure; 6: ten agents. 7 to 9: a stream breaks. 7: the output limit cuts a handoff; 8: the connection
    drops in the middle of one; 9: one is malformed. Without a number: 2, and 7 to 9.
    """
    client = find_client(os.environ)
    chosen = [number] if number else OVERVIEW
    handed = [_compare(client, each, pace, as_json=as_json) for each in chosen if each in HANDOFFS]
    played = [_play(client, each, as_json=as_json) for each in chosen if each in RECOVERIES]
    if not as_json and len(chosen) > 1:
        from finestream.demo.narration import summary

        _print([*summary(played), "", _OTHERS])
    return 0 if all(each.is_exact and each.is_reduced for each in handed) and all(each.is_exact for each in played) else 1


_OTHERS = "The other handoffs: finestream demo 1, 3, 4, 5 and 6; each takes about a minute."


def _compare(client: Path, number: int, pace: float, *, as_json: bool) -> Comparison:
    from finestream.cli.run import check_installed

    check_installed()
    from finestream.catalog import Agent, Workflow
    from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, load_shipped
    from finestream.demo.comparison import Comparison, data, tell
    from finestream.demo.measuring import Figures, measure
    from finestream.demo.pipeline import carry
    from finestream.demo.transfers import transfers

    transfer = transfers()[number]
    agents: dict[str, Agent] = definitions(load_shipped(AGENTS))
    tracks: dict[str, Workflow] = definitions(load_shipped(WORKFLOWS))

    def figures(how: str, *, is_streaming: bool) -> Figures:
        _say(f"Scenario {number} is being played, {how} ...")
        play = run(carry(transfer, transfer.plan(agents, tracks, is_streaming=is_streaming), client, _environment, pace=pace))
        if play.troubles:
            raise ClientError(f"the client did not play scenario {number}: {'; '.join(play.troubles)}", _TRY_IT)
        return measure(transfer, play)

    found = Comparison(transfer, pace, figures("buffered", is_streaming=False), figures("streamed", is_streaming=True))
    if as_json:
        click.echo(json.dumps(data(found)))
    else:
        _print([*tell(found), ""])
    return found


def _play(client: Path, number: int, *, as_json: bool) -> Performance:
    from finestream.demo.narration import data, tell
    from finestream.demo.scenarios import scenarios
    from finestream.demo.stage import perform

    _say(f"Scenario {number} is being played ...")
    played = run(perform(scenarios()[number], client, _environment))
    if played.code is None or not played.requests:
        raise ClientError(f"the client did not play scenario {number}: {played.stderr.strip() or f'exit code {played.code}'}", _TRY_IT)
    if as_json:
        click.echo(json.dumps(data(played)))
    else:
        _print([*tell(played), ""])
    return played


_TRY_IT = "See whether it starts: claude --version. If it does not, install it anew."


def _say(sentence: str) -> None:
    if sys.stderr.isatty():
        click.echo(sentence, err=True)


def _environment(known: Mapping[str, str], url: str, upstream: str, agent: str) -> dict[str, str]:
    return {**known, **additions(known, url, upstream=upstream, agent=agent)}


def _print(lines: Iterable[str]) -> None:
    from finestream.demo.narration import ASCII

    is_plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    for line in lines:
        click.echo(line.translate(ASCII).encode("ascii", "replace").decode() if is_plain else line)
