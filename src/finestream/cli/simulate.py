"""``finestream simulate``: an offline Messages API until Ctrl-C. SHELL."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.running import Stopped, run

if TYPE_CHECKING:
    from finestream.simulator.script import Script
    from finestream.simulator.server import Request


def _show_example(context: click.Context, parameter: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        from finestream.simulator.scriptfile import EXAMPLE

        click.echo(EXAMPLE, nl=False)
        context.exit()


@click.command("simulate")
@click.option("--script", "file", type=click.Path(path_type=Path), help="What to play, YAML or JSON. Without it every answer is a text.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--tokens-per-second", type=click.FloatRange(min=0), help="Pace of the answers; 0 is as fast as possible.")
@click.option("--first-token", type=click.FloatRange(min=0), metavar="SECONDS", help="Time to the first token.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: first the address, then one for each request.")
@click.option("--example", is_flag=True, is_eager=True, expose_value=False, callback=_show_example, help="Print a script to begin with.")
def command(*, file: Path | None, port: int, tokens_per_second: float | None, first_token: float | None, as_json: bool) -> int:
    """Play a script as an offline Messages API, with faults on demand."""
    script = _load(file)
    if tokens_per_second is not None:
        script = replace(script, tokens_per_second=tokens_per_second)
    if first_token is not None:
        script = replace(script, first_token=first_token)
    return run(_serve(script, port, as_json))


def _load(file: Path | None) -> Script:
    # Imported here, not above: neither --help nor --version should pay for it.
    from finestream.errors import ScriptError
    from finestream.simulator.script import Route, Script, Text, Turn
    from finestream.simulator.scriptfile import parse_script

    if file is None:
        return Script((Route((Turn((Text("This is the finestream simulator. Give it a script with --script."),)),)),))
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError(f"cannot be read: {error.strerror}", "Give the path of a script file with --script.", path=str(file)) from error
    except UnicodeDecodeError as error:
        raise ScriptError("is not UTF-8 text", "Give the path of a script file with --script.", path=str(file)) from error
    return parse_script(text, str(file))


async def _serve(script: Script, port: int, as_json: bool) -> int:
    from finestream.simulator.server import serve

    stopped = Stopped()
    async with serve(script, port=port, watch=lambda request: _tell(request, as_json)) as simulator:
        if as_json:
            click.echo(json.dumps({"url": simulator.url, "pid": os.getpid()}))
        else:
            click.echo(f"The simulator listens. Use it with:  ANTHROPIC_BASE_URL={simulator.url} ANTHROPIC_API_KEY=any\nCtrl-C ends it.")
        return await stopped.exit_code()


def _tell(request: Request, as_json: bool) -> None:
    facts = {
        "method": request.method,
        "path": request.path,
        "kind": request.kind,
        "turn": request.turn,
        "character": request.character,
        "streamed": request.streamed,
        "generated": request.generated,
        "ended": request.ended,
    }
    turn = "" if request.turn is None else f" of turn {request.turn}"
    said = f"{request.method} {request.path}: {request.kind}{turn}, {request.generated} characters of tool input, {request.ended}"
    with suppress(BrokenPipeError):  # a reader that left does not end the simulation
        click.echo(json.dumps(facts) if as_json else said)
