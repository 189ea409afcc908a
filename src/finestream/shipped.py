"""What is shipped beside the package. SHELL. Its one law: a wheel and an editable install hold the same folders."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return where the hooks, agents, workflows or commands lie: inside the package in a wheel, at the root of the repository else."""
    packed = _PACKAGE / "_shipped" / name
    return packed if packed.is_dir() else _PACKAGE.parents[1] / name
