"""Programs that tests need and pip cannot bring: found where they are, else installed in CI, else said how to get."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import TypeVar

import pytest

_Found = TypeVar("_Found")


def needed(find: Callable[[], _Found | None], package: str, how_to_get_it: str) -> _Found:
    """Return what ``find`` finds. In CI it is installed first where it is missing, and never skipped; elsewhere the test is skipped."""
    is_ci = bool(os.environ.get("CI"))
    found = find()
    if found is None and is_ci and os.getuid() == 0:
        _install(package)
        found = find()
    if found is None:
        (pytest.fail if is_ci else pytest.skip)(how_to_get_it)
    return found


def _install(package: str) -> None:
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", package]):
        subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=True, capture_output=True)
