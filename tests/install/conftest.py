"""A project that something is installed into, and what is shipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finestream.install import Assets, Place, project_place
from tests.install.shipping import ship


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    """Return the place of an empty project."""
    (tmp_path / "project").mkdir()
    return project_place(tmp_path / "project", os.environ)


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    """Return a small version of everything that is shipped."""
    return ship(tmp_path / "shipped")
