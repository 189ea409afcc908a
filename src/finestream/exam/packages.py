"""Gateways of others, installed from the package registry into virtual environments of their own. SHELL.

Its one law: an environment is either whole or made anew; what is pinned is what runs.
"""

from __future__ import annotations

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from finestream.errors import ExamError
from finestream.exam.candidates import Package

_PATIENCE = 900.0  # seconds for an installation; LiteLLM brings a hundred packages


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder that holds the environments of this user."""
    home = environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "finestream" / "candidates"


def install(package: Package, folder: Path) -> Path:
    """Return the ``bin`` folder of an environment below ``folder`` that holds ``package``; make it first, where there is none. Two at once
    wait for each other.

    Raises:
        ExamError: it cannot be made; the log of pip is named.
    """
    place = folder / f"{package.name}-{package.version}-python{sys.version_info.major}.{sys.version_info.minor}"
    stamp = place / "finestream.stamp"
    with _alone(folder, place.name):
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == package.requirement):
            shutil.rmtree(place, ignore_errors=True)
            _make(package, place, folder / f"{place.name}.log")
            stamp.write_text(package.requirement, encoding="utf-8")
    return place / "bin"


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        fix = "Set XDG_CACHE_HOME to a folder that can be written."
        raise ExamError(f"cannot be used: {error.strerror}", fix, path=str(folder)) from error


def _make(package: Package, place: Path, log: Path) -> None:
    python = str(place / "bin" / "python")
    if importlib.util.find_spec("pip"):  # a pip of its own would take seconds
        venv, pip = ["--without-pip"], [sys.executable, "-m", "pip", "--python", python]
    else:
        venv, pip = [], [python, "-m", "pip"]
    steps = (
        [sys.executable, "-m", "venv", *venv, str(place)],
        [*pip, "install", "--disable-pip-version-check", package.requirement],
    )
    with log.open("wb") as said:
        for step in steps:
            if not _has_done(step, said):
                raise ExamError(f"{package.requirement} could not be installed", "The reason stands at the end of this log.", path=str(log))


def _has_done(step: list[str], log: IO[bytes]) -> bool:
    try:
        done = subprocess.run(step, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, timeout=_PATIENCE, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0
