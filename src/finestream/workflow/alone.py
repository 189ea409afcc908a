"""A place in which a client knows nobody: no account, no home, no traffic but ours. SHELL. Its one law: our own environment comes back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def bare(place: Path) -> dict[str, str]:
    """Return the environment of a client that works in ``place``."""
    home = place / "home"
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(place / "tmp"),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_API_KEY": "sk-ant-the-simulator-does-not-ask",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


@contextmanager
def alone(place: Path) -> Iterator[Path]:
    """Make a project in ``place`` and yield it. Our environment is meanwhile that of somebody whom nobody knows: the SDK hands it on."""
    project, before = place / "project", dict(os.environ)
    for folder in (project, place / "home", place / "tmp"):
        folder.mkdir()
    known = bare(place)
    os.environ.clear()
    os.environ.update(known)
    try:
        yield project
    finally:
        os.environ.clear()
        os.environ.update(before)
