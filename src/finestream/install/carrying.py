"""Carrying a plan out. SHELL. Its one law: all of it or nothing, and nothing that somebody else has written meanwhile is lost."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from finestream.errors import InstallError
from finestream.install.disk import Meddled, refused
from finestream.install.layout import STATE
from finestream.install.plans import Plan

_ATTEMPTS = 5


def carried_out(make_plan: Callable[[], Plan]) -> Plan:
    """Make a plan and carry it out, again when somebody else has changed one of its files in between; return it.

    Raises:
        InstallError: It cannot be carried out; everything is as it was.
    """
    for _ in range(_ATTEMPTS):
        plan = make_plan()
        try:
            _carry_out(plan)
        except Meddled as meddled:
            path = str(meddled)
            continue
        return plan
    raise InstallError("another program changes this file all the time", "Close it and do this again; nothing was changed.", path=path)


def _carry_out(plan: Plan) -> None:
    back: list[Callable[[], object]] = []
    path = plan.place.root
    try:
        for path in plan.folders:
            plan.disk.make_folder(path, 0o700 if path == plan.place.root / STATE else 0o777)
            back.append(partial(plan.disk.remove_folder, path))
        for change in plan.changes:
            path = change.path
            # First, so that an interrupt finds it; where nothing was done yet, the inverse finds another file than it expects.
            back.append(partial(plan.disk.carry_out, change.inverse))
            plan.disk.carry_out(change)
    except BaseException as error:  # an interrupt, too, leaves nothing half-installed
        for undo in reversed(back):
            with suppress(OSError, Meddled):  # what cannot be put back has been changed by somebody else
                undo()
        if isinstance(error, OSError):
            raise refused(error, path, "write") from error
        raise
    _clear(plan)


def _clear(plan: Plan) -> None:
    """Remove what runs have left behind; what cannot be removed is named."""
    for path in plan.rubbish:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            plan.report.warnings.append(f"{path} cannot be removed: {error.strerror}")
    for folder in plan.emptied:
        plan.disk.remove_folder(folder)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other installations away from ``folder`` as long as the context lasts."""
    while not folder.is_dir():
        folder = folder.parent
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
