"""docs/journal.md names every event that is written, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
WRITERS = ("src/finestream/monitor", "src/finestream/gateway", "src/finestream/journal", "hooks/finestream_hooks")
# How a record gets its name: a note of the monitor, a member of a record, a row of the table of lives.
_NAMED = re.compile(r'(?:\bnote\(\s*|\bNote\(\s*|"event": )"(\w+)"|^    "\w+": \("(\w+)", "\w+", "\w+"\),$', re.MULTILINE)


def test_the_page_names_the_events_that_are_written() -> None:
    files = [path for folder in WRITERS for path in sorted((ROOT / folder).glob("*.py"))]
    written = {name for path in files for pair in _NAMED.findall(path.read_text(encoding="utf-8")) for name in pair if name}
    table = PAGE.split("## Events", 1)[1].split("## Faults", 1)[0]
    told = {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == written


def test_the_page_names_the_errors_that_are_written() -> None:
    told = set(re.findall(r"`(\w+)`", PAGE.split("| `error` |", 1)[1].split("\n", 1)[0]))
    texts = [path.read_text(encoding="utf-8") for folder in WRITERS for path in sorted((ROOT / folder).glob("*.py"))]
    assert {name for name in told if not any(f'"{name}"' in text for text in texts)} == set()
