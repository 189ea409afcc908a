"""The permanent monitor: does it answer, can it be started, is its address a dead one. SHELL.

Its one law: a monitor that was started only to see whether it can be is ended again, unless a session has come to need it.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.mending import retire
from finestream.doctor.patient import BASE_URL, Patient, monitor_port
from finestream.errors import ArrangementError
from finestream.permanent.arrangement import LOCK, Arrangement
from finestream.permanent.instance import is_locked
from finestream.permanent.supervisor import itself
from finestream_hooks.listeners import is_foreign

_START = 10.0  # seconds; it needs half of one
_LOOK = 2.0
_PATIENCE = 25.0  # until a monitor that was told to end has ended, its open streams included
_RUNS = 9
# What the client does only at the API's own address, unless it is told to (facts 7.4, pain P18).
_LEFT_OUT = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "fine-grained streaming",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "the watch over silent connections",
    "ENABLE_TOOL_SEARCH": "the search for tools",
}
_OF_THE_API = frozenset({"ENABLE_TOOL_SEARCH"})  # another API may not know what the client sends then
_AGAIN = "Run 'finestream install --monitor' in the project."
# No proxy gets between this machine and itself.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def check_monitor(patient: Patient) -> Iterator[Finding]:
    """Look whether the monitor that the project's settings name can answer."""
    arrangement = patient.arrangement()
    address = next((sheet.env[BASE_URL] for sheet in reversed(patient.sheets) if sheet.layer == "local" and BASE_URL in sheet.env), "")
    if arrangement is None and not monitor_port(address):
        yield fine("there is no permanent monitor here; 'finestream claude' runs a session behind one of its own")
    elif arrangement is None and health(address):
        yield warning("the monitor answers, but nothing is arranged for its next start", _AGAIN)
    elif arrangement is None:
        yield _dead(patient, "the settings name a monitor that does not run and is not installed")
    elif isinstance(arrangement, ArrangementError):
        yield _dead(patient, f"{arrangement.place}: {arrangement.message}")
    else:
        yield _looked_at(patient, arrangement)


def check_changes(patient: Patient) -> Iterator[Finding]:
    """Tell what is otherwise behind the monitor than without it: the client leaves some things out at any address but the API's own."""
    if not monitor_port(patient.env.get(BASE_URL, "")):
        yield fine("nothing, as no monitor is in between")
        return
    arrangement = patient.arrangement()
    unknown = _OF_THE_API if isinstance(arrangement, Arrangement) and arrangement.upstream else frozenset()
    unset = {name: what for name, what in _LEFT_OUT.items() if patient.env.get(name, "").lower() not in ("1", "true", "yes", "on")}
    missing = {name: what for name, what in unset.items() if name not in unknown}
    if missing:
        listed = ", ".join(f"{what} ({name})" for name, what in missing.items())
        yield warning(
            f"behind the monitor the client does without {listed}", f"Set these variables in .claude/settings.local.json, or: {_AGAIN}"
        )
    else:
        yield fine("only that streams come uncompressed; what the client leaves out behind another address is switched on again")


def check_served(patient: Patient) -> Iterator[Finding]:
    """Measure what a hook costs that the monitor answers. The event is none, so that nothing is decided or written."""
    address = next((str(handler.content["url"]) for handler in patient.handlers if handler.is_address), None)
    if address is None:
        return
    url = address.rpartition("/hooks/")[0]
    if health(url) is None:
        yield fine("the hooks that the monitor answers were not measured, as it does not run now")
        return
    try:
        times = [_timed(f"{url}/hooks/0") for _ in range(_RUNS)]
    except (OSError, ValueError) as error:
        yield broken(f"the monitor does not answer hooks: {error}", "End it; the next session starts another.")
        return
    milliseconds = round(statistics.median(times), 2)
    yield fine(f"hooks that the monitor answers: {milliseconds} ms a call, without the decision", milliseconds=milliseconds)


def _timed(url: str) -> float:
    started = time.perf_counter()
    with _OPENER.open(urllib.request.Request(url, b"{}"), timeout=_LOOK) as answer:
        answer.read()
    return (time.perf_counter() - started) * 1000


def _dead(patient: Patient, message: str) -> Finding:
    """Every request of the client would be refused."""
    fix = f"Run 'finestream doctor --fix', which puts the address of the API in its place. To have the monitor back: {_AGAIN}"
    return broken(message, fix, partial(retire, patient.project))


def _looked_at(patient: Patient, arrangement: Arrangement) -> Finding:
    found = health(arrangement.url)
    if found:
        changes = f"it runs (process {found.get('pid')}) in front of {found.get('upstream')}"
        return fine(f"{changes}, with {found.get('streams')} streams and {found.get('sessions')} sessions", **found)
    if is_locked(patient.folder / LOCK):
        fix = "End the process that .claude/finestream/monitor.lock names; the next session starts another."
        return broken("the monitor runs and does not answer; .claude/finestream/monitor.log may say why", fix)
    if shutil.which(arrangement.command[0]) and sorted(arrangement.command) != sorted(itself(str(patient.project))):
        message = f"the monitor does not run, and was not started: {' '.join(arrangement.command)} is no command of this finestream"
        return warning(message, _AGAIN)
    started = _try(patient, arrangement)
    if isinstance(started, str):
        return _dead(patient, f"the monitor does not run and cannot be started: {started}")
    return fine(f"it does not run now, and starts in {started:.0f} ms when a session does", start_ms=round(started))


def _try(patient: Patient, arrangement: Arrangement) -> float | str:
    """Start it, wait until it answers, and end it; return the milliseconds, or why it does not.

    Only a command of our own is run: whoever wrote the arrangement may have written another.
    """
    if shutil.which(arrangement.command[0]) is None:
        return f"{arrangement.command[0]} is not there"
    command = itself(str(patient.project))
    nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=patient.project, env=dict(patient.environ), stdin=nothing, stdout=nothing, stderr=pipe, start_new_session=True
    )
    try:
        while time.perf_counter() - begun < _START:
            if health(arrangement.url):
                return (time.perf_counter() - begun) * 1000
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
                return said.strip()[:500] or f"exit code {process.returncode}; see .claude/finestream/monitor.log"
        return f"no answer within {_START:g} s"
    finally:
        _end(process, arrangement)
        if process.stderr:
            process.stderr.close()


def _end(process: subprocess.Popen[bytes], arrangement: Arrangement) -> None:
    found = health(arrangement.url)
    if found and (found.get("sessions") or found.get("streams")):
        return  # a session has begun meanwhile, and has found it there
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def health(url: str) -> dict[str, Any] | None:
    """Ask a monitor how it is; None: nobody answers, or somebody else."""
    try:
        if is_foreign(urlsplit(url).port or 80):
            return None
        with _OPENER.open(f"{url.rstrip('/')}/finestream/health", timeout=_LOOK) as answer:
            found = json.loads(answer.read(65536))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "pid" in found else None
