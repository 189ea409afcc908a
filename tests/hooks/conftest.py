"""A project, and the two flavours of hooks."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.hooks.monitored import Installed
from tests.hooks.running import FLAVOURS, Flavour


@pytest.fixture(params=FLAVOURS)
def hook(request: pytest.FixtureRequest) -> Flavour:
    """Return each of the two ways to ask a hook."""
    return FLAVOURS[str(request.param)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project's folder, with a name that no shell would like."""
    folder = tmp_path / 'a project\'s "földer"'
    folder.mkdir()
    return folder


@pytest.fixture
def installed(project: Path, tmp_path: Path) -> Iterator[Installed]:
    """Return a project with a monitor, which is ended with the test."""
    there = Installed(project, tmp_path)
    yield there
    for pid in there.pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
