"""Reading a journal back. SHELL. Its one law: a line that is torn, empty or foreign costs that line only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from finestream.journal.lines import part_of


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of the journal file ``path`` and of its older parts, the oldest first; nothing where there is no file."""
    older = list(takewhile(Path.exists, (part_of(path, index) for index in count(1))))
    for part in [*reversed(older), path]:
        with suppress(FileNotFoundError), part.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            yield from filter(None, map(_record, lines))


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
