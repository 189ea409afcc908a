"""Projects for the doctor: settings files, hooks that are registered and files that they run, all in a folder of the test."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finestream.doctor import Patient, read_sheets
from finestream.doctor.hooks import EVENTS
from finestream.install.assets import load_assets
from finestream.install.flavours import commands
from finestream.shipped import folder

QUIET = "import sys; sys.stdin.read()"


def handler(event: str, *, python: str = "python3") -> dict[str, Any]:
    """Our command for an event, as an installation writes it."""
    (group,) = commands(load_assets(folder).hooks, "${CLAUDE_PROJECT_DIR}/.claude/hooks/finestream")[event]
    (found,) = group["hooks"]
    return {**found, "command": python}


def registered(*events: str, python: str = "python3") -> dict[str, Any]:
    """The ``hooks`` of a settings file."""
    return {event: [{"hooks": [handler(event, python=python)]}] for event in events or EVENTS}


def install(project: Path, code: str = QUIET) -> Path:
    """Register all hooks, and write scripts that run ``code``; the same are shipped."""
    copies = project / ".claude" / "hooks" / "finestream"
    for place in (copies, project / "shipped"):
        place.mkdir(parents=True)
        for script in ("pre_tool", "post_tool", "streaming_monitor"):
            (place / f"{script}.py").write_text(code)
    shutil.copy(folder("hooks") / "hooks.json", project / "shipped")
    settle(project, "settings.json", {"hooks": registered()})
    return copies


def settle(project: Path, name: str, content: object) -> Path:
    """Write a settings file of the project."""
    file = project / ".claude" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return file


def patient(project: Path, **fields: Any) -> Patient:
    """The project, with a user and a machine that have settings where the test has written them."""
    files = [
        ("user", project / "user.json"),
        ("project", project / ".claude" / "settings.json"),
        ("local", project / ".claude" / "settings.local.json"),
        ("managed", project / "managed.json"),
    ]
    environ: Mapping[str, str] = fields.pop("environ", {"PATH": os.environ["PATH"]})
    return Patient(project=project, environ=environ, sheets=read_sheets(files), shipped=project / "shipped", **fields)
