"""What git knows of a project's files. SHELL. Its one law: without git, or outside of a repository, nothing is known."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PATIENCE = 10.0


def is_unignored(project: Path, path: str) -> bool:
    """Say whether git would take the file up."""
    return _git(project, "check-ignore", "--quiet", path) == 1  # 128: no repository


def is_tracked(project: Path, path: str) -> bool:
    """Say whether the file comes with a clone of the project, so that anybody may have written it."""
    return _git(project, "ls-files", "--error-unmatch", path) == 0


def _git(project: Path, *arguments: str) -> int | None:
    # A monitor of the file system is a program that the repository may name.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode
