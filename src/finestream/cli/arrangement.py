"""The permanent monitor of a project: where it listens, what stands behind it, what the client has to know. SHELL.

Its one law: what was chosen before stays, and what we have put into the settings ourselves is not taken for the user's wish.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from finestream.cli.client import FIRST_PARTY, additions, other_provider
from finestream.cli.client_settings import Layers, read_layers
from finestream.cli.config import load_settings
from finestream.install import Monitor, Place, foreign_environment, known_environment, known_monitor, new_token, port_of
from finestream.install.layout import LOCAL, SETTINGS
from finestream.install.ownership import is_our_address
from finestream.permanent.versioned import is_tracked

_BASE_URL = "ANTHROPIC_BASE_URL"


def arrange(place: Place, project: Path, upstream: str | None) -> tuple[Monitor, list[str]]:
    """Return the monitor to be installed for ``project``, and what to warn of.

    Args:
        upstream: From the command line. Else it is what the client asks now, as far as the user has said so and not the project.
    Raises:
        FinestreamError: A settings file cannot be read, or an address is none.
    """
    before, layers = known_monitor(place) or {}, read_layers(project, [], os.environ)
    ours, local = known_environment(place), foreign_environment(place, LOCAL)
    own, user = _without(ours, dict(os.environ)), _without(ours, layers.user)
    is_cloned = is_tracked(project, f".claude/{LOCAL}")
    named = None if is_cloned else local.get(_BASE_URL)
    behind = next(filter(None, [upstream, named, user.get(_BASE_URL), own.get(_BASE_URL), before.get("upstream")]), None)
    settings, remarks = load_settings(project, environ={**os.environ, _BASE_URL: behind or ""})
    port, token = port_of(place, before), str(before.get("token") or new_token())
    known = {**own, **_without(ours, layers.all), **local}
    url = f"http://127.0.0.1:{port}/{token}"
    environment = additions(known, url, upstream=settings.upstream or f"https://{FIRST_PARTY}", agent=None)
    # The monitor is started in the project's folder, where a file may have the name of a module.
    start = (sys.executable, "-P", "-m", "finestream", "monitor", "--project", str(project), "--permanent")
    shared = foreign_environment(place, SETTINGS).get(_BASE_URL)
    foreign = None if upstream else (is_cloned and local.get(_BASE_URL)) or shared
    told = [f"the monitor sends requests on to {named}, as .claude/{LOCAL} said"] if named and not upstream else []
    return Monitor(port, token, start, behind, environment), [*remarks, *told, *_warnings(layers, known, foreign)]


def _without(ours: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what we have put there: a session hands it on to whatever it runs, this command, too."""
    return {name: text for name, text in known.items() if ours.get(name) != text and not is_our_address(text)}


def _warnings(layers: Layers, known: Mapping[str, str], foreign: str | None) -> Iterator[str]:
    provider, managed = other_provider(known), layers.managed.get(_BASE_URL)
    if provider:
        yield f"Claude Code is set to ask {provider}, whose requests do not come by the monitor"
    if managed:
        yield f"the managed settings of this machine send all requests to {managed}, not by the monitor"
    elif foreign:  # whoever wrote the project would get the user's credentials
        yield f"the project's settings name {foreign} as the API, which is not followed; give --upstream {foreign} if you trust it"
