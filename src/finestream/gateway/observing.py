"""Telling an observer of each watched response when it begins and ends. SHELL. Without one it costs nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from finestream.gateway.records import Speaker
from finestream.monitor import Monitor, response_row

_CARRIED = ("traceparent", "tracestate")  # W3C trace context: whose work the request is a part of


class Observer(Protocol):
    """Who is told. Records are values; what he is told must cost him nothing, and he may not raise."""

    def began(self, record: Mapping[str, Any], /) -> None:
        """A response has begun, which was asked for ``at`` seconds since 1970, ``waited`` seconds ago; ``carrier``: trace context."""

    def ended(self, record: Mapping[str, Any], /) -> None:
        """It is over: see `response_row`; ``at``: when, in seconds since 1970."""


@contextmanager
def observed(observer: Observer | None, monitor: Monitor, speaker: Speaker, headers: Mapping[str, str], *, waited: float) -> Iterator[None]:
    """Tell ``observer`` of a response that lasts as long as the context. ``waited``: seconds since it was asked for."""
    if observer is None:
        yield
        return
    began = asyncio.get_running_loop().time()
    carrier = {name: headers[name] for name in _CARRIED if name in headers}
    observer.began({**speaker.fields, "at": time.time() - waited, "waited": waited, "carrier": carrier})
    try:
        yield
    finally:
        observer.ended({**speaker.fields, **response_row(monitor, began), "at": time.time()})
