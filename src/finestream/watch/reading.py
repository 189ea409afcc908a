"""Reading what gateways tell: finds them, connects, and connects again. SHELL. Its one law: a gateway that has gone is no error."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from finestream import sse
from finestream.roster import Entry, entries

Json = dict[str, Any]
Hear = Callable[[Entry, tuple[str, Json] | None], None]
"""Takes an event of a gateway; None: it has gone."""

STREAMS = "/finestream/streams"
PATIENCE = 2.0  # seconds for a gateway to say something for the first time
_LOOK = 0.5  # seconds between two looks for gateways
_LONGEST = 16 * 2**20  # bytes of an event


def gateways(project: Path | None, environ: Mapping[str, str] = os.environ) -> list[Entry]:
    """Return those of a project, or all."""
    return [entry for entry in entries(environ) if project is None or entry.project == str(project)]


async def listen(entry: Entry, *, with_text: bool) -> AsyncIterator[tuple[str, Json]]:
    """Yield the events of one gateway until it goes. One that answers in the place of another is left alone."""
    framer = sse.Framer(_LONGEST)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE)
    with suppress(aiohttp.ClientError, OSError):
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(f"{entry.url}{STREAMS}", params={"text": "1"} if with_text else {}) as answer,
        ):
            if answer.content_type != "text/event-stream":  # an older gateway, which sends this on
                return
            async for data in answer.content.iter_any():
                for name, body in _events(framer.feed(data)):
                    if name == "snapshot" and body.get("pid") != entry.pid:
                        return
                    yield name, body
                if framer.overflow:
                    return


def _events(whole: bytes) -> list[tuple[str, Json]]:
    found = []
    for frame in sse.split(whole):
        name, data = sse.parse(frame)
        with suppress(ValueError, RecursionError):
            body = json.loads(data)
            if isinstance(body, dict):
                found.append((name, body))
    return found


class Listening:
    """Keeps listening to every gateway that there is."""

    def __init__(self, find: Callable[[], list[Entry]], hear: Hear, *, with_text: bool) -> None:
        self._find = find
        self._hear = hear
        self._with_text = with_text
        self._tasks: dict[Entry, asyncio.Task[None]] = {}

    @property
    def gateways(self) -> list[Entry]:
        """Those that are listened to."""
        return list(self._tasks)

    async def run(self) -> None:
        """Look for gateways until this is cancelled."""
        try:
            while True:
                self._drop_ended()
                for entry in self._find():
                    if entry not in self._tasks:
                        self._tasks[entry] = asyncio.create_task(self._follow(entry))
                await asyncio.sleep(_LOOK)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _drop_ended(self) -> None:
        for entry, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[entry]
                task.result()  # raises what went wrong here, such as that nobody is there to be shown anything

    async def _follow(self, entry: Entry) -> None:
        async for event in listen(entry, with_text=self._with_text):
            self._hear(entry, event)
        self._hear(entry, None)


async def snapshot(entry: Entry, *, with_text: bool) -> Json:
    """Return what one gateway tells first; nothing where it does not answer in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for _, body in listen(entry, with_text=with_text):
                return body
    return {}
