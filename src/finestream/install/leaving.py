"""The plan of an uninstallation. SHELL: it reads what is there.

Its one law: nothing of ours stays, and nothing of anybody else's goes. Entries go before the files that they name, the address before
everything. The logs go, too: that the folder is ours and gone is what was asked for, and what a model wrote it was told to write again;
but how many inputs of which only the log knows are lost with it is said, in a dry run beforehand, and ``--keep-logs`` keeps them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from finestream.errors import InstallError
from finestream.install.assets import Assets
from finestream.install.disk import Disk
from finestream.install.entries import has_ours
from finestream.install.installing import base_of
from finestream.install.layout import IGNORE, LOCAL, MANIFEST, MONITOR, RECORD, SCRIPTS, SETTINGS, STATE
from finestream.install.ownership import SCRIPTS as NAMES
from finestream.install.ownership import may_hold_ours
from finestream.install.places import Place
from finestream.install.plans import Plan, decoded, not_editable
from finestream.install.record import Entry, Record, digest, parse_manifest
from finestream.install.spans import NotJson
from finestream.plainfile import open_plain

_LOGS = re.compile(r"(?:events\.jsonl|streaming-errors\.log)(?:\.[0-9]+)?")
# What runs leave there: the monitor's files, the hooks' memory, and figures.
_RUN = re.compile(
    r"monitor\.\w+(?:/[^/]+)?|(?:agents|mended|failures)/[^/]+|[^/]+\.(?:tmp|lock)|figures\.sqlite(?:-journal)?|streaming-metrics\.json"
)
_CAME_THROUGH = ("recovered", "corrected", "continued", "pending")


def plan_uninstallation(place: Place, assets: Assets, disk: Disk, *, keeps_logs: bool = False) -> Plan:
    """Decide what has to go.

    Raises:
        InstallError: A settings file with something of ours in it cannot be edited.
    """
    place.check_links()
    plan = Plan(place, disk)
    record = plan.record()
    for path in place.settings:
        _leave_settings(plan, path, record.files.get(path) if record else None)
    leaving = _Leaving(plan, assets, record)
    leaving.take_files()
    plan.take(MANIFEST)
    plan.take(MONITOR)
    plan.take(RECORD)
    leaving.take_rest(keeps_logs=keeps_logs)
    leaving.take_folders()
    return plan


def _leave_settings(plan: Plan, path: str, entry: Entry | None) -> None:
    data = plan.read(path)
    if data is None:
        return
    text = ""
    try:
        mark, text = decoded(plan.place, path, data)
        if entry or has_ours(text):
            plan.restore(path, base_of(entry, data, mark, text), mode=plan.mode_before(path, entry))
    except (NotJson, InstallError) as error:
        if may_hold_ours(data.decode("utf-8", "replace")):
            raise (not_editable(plan.place, path, text, error) if isinstance(error, NotJson) else error) from error


class _Leaving:
    """Fills a plan with the end of files and folders."""

    def __init__(self, plan: Plan, assets: Assets, record: Record | None) -> None:
        self._plan = plan
        self._root = plan.place.root
        self._record = record
        self._manifest = parse_manifest(plan.read(MANIFEST), assets.files)
        self._entries = {path: entry for path, entry in record.files.items() if path not in (SETTINGS, LOCAL)} if record else {}
        self._shipped = {path: digest(data) for path, data in assets.files.items()}
        self._told: set[Path] = set()

    def take_files(self) -> None:
        """Plan the end of what was copied."""
        for path in dict.fromkeys([*self._entries, *self._manifest, *self._shipped, *self._by_place()]):
            data = self._plan.read(path)
            if data is None or self._plan.is_link(path):
                continue
            if self._is_ours(path, data):
                self._take(path, self._entries.get(path))
            elif path in self._entries or path in self._manifest:
                self._keep(path, "changed since it was installed")

    def _is_ours(self, path: str, data: bytes) -> bool:
        hashes = (known.get(path) for known in (self._manifest, self._shipped))
        entry = self._entries.get(path)
        return digest(data) in (entry.sha256 if entry else None, *hashes) or path in self._by_place()

    def _by_place(self) -> list[str]:
        """Return the scripts that are ours by their place and name, where nothing else tells of them."""
        if self._record or self._manifest:
            return []
        folder = self._root / SCRIPTS
        scripts = [folder / f"{name}.py" for name in NAMES] + sorted(folder.glob("finestream_hooks/**/*.py"))
        return [self._relative(script) for script in scripts]

    def _take(self, path: str, entry: Entry | None) -> None:
        original = entry.original if entry else None
        self._plan.restore(path, original)
        copy = entry.copy if entry else None
        if copy and original is not None and self._plan.read(copy) == original:
            self._plan.take(copy)
        elif copy and self._plan.read(copy) is not None:
            self._keep(copy, "the copy that --force made")

    def _keep(self, path: str, why: str) -> None:
        self._plan.report.kept.append(f"{self._plan.place.shown(path)}: {why}")
        self._told.add(self._root / path)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def take_rest(self, *, keeps_logs: bool) -> None:
        """Plan the end of what runs have left behind."""
        folder = self._root / STATE
        files = self._left_in(folder)
        logs = [path for path in files if path.parent == folder and _LOGS.fullmatch(path.name)]
        runs = [path for path in files if _RUN.fullmatch(path.relative_to(folder).as_posix())]
        rubbish = runs if keeps_logs else logs + runs
        self._plan.rubbish = rubbish + self._compiled()
        self._plan.report.removed += [self._plan.place.shown(self._relative(path)) for path in rubbish]
        lost = 0 if keeps_logs else _lost_inputs(logs)
        if lost:
            inputs = "1 tool input" if lost == 1 else f"{lost} tool inputs"
            self._plan.report.warnings.append(f"with the log goes what arrived of {inputs} that never came through; --keep-logs keeps it")
        others = [path for path in files if path not in rubbish]
        for path in sorted(set(others) - self._told):
            self._keep(self._relative(path), "as asked" if path in logs else "not ours")
        if not others:
            self._plan.take(IGNORE)

    def _left_in(self, folder: Path) -> list[Path]:
        """Return the files that no change takes out."""
        taken = {change.path for change in self._plan.changes if change.after is None} | {self._root / IGNORE}
        found = [path for path in sorted(folder.glob("*")) + sorted(folder.glob("*/*")) if not path.is_dir() or path.is_symlink()]
        return [path for path in found if path not in taken]

    def _compiled(self) -> list[Path]:
        """Return what Python has made of the scripts."""
        folders = [folder for folder in (self._root / SCRIPTS).glob("**/__pycache__") if not folder.is_symlink()]
        return sorted(path for folder in folders for path in folder.glob("*.pyc"))

    def take_folders(self) -> None:
        """Plan the end of folders: ours by name, and those that we made; without a record, those that we leave empty."""
        ours = [path for name in (SCRIPTS, STATE) for path in (self._root / name).glob("**/") if path.is_dir()]
        if self._record:
            made = [self._root / folder for folder in self._record.folders]
        else:
            made = [parent for change in self._plan.changes for parent in _up_to(self._root, change.path.parent)]
        self._plan.emptied = sorted({*ours, *made}, key=lambda path: len(path.parts), reverse=True)


def _lost_inputs(logs: Iterable[Path]) -> int:
    """Count the calls of whose input the log alone still has what arrived."""
    lost: set[str] = set()
    through: set[str] = set()
    for log in logs:
        if log.name.startswith("streaming-errors"):
            with suppress(OSError), open_plain(log) as lines:  # what cannot be read goes, too, and nobody knows what was in it
                for record in filter(None, map(_record, lines)):
                    call = str(record.get("tool_use_id"))
                    (through if record.get("outcome") in _CAME_THROUGH else lost).add(call)
    return len(lost - through)


def _record(line: bytes) -> dict[str, Any] | None:
    """Read a line that tells of an input, or None."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get("INVALID_JSON") else None


def _up_to(root: Path, folder: Path) -> Iterator[Path]:
    while folder.is_relative_to(root):
        yield folder
        folder = folder.parent
