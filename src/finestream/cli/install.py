"""``finestream install``: hooks, agents and workflows into a project, or for all projects of the user. SHELL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from finestream.cli.client import FIRST_PARTY, additions, other_provider
from finestream.cli.client_settings import Layers, read_layers
from finestream.cli.config import load_settings
from finestream.cli.installing import chosen_place, shipped_assets, tell
from finestream.cli.running import FOLDER
from finestream.install import Monitor, Order, Place, foreign_environment, install, known_environment, known_monitor, new_port, new_token
from finestream.install.ownership import is_our_address
from finestream.install.places import LOCAL, SETTINGS
from finestream.quantities import address

_BASE_URL = "ANTHROPIC_BASE_URL"


@click.command("install")
@click.option("--project", type=FOLDER, help="The project to install into.  [default: .]")
@click.option("--user", "for_user", is_flag=True, help="Install for all projects, into the user's own settings.")
@click.option("--monitor", "with_monitor", is_flag=True, help="Send the project's requests through a monitor that starts by itself.")
@click.option("--upstream", metavar="URL", help="The API behind the monitor. Default: the one that is set now.")
@click.option("--statusline", is_flag=True, help="Show what streams in Claude Code's status line.")
@click.option("--force", is_flag=True, help="Replace files of the same names, too; a copy of each is kept.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff, and make none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with what was done.")
def command(
    *,
    project: Path | None,
    for_user: bool,
    with_monitor: bool,
    upstream: str | None,
    statusline: bool,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Install hooks, agents and workflows.

    Settings keep what stands in them, to the byte. What is not ordered, such as the monitor, is taken out. A file of yours that has the
    name of one of ours stays, and is named.
    """
    place = chosen_place(project, for_user=for_user)
    upstream = _address(upstream)
    if upstream and not with_monitor:
        raise click.UsageError("--upstream is that of a monitor: give --monitor, too.")
    if with_monitor and place.project is None:
        raise click.UsageError("a monitor belongs to a project: give --project, or leave out --monitor.")
    monitor, warnings = _arrange(place, place.project, upstream) if with_monitor and place.project else (None, [])
    plan = install(place, Order(shipped_assets(), monitor, statusline, force), os.environ, is_dry=dry_run)
    plan.report.warnings += warnings
    tell(plan, is_dry=dry_run, as_json=as_json)


def _arrange(place: Place, project: Path, upstream: str | None) -> tuple[Monitor, list[str]]:
    """Choose where the monitor of a project listens and what stands behind it; what was chosen before stays. Also say what to warn of."""
    before, ours = known_monitor(place) or {}, known_environment(place)
    layers = read_layers(project, [], os.environ)
    local, shared = foreign_environment(place, LOCAL), foreign_environment(place, SETTINGS)
    known = {
        name: text for name, text in {**os.environ, **layers.all}.items() if ours.get(name) != text and not is_our_address(text)
    } | local
    found = (upstream, local.get(_BASE_URL), layers.user.get(_BASE_URL), known.get(_BASE_URL), before.get("upstream"))
    if known.get(_BASE_URL) == shared.get(_BASE_URL):  # whoever wrote the project would get the user's credentials
        found = (*found[:3], os.environ.get(_BASE_URL), before.get("upstream"))
    behind = next((str(url) for url in found if url and not is_our_address(str(url))), None)
    settings, remarks = load_settings(project, environ={**os.environ, _BASE_URL: behind or ""})
    port, token = int(str(before.get("port") or new_port())), str(before.get("token") or new_token())
    url = f"http://127.0.0.1:{port}/{token}"
    environment = additions(known, url, upstream=settings.upstream or f"https://{FIRST_PARTY}", agent=None)
    start = (sys.executable, "-m", "finestream", "monitor", "--project", str(project), "--permanent")
    warnings = [*remarks, *_warnings(layers, known, shared.get(_BASE_URL), is_told=upstream is not None)]
    return Monitor(port, token, start, behind, environment), warnings


def _warnings(layers: Layers, known: Mapping[str, str], foreign: str | None, *, is_told: bool) -> Iterator[str]:
    provider, managed = other_provider(known), layers.managed.get(_BASE_URL)
    if provider:
        yield f"Claude Code is set to ask {provider}, whose requests do not come by the monitor"
    if managed:
        yield f"the managed settings of this machine send all requests to {managed}, not by the monitor"
    elif foreign and not is_told:
        yield f"the project's settings name {foreign} as the API, which is not followed; give --upstream {foreign} if you trust it"


def _address(text: str | None) -> str | None:
    try:
        return address(text) if text else None
    except ValueError as error:
        raise click.UsageError(f"'--upstream' {error}") from None
