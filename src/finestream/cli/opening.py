"""``finestream dashboard --web``: where the page is, or the page itself. SHELL. Its one law: the address comes first."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import click

from finestream.cli.page import site_of
from finestream.cli.running import Stopped, give_way, run, tell

_PATIENCE = 30.0  # seconds for a page to be there; where it has to be made first, on a busy machine, that takes some


def show_page(project: Path, *, is_opened: bool, as_json: bool) -> int:
    """Print the address of the page behind a gateway of the project that runs; where none does, serve the page until Ctrl-C."""
    from finestream.watch.reading import gateways
    from finestream.web.site import FOLDER

    found = [entry for entry in gateways(project) if _is_answering(f"{entry.url}{FOLDER}/")]
    if found:
        url, kind = f"{found[-1].url}{FOLDER}/", found[-1].kind
        _say(url, f"that is the page of the monitor that runs here ({kind}), and is there as long as it runs", as_json=as_json)
        if is_opened:
            click.launch(url)
        return 0
    return run(_serve(project, is_opened=is_opened, as_json=as_json))


def _is_answering(url: str) -> bool:
    """Whether the page is there: a gateway of an older finestream has none."""
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_PATIENCE) as answer:
            return answer.status == 200 and "script-src 'self'" in answer.headers.get("Content-Security-Policy", "")
    except (OSError, ValueError):
        return False


async def _serve(project: Path, *, is_opened: bool, as_json: bool) -> int:
    from finestream.web.serving import served

    stopped = Stopped()
    async with served(site_of(project)) as url:
        _say(url, "no monitor runs here, so this process serves the page; Ctrl-C ends it", as_json=as_json)
        if is_opened:
            await asyncio.to_thread(click.launch, url)
        return await stopped.exit_code()


def _say(url: str, why: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"url": url, "pid": os.getpid()}))
    else:
        click.echo(url)
        tell(why)
    sys.stdout.flush()


def serve_backstage(project: Path, handle: int) -> int:
    """Serve the page for a gateway, on a socket of its, until it has gone or nobody looks any more."""
    from finestream.web.serving import serve_behind

    give_way()
    listener = socket.socket(fileno=handle)
    place = Path(listener.getsockname())

    async def main() -> None:
        gateway = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(gateway), sys.stdin)
        with listener:
            await serve_behind(site_of(project), listener, gateway.read())

    run(main())
    with suppress(OSError):  # a gateway that was killed cannot do it
        place.unlink()
        place.parent.rmdir()
    return 0
