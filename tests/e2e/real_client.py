"""A home in which the real client starts without asking anything, and knows nobody outside."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.cli.starting import PYTHONPATH

KEY = "sk-ant-api03-" + "not-a-real-key-" * 3


def settle(home: Path, *projects: Path) -> None:
    """Furnish ``home`` for sessions in ``projects``."""
    folder = home / ".claude"
    folder.mkdir(parents=True)
    known = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "numStartups": 5,
        "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        "projects": {str(project): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True} for project in projects},
    }
    (folder / ".claude.json").write_text(json.dumps(known))


def environment(home: Path) -> dict[str, str]:
    """The environment of a session there."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": PYTHONPATH,
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
