"""Watching until told to stop. SHELL. Its one law: it only looks; whoever streams does not know of it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from finestream.quantities import counted
from finestream.roster import Entry, entries
from finestream.show.look import Look
from finestream.show.streams import picture
from finestream.watch.board import Board
from finestream.watch.faces import Face, Records, face_of
from finestream.watch.reading import Listening, gateways, snapshot

Json = dict[str, Any]
_PAUSE = 1 / 8  # seconds between two drawings
_PIPED = 120  # columns where there is no terminal


async def watch(project: Path | None, stream: TextIO, stopped: Awaitable[int], *, as_json: bool, with_text: bool) -> int:
    """Show the streams of ``project``, or of all, until ``stopped``; return its exit code."""
    board, face = Board(), face_of(stream, as_json=as_json)
    listening = Listening(lambda: gateways(project), lambda *news: _hear(board, face, *news), with_text=with_text)
    end = asyncio.ensure_future(stopped)
    work = [asyncio.create_task(listening.run()), asyncio.create_task(_show(board, face, listening, project))]
    try:
        await asyncio.wait([end, *work], return_when=asyncio.FIRST_COMPLETED)
        for task in work:
            if task.done():
                task.result()  # raises what has gone wrong
        return await end
    finally:
        for each in (end, *work):
            each.cancel()
        await asyncio.gather(end, *work, return_exceptions=True)
        face.close()


def _hear(board: Board, face: Face, entry: Entry, event: tuple[str, Json] | None) -> None:
    now = asyncio.get_running_loop().time()
    if event is None:
        for view in board.lose(_key(entry), now):
            face.hear(entry, "ended", view)
        return
    for name, view in board.take(_key(entry), entry.project, event, now):
        face.hear(entry, name, view)


async def _show(board: Board, face: Face, listening: Listening, project: Path | None) -> None:
    while True:
        await asyncio.sleep(_PAUSE)
        face.show(board.views(asyncio.get_running_loop().time()), _idle(listening.gateways, project))


async def look_once(project: Path | None, stream: TextIO, *, as_json: bool, with_text: bool) -> None:
    """Show what streams at this moment."""
    board, found = Board(), gateways(project)
    now = asyncio.get_running_loop().time()
    told = await asyncio.gather(*(snapshot(entry, with_text=with_text) for entry in found))
    records = Records(stream)
    for entry, body in zip(found, told, strict=True):
        for name, view in board.take(_key(entry), entry.project, ("snapshot", body), now):
            if as_json:
                records.hear(entry, name, view)
    if as_json:
        return
    width = shutil.get_terminal_size((_PIPED, 0)).columns if stream.isatty() else _PIPED
    console = Console(file=stream, highlight=False, width=width, legacy_windows=False)
    for row in picture(board.views(now), _idle(found, project), Look(width, encoding=stream.encoding or "ascii")):
        console.print(row, soft_wrap=True)


def _key(entry: Entry) -> str:
    return f"{entry.url} {entry.pid}"


def _idle(found: list[Entry], project: Path | None) -> str:
    """Say why there is nothing to see, and what to do about it."""
    if found:
        kinds = ", ".join(sorted({entry.kind for entry in found}))
        return f"Nothing streams yet: {counted(len(found), 'monitor')} ({kinds}) at rest."
    start = "Start a session behind one: finestream claude"
    if project is None:
        return f"No monitor runs.\n{start}"
    others = sum(entry.project != str(project) for entry in entries(os.environ))
    more = f"\nOf other projects there is: {counted(others, 'monitor')}; see: finestream watch --all" if others else ""
    return f"No monitor runs for {project}.\n{start}{more}"
