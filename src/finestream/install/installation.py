"""Installing and uninstalling as a whole. SHELL.

Its one law: what is missing is said before anything is touched.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from finestream.errors import InstallError
from finestream.install.assets import STATUS_LINE, Assets
from finestream.install.carrying import alone, carried_out
from finestream.install.disk import Disk, refused
from finestream.install.installing import Order, base_of, plan_installation
from finestream.install.layout import LOCAL, LOCK, MONITOR
from finestream.install.leaving import plan_uninstallation
from finestream.install.places import Place
from finestream.install.plans import Plan, decoded
from finestream.install.record import Entry
from finestream.install.running import Running, running_monitor
from finestream.install.spans import NotJson, parse_spans
from finestream.permanent.instance import is_locked
from finestream.permanent.key import own_key
from finestream.permanent.owned import is_own, open_own
from finestream.permanent.versioned import is_unignored
from finestream_hooks.seals import is_sealed

_HOST = "127.0.0.1"


def install(place: Place, order: Order, environ: Mapping[str, str], *, is_dry: bool = False, disk: Disk | None = None) -> Plan:
    """Install what is ordered, or with ``is_dry`` only say how; return what was done.

    Raises:
        InstallError: It cannot be done; everything is as it was.
    """
    disk = disk or Disk()
    _check_python(place, environ)
    if order.has_status_line and not order.assets.has_status_line:
        raise InstallError("this version has no status line", "Leave out --statusline.", path=STATUS_LINE)
    running = running_monitor(place)
    place.check_links()
    if order.monitor:
        order = replace(order, monitor=replace(order.monitor, key=own_key(environ, is_dry=is_dry)))
    plan = _done(place, lambda: plan_installation(place, order, disk), is_dry=is_dry)
    plan.report.warnings += _warnings(place, order, disk)
    if running and any(change.path == place.root / MONITOR for change in plan.changes):
        plan.report.warnings += _ended(running, is_dry=is_dry)
    return plan


def uninstall(place: Place, assets: Assets, *, keeps_logs: bool = False, is_dry: bool = False, disk: Disk | None = None) -> Plan:
    """Take out what is ours, or with ``is_dry`` only say how; return what was done.

    Raises:
        InstallError: It cannot be done; everything is as it was.
    """
    disk = disk or Disk()
    running = running_monitor(place)
    plan = _done(place, lambda: plan_uninstallation(place, assets, disk, keeps_logs=keeps_logs), is_dry=is_dry)
    plan.report.warnings += _ended(running, is_dry=is_dry) if running else []
    return plan


def _ended(running: Running, *, is_dry: bool) -> list[str]:
    """End a monitor that nobody needs; else say that it stays."""
    if running.sessions:
        return [f"the monitor goes on as it was for {running.sessions} open sessions, and ends when they have ended"]
    if not is_dry:
        running.end()
    return []


def _check_python(place: Place, environ: Mapping[str, str]) -> None:
    """See to it that the hooks will start."""
    fix = "Install Python 3.9 or newer, or put its folder on the PATH from which you start Claude Code."
    found = shutil.which("python3", path=environ.get("PATH", os.defpath))
    if found is None:
        raise InstallError("there is no 'python3' on the PATH, and the hooks need one", fix, path=str(place.root))
    if not _starts(found):
        raise InstallError("this 'python3' is older than 3.9 or does not start, and the hooks need one", fix, path=found)


@cache
def _starts(python: str) -> bool:
    """Say whether a program is a Python that runs the hooks; what only offers to install one lies on the PATH, too."""
    command = [python, "-I", "-S", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _done(place: Place, make_plan: Callable[[], Plan], *, is_dry: bool) -> Plan:
    try:
        if is_dry:
            return make_plan()
        with alone(place.project or place.root):
            return carried_out(make_plan)
    except OSError as error:  # of a folder that may not be looked into
        raise refused(error, Path(error.filename or place.root), "read") from error


def _warnings(place: Place, order: Order, disk: Disk) -> Iterator[str]:
    if any(_is_off(place, path, disk) for path in place.settings):
        yield "'disableAllHooks' is set in these settings: no hook will run until it is taken out"
    if place.project and order.monitor and is_unignored(place.project, f".claude/{LOCAL}"):
        untrack = f"add it to .gitignore, and where it is tracked already: git rm --cached {place.shown(LOCAL)}"
        yield f"git does not ignore {place.shown(LOCAL)}, which holds the monitor's token: {untrack}"


def _is_off(place: Place, path: str, disk: Disk) -> bool:
    try:
        _, text = decoded(place, path, disk.read(place.root / path))
        node = parse_spans(text).get("disableAllHooks") if text.strip() else None
    except (InstallError, NotJson):  # it is nothing that we edit
        return False
    return node is not None and text[node.start : node.end] == "true"


def known_monitor(place: Place) -> dict[str, Any] | None:
    """Return what ``monitor.json`` of the place says, or None.

    One that others may read, that was made for another folder, or that the user's key has not sealed, has come from somewhere else: its
    token is known, and its upstream would get the user's credentials.
    """
    try:
        with os.fdopen(open_own(place.root / MONITOR, os.O_RDONLY), "rb") as file:
            known, content = os.fstat(file.fileno()), json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    if not is_own(known) or not isinstance(content, dict) or content.get("project") != str(place.project) or not is_sealed(content):
        return None
    return content if isinstance(content.get("port"), int) and isinstance(content.get("token"), str) else None


def known_environment(place: Place) -> dict[str, str]:
    """Return what we have put into ``env`` of the place's settings: the client hands it on to whoever it starts."""
    entry = _entry_of(place, LOCAL)
    values = entry.trace.values if entry and entry.trace else {}
    return {path[1]: str(value) for path, value in values.items() if len(path) == 2}


def foreign_environment(place: Place, path: str) -> dict[str, str]:
    """Return ``env`` of one of the place's settings files as it is without us.

    Raises:
        InstallError: The file cannot be read.
    """
    data = Disk().read(place.root / path)
    mark, text = decoded(place, path, data)
    try:
        rest = base_of(_entry_of(place, path), data, mark, text)
        env = json.loads(decoded(place, path, rest)[1] or "{}").get("env")
    except (NotJson, ValueError, AttributeError, RecursionError):
        return {}  # it will be refused
    return {name: value for name, value in env.items() if isinstance(value, str)} if isinstance(env, dict) else {}


def _entry_of(place: Place, path: str) -> Entry | None:
    record = Plan(place, Disk()).record()
    return record.files.get(path) if record else None


def port_of(place: Place, before: Mapping[str, Any]) -> int:
    """Return the port that the monitor has had, unless another program has taken it meanwhile; else one that is free now."""
    port = int(before.get("port") or 0)
    is_ours = port and is_locked(place.root / LOCK)
    return port if is_ours else _free(port) or _free(0)


def _free(port: int) -> int:
    """Return ``port`` if it can be had (0: any), or 0."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has just been closed is free
        try:
            listener.bind((_HOST, port))
        except (OSError, OverflowError):
            return 0
        found: int = listener.getsockname()[1]
        return found


def new_token() -> str:
    """Return what a URL of the monitor cannot be guessed without."""
    return secrets.token_urlsafe(24)
