"""Taking a dead address out of a project's settings. SHELL. Its one law: it is done as the hooks do it that cannot start the monitor."""

from __future__ import annotations

import re
from pathlib import Path

from finestream.doctor.patient import monitor_port
from finestream.errors import ArrangementError
from finestream.permanent.arrangement import FOLDER, load_arrangement
from finestream.plainfile import read_plain
from finestream_hooks.fallback import API, fall_back

LOCAL = Path(".claude", "settings.local.json")
_URL = re.compile(r"http://127\.0\.0\.1:[0-9]+/[\w-]+")


def retire(project: Path) -> str:
    """Put the address of the API where the monitor's stands, and commands where its hooks are; return what was done."""
    try:
        text = read_plain(project / LOCAL).decode("utf-8", "replace")
    except OSError:
        text = ""
    port = next((found for url in _URL.findall(text) if (found := monitor_port(url))), 0)
    upstream, token = _arranged(project)
    done = fall_back(str(project), str(project / FOLDER), port=port, upstream=upstream, token=token)
    return f"the monitor does not answer: {done}"


def _arranged(project: Path) -> tuple[str, str | None]:
    """Return what stood behind the monitor, and its token, where that is the user's own word: it gets the credentials."""
    try:
        arrangement = load_arrangement(project)
    except ArrangementError:
        return API, None
    return arrangement.upstream or API, arrangement.token
