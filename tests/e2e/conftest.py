"""The client that the end-to-end tests drive. It is never skipped: without it nothing here would be proven."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

HOW_TO_GET_IT = (
    "Claude Code is missing: run scripts/setup, or pip install 'finestream[claude-code]' (it comes inside the claude-agent-sdk wheel)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that ``-m 'not e2e'`` leaves it out."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def claude() -> Path:
    """Return the Claude Code client: the one in the wheel of the SDK, else the one on PATH."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    bundled = Path(spec.origin or "").parent / "_bundled" / "claude" if spec else None
    if bundled and bundled.is_file():
        return bundled
    found = shutil.which("claude")
    if found is None:
        pytest.fail(HOW_TO_GET_IT, pytrace=False)
    return Path(found)
