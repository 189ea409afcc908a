"""Files of a journal, and what the index says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from finestream.figures import Span, Sums
from finestream.index import FILE, measure
from finestream.index.sources import RUNS
from finestream.journal import EVENTS
from finestream.journal.journal import _line
from tests.story.records import hook, tool_input

EVER = Span(0, 10**9)


def lines(number: int, first: int = 0) -> list[bytes]:
    """As many inputs, each with other figures, and a line of a hook behind each."""
    records = [each for count in range(first, first + number) for each in (a_call(count), hook(2, "tool_ended", outcome="ok"))]
    return [_line(record) + b"\n" for record in records]


def a_call(number: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"attempts": number % 3, "cuts": number % 3, "fallbacks": int(number % 7 == 0)}
    return tool_input(number % 60, **figures, bytes=number, agent_from=("main", "qa")[number % 2], tool_use_id=f"t{number}")


def measured(folder: Path, span: Span = EVER) -> tuple[dict[str, Sums], int]:
    found = measure(folder, span)
    return found.agents, found.damaged


def anew(folder: Path, span: Span = EVER) -> tuple[dict[str, Sums], int]:
    """What there is without an index."""
    for path in folder.glob(f"{FILE}*"):
        path.unlink()
    return measured(folder, span)


def write_run(folder: Path, entries: dict[str, list[dict[str, Any]]], name: str = "one") -> Path:
    path = folder / RUNS / name / EVENTS
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [json.dumps({"step": step, **entry}) + "\n" for step, own in entries.items() for entry in own]
    path.write_text("".join(text), encoding="utf-8")
    return path
