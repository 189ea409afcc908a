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
    from finestream.demo.performance import Performance

SCENARIOS = (7, 8, 9)


@click.command("demo")
@click.argument("number", type=click.Choice([str(number) for number in SCENARIOS]), required=False, metavar="[7|8|9]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each scenario.")
def command(*, number: str | None, as_json: bool) -> int:
    """See the recoveries at work, offline: Claude Code against a simulated API whose streams break.

    7: the output limit cuts a handoff. 8: the connection drops in the middle of one. 9: one is malformed. Without a number: all three.
    """
    client = find_client(os.environ)
    played = [_play(client, each, as_json=as_json) for each in ([int(number)] if number else SCENARIOS)]
    if not as_json and len(played) > 1:
        from finestream.demo.narration import summary

        _print(summary(played))
    return 0 if all(each.is_exact for each in played) else 1


def _play(client: Path, number: int, *, as_json: bool) -> Performance:
    from finestream.demo.narration import data, tell
    from finestream.demo.scenarios import scenarios
    from finestream.demo.stage import perform

    if sys.stderr.isatty():
        click.echo(f"Scenario {number} is being played ...", err=True)
    played = run(perform(scenarios()[number], client, _environment))
    if played.code is None or not played.requests:
        raise ClientError(f"the client did not play scenario {number}: {played.stderr.strip() or f'exit code {played.code}'}", _TRY_IT)
    if as_json:
        click.echo(json.dumps(data(played)))
    else:
        _print([*tell(played), ""])
    return played


_TRY_IT = "See whether it starts: claude --version. If it does not, install it anew."


def _environment(known: Mapping[str, str], url: str, upstream: str, agent: str) -> dict[str, str]:
    return {**known, **additions(known, url, upstream=upstream, agent=agent)}


def _print(lines: Iterable[str]) -> None:
    from finestream.demo.narration import ASCII

    is_plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    for line in lines:
        click.echo(line.translate(ASCII).encode("ascii", "replace").decode() if is_plain else line)
