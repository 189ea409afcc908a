"""A gateway for a project, as both ``claude`` and ``monitor`` start it. SHELL.

Its one law: what goes wrong before it listens is an error of the tree, and what goes wrong later never costs a session.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from finestream.cli.client import FIRST_PARTY, other_provider
from finestream.cli.client_settings import Layers
from finestream.cli.config import load_settings
from finestream.cli.page import backstage_of
from finestream.cli.scraping import page_of
from finestream.errors import GatewayError
from finestream.gateway import Gateway, serve
from finestream.gateway.hooks import Chronicle, answer
from finestream.gateway.records import Book
from finestream.journal import FOLDER, open_journal
from finestream.roster import Entry, noted
from finestream.settings import Settings
from finestream.telemetry.opening import opened

if TYPE_CHECKING:
    from finestream.telemetry.telling import Telemetry

Tell = Callable[[str], None]
_BASE_URL = "ANTHROPIC_BASE_URL"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Where the client finds its way to the API; the gateway goes that way in its place (facts 7.4).
_WAY = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"})
_TELEMETRY = "OTEL_"  # the client gives these to no hook, so a permanent monitor knows them from the settings alone


class Served(NamedTuple):
    """A gateway that listens, and what stands behind it."""

    gateway: Gateway
    upstream: str
    journal: Path
    settings: Settings
    telemetry: Telemetry | None = None


@asynccontextmanager
async def gateway_of(
    project: Path,
    layers: Layers,
    tell: Tell,
    *,
    upstream: str | None = None,
    port: int = 0,
    kind: str = "monitor",
    may_make: Callable[[], bool] = lambda: True,
    **more: Any,
) -> AsyncIterator[Served]:
    """Run the gateway of ``project`` as long as the context lasts.

    Args:
        layers: Of Claude Code's own settings: where the user's name another API, that one is the upstream, as it is for the client alone.
        tell: Takes warnings, and what troubles the journal, each trouble once.
        upstream: From the command line.
        kind: Who wants it, for `finestream watch` to tell.
        may_make: Whether the journal may make its folder.
        more: What else `serve` takes.
    Raises:
        SettingsError, GatewayError, click.UsageError: see `load_settings` and `serve`; or upstream is the gateway itself.
    """
    settings, warnings = load_settings(project, {"upstream": upstream}, environ={**os.environ, **_of(layers.trusted, {_BASE_URL})})
    for warning in warnings:
        tell(warning)
    behind = settings.upstream or f"https://{FIRST_PARTY}"
    os.environ.update(_of(layers.trusted, _WAY) | {name: value for name, value in layers.trusted.items() if name.startswith(_TELEMETRY)})
    journal = open_journal(project, settings, tell, may_make)
    hooks, chronicle = partial(answer, journal=journal), Chronicle(journal)
    shown = {"metrics": page_of(project / FOLDER), "pages": backstage_of(project.resolve())}
    own: dict[str, Any] = {"answer": hooks, "names": chronicle.name, **shown}
    with telemetry_of(chronicle, tell) as (telemetry, book):
        async with serve(settings, upstream=behind, book=book, port=port, observer=telemetry, **own, **more) as gateway:
            _refuse_loop(behind, gateway.port)
            with noted(Entry(gateway.url, str(project.resolve()), os.getpid(), kind, time.time()), os.environ):
                yield Served(gateway, behind, project / FOLDER, settings, telemetry)


@contextmanager
def telemetry_of(chronicle: Chronicle, tell: Tell) -> Iterator[tuple[Telemetry | None, Book]]:
    """Yield who tells OpenTelemetry, where somebody wants it, and the book whose records he hears."""
    with opened(os.environ, tell, chronicle.name) as telemetry:
        yield telemetry, telemetry.hearing(chronicle) if telemetry else chronicle


def _of(environment: Mapping[str, str], names: set[str] | frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.upper() in names}


def _refuse_loop(upstream: str, port: int) -> None:
    parts = urlsplit(upstream)
    if parts.hostname in _LOOPBACK and parts.port == port:
        fix = f"Unset {_BASE_URL}, or give the address of the real API with --upstream."
        raise GatewayError("the upstream is this monitor itself, and requests would go round for ever", fix, address=upstream)


def remarks(layers: Layers, known: Mapping[str, str], *, upstream: str | None) -> Iterator[str]:
    """Say where the client's requests go otherwise than one would think: what the settings demand and we do not follow, or cannot change.

    Args:
        known: What the client will know: the environment, overlaid with the settings.
        upstream: From the command line.
    """
    provider = other_provider(known)
    if provider:
        yield f"Claude Code is set to ask {provider}, whose requests do not come by here: this session is not monitored"
    managed, foreign = layers.managed.get(_BASE_URL), layers.project.get(_BASE_URL)
    if managed:
        yield f"the managed settings of this machine send all requests to {managed}, not by here: this session is not monitored"
    elif foreign and not upstream and _BASE_URL not in layers.given:
        # Whoever wrote the project would get the user's credentials.
        yield f"the project's settings name {foreign} as the API, which is not followed; give --upstream {foreign} if you trust it"
