"""Taking a dead address out of a project's settings, and installing again what was installed. SHELL.

Its one law: it is done as the hooks do it that cannot start the monitor, and as the user has done it: what was edited since stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from finestream.doctor.patient import Patient, monitor_port
from finestream.doctor.running import run
from finestream.errors import ArrangementError
from finestream.install.layout import RECORD
from finestream.install.ownership import is_our_command
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


def reinstall(patient: Patient, root: Path | None = None) -> partial[str] | None:
    """Return how to install again what is in ``root``, the project's settings folder by default; None: no record tells of it."""
    root = root or patient.project / ".claude"
    return partial(_install, patient, root) if (root / RECORD).exists() else None


def _install(patient: Patient, root: Path) -> str:
    command = [sys.executable, "-P", "-m", "finestream", "install", *_order(patient, root)]
    done = run(command, patient.environ, patient.project, patience=60)
    return f"installed again in {root}" if done.code == 0 else f"the installation failed: {done.err.strip()[:300]}"


def _order(patient: Patient, root: Path) -> Iterator[str]:
    """Say what is to be there: what is not ordered is taken out."""
    is_of_project = root == patient.project / ".claude"
    yield from ("--project", str(patient.project)) if is_of_project else ("--user",)
    if is_of_project and not isinstance(patient.arrangement(), (type(None), Exception)):
        yield "--monitor"
    lines = [value for sheet, value in patient.says("statusLine") if sheet.path.parent == root]
    if any(isinstance(line, dict) and is_our_command(str(line.get("command"))) for line in lines):
        yield "--statusline"
