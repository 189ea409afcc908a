"""The folder of a journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from finestream.journal import FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / FOLDER
    made.mkdir(parents=True)
    return made
