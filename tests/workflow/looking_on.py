"""A program that shows a run, for tests of what whoever looks on sees: ``WAY [json]``.

``whole``: everything is told at once · ``begun``: the first half; then it waits for a line, or its terminal's end, or an interrupt ·
``bug``: what is told is no entry
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

import click

from finestream.workflow.display import display
from tests.workflow.telling import a_run, plan


def main(way: str, *rest: str) -> None:
    as_json = "json" in rest
    try:
        with display(plan(), as_json=as_json, stream=sys.stdout if as_json else sys.stderr) as watch:
            run = a_run(time.time())
            if way == "bug":
                watch("architect", {"kind": "part", "at": 1.0})
            for step, entry in run if way == "whole" else run[:8]:
                watch(step, entry)
            click.echo("a warning", err=True)
            sys.stderr.write("half a line")
            if way == "begun":
                with suppress(OSError):
                    sys.stdin.readline()
                for step, entry in run[8:]:
                    watch(step, entry)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        Path("ended").write_text(str(sys.exc_info()[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
