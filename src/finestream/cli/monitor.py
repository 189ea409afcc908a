"""``finestream monitor``: the gateway alone, until Ctrl-C. SHELL."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.client import find_client
from finestream.cli.client_settings import Layers, read_layers
from finestream.cli.options import FOLDER
from finestream.cli.running import Stopped, run, tell
from finestream.errors import ClientError

if TYPE_CHECKING:
    from finestream.cli.serving import Served


@click.command("monitor")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--upstream", metavar="URL", help="The API behind it. Default: the settings' upstream, ANTHROPIC_BASE_URL, the real API.")
@click.option("--project", type=FOLDER, default=".", help="Whose settings and journal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the address and the process id.")
@click.option("--permanent", is_flag=True, help="The one that 'finestream install --monitor' has arranged for the project.")
@click.option("--supervise", "adopted", hidden=True, help="Open files that a supervisor takes over.")
@click.option("--succeed", "inheritance", hidden=True, help="What a successor gets from its supervisor.")
@click.option("--work", "inherited", hidden=True, help="Open files that a worker gets from its supervisor.")
def command(*, port: int, upstream: str | None, project: Path, as_json: bool, permanent: bool, **files: str | None) -> int:
    """Run the monitor alone, and print the address to use."""
    if permanent:
        return _be_permanent(project, **files)
    return run(_serve(project, port, upstream=upstream, as_json=as_json))


def _be_permanent(project: Path, *, inherited: str | None, inheritance: str | None, adopted: str | None) -> int:
    from finestream.cli.permanent import supervise, wait_beside, work

    if inherited:
        return work(project, inherited)
    return wait_beside(project, inheritance) if inheritance else supervise(project, adopted)


async def _serve(project: Path, port: int, *, upstream: str | None, as_json: bool) -> int:
    from finestream.cli.serving import gateway_of, remarks  # brings the gateway along, which --help need not wait for

    layers = read_layers(project, [], os.environ)
    for remark in remarks(layers, {**os.environ, **layers.all}, upstream=upstream):
        tell(remark)
    stopped = Stopped()
    async with gateway_of(project, layers, tell, upstream=upstream, port=port, kind="monitor") as served:
        click.echo(_as_json(served) if as_json else _for_people(served, layers))
        return await stopped.exit_code()


def _client() -> str:
    """What to type for the client: the one inside the wheel of the SDK is not on PATH."""
    with suppress(ClientError):
        if not shutil.which("claude"):
            return shlex.quote(str(find_client(os.environ)))
    return "claude"


def _as_json(served: Served) -> str:
    return json.dumps({"url": served.gateway.url, "pid": os.getpid()})


def _for_people(served: Served, layers: Layers) -> str:
    from finestream.journal import redact

    beaten = "ANTHROPIC_BASE_URL" in layers.all
    address = {"ANTHROPIC_BASE_URL": served.gateway.url}
    how = f"{_client()} --settings '{json.dumps({'env': address})}'" if beaten else _client()
    return f"""\
The monitor listens in front of {redact(served.upstream)}. Use it with:

  ANTHROPIC_BASE_URL={served.gateway.url} CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING=1 {how}

Without the second variable Claude Code does not stream tool inputs as they are written.
The journal is in {served.journal}. Ctrl-C ends the monitor."""
