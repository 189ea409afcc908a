"""The Python that hooks will run, and the client that runs them. SHELL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.patient import Patient
from finestream.doctor.running import Outcome, median, run

OLDEST = (3, 9)
_RUNS = 5
_SLOW = 2.0  # times the start of the interpreter behind it; a link costs nothing, a version manager ten times as much
_ASK = "import sys; print('.'.join(map(str, sys.version_info[:3]))); print(sys.executable)"


def check_python(patient: Patient) -> Iterator[Finding]:
    """Look whether `python3` is there, starts, is new enough, and is itself."""
    found = shutil.which(patient.python, path=patient.environ.get("PATH"))
    if found is None:
        yield broken(f"there is no '{patient.python}' on PATH, which each hook runs", "Install Python 3.9 or newer.")
        return
    told = run([found, "-I", "-S", "-c", _ASK], patient.environ, patient.project)
    lines = told.out.split("\n")
    if told.code != 0 or len(lines) < 2:
        yield broken(f"{found} does not work: {_said(told)}", "Install Python 3.9 or newer, or put a working one first on PATH.")
        return
    version, real = lines[0], lines[1]
    if tuple(map(int, version.split("."))) < (*OLDEST, 0):
        yield broken(f"{found} is Python {version}, and hooks need 3.9", "Put a newer python3 first on PATH.")
        return
    yield _compared(patient, found, version, real)


def _compared(patient: Patient, found: str, version: str, real: str) -> Finding:
    own, behind = _least(patient, found, real)
    facts = {"python": found, "executable": real, "version": version, "start_ms": own, "executable_start_ms": behind}
    parts = [part.lstrip(".") for part in Path(found).parts]
    manager = next((name for name in ("pyenv", "asdf", "mise", "rtx") if name in parts), None)
    if own > _SLOW * behind and own - behind > 10:
        what = f"{found} is a shim of {manager}" if manager else f"{found} is no interpreter itself but starts one"
        message = f"{what}: a start takes {own:.0f} ms, that of {real} {behind:.0f} ms, and each hook pays that"
        fix = f'In .claude/settings.local.json, or in your own settings, let the hooks run "{real}" instead of "{patient.python}".'
        return warning(message, fix, facts=facts)
    return fine(f"{found}: Python {version}, starts in {own:.0f} ms", **facts)


def bare(patient: Patient, python: str) -> float:
    """Return what a start of the interpreter alone costs as hooks start it, in milliseconds."""
    return median([_start(patient, python) for _ in range(_RUNS)])


def _least(patient: Patient, *pythons: str) -> list[float]:
    """Return what a start of each costs at the least. They take turns: what else the machine does is the matter of none of them."""
    rounds = [[_start(patient, python).milliseconds for python in pythons] for _ in range(_RUNS)]
    return [round(min(times), 1) for times in zip(*rounds, strict=True)]


def _start(patient: Patient, python: str) -> Outcome:
    return run([python, "-I", "-S", "-c", "pass"], patient.environ, patient.project)


def check_client(patient: Patient) -> Iterator[Finding]:
    """Look whether Claude Code is there, and which."""
    if patient.client is None:
        yield warning("Claude Code was not found", "Install it (https://code.claude.com/docs), or pip install 'finestream[claude-code]'.")
        return
    told = run([str(patient.client), "--version"], patient.environ, patient.project, patience=30)
    if told.code == 0:
        yield fine(f"{patient.client}: {told.out.strip()}", client=str(patient.client), version=told.out.split(" ")[0].strip())
    else:
        yield broken(f"{patient.client} does not work: {_said(told)}", "Install Claude Code anew.")


def _said(outcome: Outcome) -> str:
    return (outcome.err or outcome.out).strip()[:300] or f"exit code {outcome.code}"
