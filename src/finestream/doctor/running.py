"""Programs that are run to see what they do. SHELL. Its one law: none of them is waited for without end."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PATIENCE = 10.0


class Outcome(NamedTuple):
    """``code`` None: it does not start, or did not end; ``err`` says so."""

    code: int | None
    out: str
    err: str
    milliseconds: float


def run(command: Sequence[str], environ: Mapping[str, str], folder: Path, stdin: bytes = b"", *, patience: float = PATIENCE) -> Outcome:
    """Run a program to its end."""
    started = time.perf_counter()
    try:
        done = subprocess.run(command, env=dict(environ), cwd=folder, input=stdin, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return Outcome(None, "", f"it did not end within {patience:g} s", patience * 1000)
    except OSError as error:
        return Outcome(None, "", f"it does not start: {error.strerror}", 0.0)
    took = (time.perf_counter() - started) * 1000
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"), took)


def median(outcomes: Sequence[Outcome]) -> float:
    """Return the median of their times, in milliseconds."""
    return round(statistics.median(outcome.milliseconds for outcome in outcomes), 1)
