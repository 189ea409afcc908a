"""The page for Prometheus, made from the project's index. SHELL. Its one law: it is read when it is asked for, and at no other time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_DAY = 86400.0


def page_of(folder: Path) -> Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], bytes]:
    """Return what makes the page of the project with the journal in ``folder``."""
    turn = threading.Lock()
    rising: list[Any] = []

    def page(state: Mapping[str, Any], views: Sequence[Mapping[str, Any]]) -> bytes:
        from finestream.figures import Span, span_of
        from finestream.index import measure
        from finestream.telemetry.exposition import Rising, exposition, families

        with turn:
            now = time.time()
            rising[:] = rising or [Rising()]
            ever = rising[0].of(measure(folder, Span(0, span_of(now, 0.0).last)).agents)
            lately = rising[0].within(measure(folder, span_of(now, _DAY)).agents)
        return exposition(families(ever, lately, views, state)).encode()

    return page
