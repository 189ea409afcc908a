"""Where the examples are: our own under ``tests/fixtures``, and the shared ones beside the repository where there are any."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[2] / "shared" / "data"


def found(pattern: str) -> list[Path]:
    """Return the files that match ``pattern`` (``streams/**/*.sse``), our own first.

    Raises:
        AssertionError: There is none of our own, so that a test without the shared ones would test nothing.
    """
    own = sorted(FIXTURES.glob(pattern))
    assert own, f"no file of our own matches tests/fixtures/{pattern}: write one"
    return own + sorted(SHARED.glob(pattern))
