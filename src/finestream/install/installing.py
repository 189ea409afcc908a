"""The plan of an installation. SHELL: it reads what is there.

Its one law: a file that is not ours, or that somebody has changed since, is not overwritten, unless that is forced; then a copy is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from finestream import __version__
from finestream.install.assets import STATUS_LINE, Assets
from finestream.install.disk import PRIVATE, Disk
from finestream.install.entries import ADDRESS, ENV, Wanted, added, check_shape, stands, without
from finestream.install.entries import STATUS_LINE as STATUS_LINE_KEY
from finestream.install.flavours import commands, served, starters, urls
from finestream.install.layout import IGNORE, LOCAL, MANIFEST, MONITOR, RECORD, SCRIPTS, SETTINGS
from finestream.install.ownership import is_our_command, may_hold_ours
from finestream.install.places import Place, check_name
from finestream.install.plans import Plan, decoded, not_editable
from finestream.install.record import Entry, Record, digest, narrowed, parse_manifest, render_manifest, render_record
from finestream.install.spans import NotJson, parse_spans, texts
from finestream_hooks.fallback import API
from finestream_hooks.seals import sealed

_REFRESH = 1  # seconds between two looks, the least that the client takes; without it the line stands still while a tool input is written


@dataclass(frozen=True)
class Monitor:
    """The permanent monitor of a project: where it listens, how it is started, what stood behind the client before.

    ``environment``: what the client needs to get there, its address included; ``key``: the user's own, which seals all this.
    """

    port: int
    token: str
    command: tuple[str, ...]
    upstream: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    key: bytes = b""

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/{self.token}"


@dataclass(frozen=True)
class Order:
    """What is to be installed."""

    assets: Assets
    monitor: Monitor | None = None
    has_status_line: bool = False
    is_forced: bool = False


def plan_installation(place: Place, order: Order, disk: Disk) -> Plan:
    """Decide what has to be written so that exactly what is ordered stands there.

    Raises:
        InstallError: A settings file cannot be edited.
    """
    place.check_links()
    plan = Plan(place, disk)
    old = plan.record() or Record()
    installing = _Installing(plan, order, old)
    installing.put_state()
    for path, data in order.assets.files.items():
        installing.put_file(path, data)
    installing.put_manifest()
    wanted = _wanted(place, order)
    for path in reversed(place.settings):  # an address last: whatever it needs is there then
        installing.edit(path, wanted[path])
    installing.take_stale_files()  # behind the entries that name them
    installing.put_record()
    return plan


def _wanted(place: Place, order: Order) -> dict[str, Wanted]:
    values: dict[tuple[str, ...], object] = {}
    if order.has_status_line:
        values[(STATUS_LINE_KEY,)] = {"type": "command", "command": status_line(place), "refreshInterval": _REFRESH}
    if order.monitor is None:
        return {SETTINGS: Wanted(commands(order.assets.hooks, place.scripts), values), LOCAL: Wanted()}
    environment: dict[tuple[str, ...], object] = {(ENV, name): value for name, value in order.monitor.environment.items()}
    hooks = urls(order.assets.hooks, order.monitor.address) | starters(commands(order.assets.hooks, _own_scripts(place)))
    return {SETTINGS: Wanted({}, values), LOCAL: Wanted(hooks, environment)}


def _own_scripts(place: Place) -> str:
    """Return the scripts' folder as the machine's own settings name it.

    A session in a folder below the project, or in another worktree of its repository, has these settings and their address, too, and calls
    another folder its project.
    """
    root = place.root.absolute()
    check_name(root)
    return f"{root}/{SCRIPTS}"


def status_line(place: Place) -> str:
    """Return the command of the status line, which a shell runs."""
    path = f"{place.scripts}/{STATUS_LINE}"
    if place.project:  # the shell knows the variable, and the client starts it in the project's folder where it does not
        return f'python3 -I -S "{path.replace("${CLAUDE_PROJECT_DIR}", "${CLAUDE_PROJECT_DIR:-.}")}"'
    return "python3 -I -S " + "'" + path.replace("'", "'\\''") + "'"


class _Installing:
    """Fills a plan, and gathers the new record."""

    def __init__(self, plan: Plan, order: Order, old: Record) -> None:
        self._plan = plan
        self._order = order
        self._old = old
        self._manifest = parse_manifest(plan.read(MANIFEST), order.assets.files)
        self._files: dict[str, Entry] = {}

    def put_state(self) -> None:
        """Plan the folder that git does not see, and what the monitor is told."""
        self._plan.put(IGNORE, b"*\n", mode=PRIVATE)
        monitor = self._order.monitor
        if monitor is None:
            return
        content = {
            "port": monitor.port,
            "token": monitor.token,
            "upstream": monitor.upstream,
            "project": str(self._plan.place.project),
            "command": list(monitor.command),
        }
        text = json.dumps(sealed(content, monitor.key), indent=2, ensure_ascii=False) + "\n"
        self._plan.put(MONITOR, text.encode("utf-8"), mode=PRIVATE)

    def put_file(self, path: str, data: bytes) -> None:
        """Plan one file of ours, unless a foreign one is in the way."""
        current, entry = self._plan.read(path), self._old.files.get(path)
        shown = self._plan.place.shown(path)
        if self._plan.is_link(path):
            self._plan.report.refused.append(f"{shown} is a link, and stays as it is")
            return
        # The same bytes without a record: from a clone, or by a record that was lost.
        if current is None or current == data or self._is_untouched(path, current):
            self._files[path] = Entry(digest(data), entry.original if entry else None, copy=entry.copy if entry else None)
        elif self._order.is_forced:
            copy = self._free_name(path)
            self._plan.put(copy, current)
            self._plan.report.kept.append(f"{self._plan.place.shown(copy)}: what stood in {shown}")
            self._files[path] = Entry(digest(data), entry.original if entry else current, copy=copy)
        else:
            whose = "was changed since it was installed" if entry or path in self._manifest else "is not ours"
            self._plan.report.refused.append(f"{shown} {whose}, and stays as it is (--force replaces it and keeps a copy)")
            if entry:
                self._files[path] = entry
            return
        self._plan.put(path, data)

    def put_manifest(self) -> None:
        """Plan the list of what was copied, which is committed with it."""
        hashes = {path: entry.sha256 for path, entry in self._files.items()}
        self._plan.put(MANIFEST, render_manifest(hashes, __version__))

    def take_stale_files(self) -> None:
        """Plan the end of files of ours that this version, or this order, does not have."""
        if self._order.monitor is None:
            self._plan.take(MONITOR)
        known = dict.fromkeys([*self._old.files, *self._manifest])
        for path in known:
            current, entry = self._plan.read(path), self._old.files.get(path)
            if path in self._order.assets.files or path in (SETTINGS, LOCAL) or current is None or self._plan.is_link(path):
                continue
            if self._is_untouched(path, current):
                self._plan.restore(path, entry.original if entry else None)
            else:
                self._plan.report.kept.append(f"{self._plan.place.shown(path)}: of another version, changed since")

    def _is_untouched(self, path: str, data: bytes) -> bool:
        entry = self._old.files.get(path)
        return digest(data) in (entry.sha256 if entry else "", self._manifest.get(path, ""))

    def _free_name(self, path: str) -> str:
        number = 1
        while self._plan.read(f"{path}.orig-{number}") is not None:
            number += 1
        return f"{path}.orig-{number}"

    def edit(self, path: str, wanted: Wanted) -> None:
        """Plan our entries in a settings file, and that of the status line only where no other one is."""
        data, entry = self._plan.read(path), self._old.files.get(path)
        if wanted == Wanted() and not may_hold_ours((data or b"").decode("utf-8", "replace")):
            return  # whatever it is, it is none of our business
        mark, text = decoded(self._plan.place, path, data)
        try:
            check_shape(text, wanted)
            wanted = self._without_foreign_line(text, wanted)
            self._edit(path, mark, text, wanted, data=data, entry=entry)
        except NotJson as error:
            raise not_editable(self._plan.place, path, text, error) from error

    def _edit(self, path: str, mark: str, text: str, wanted: Wanted, *, data: bytes | None, entry: Entry | None) -> None:
        values = entry.trace.values if entry and entry.trace else wanted.values
        if stands(text, wanted) and values == wanted.values:
            if data is not None and wanted != Wanted():
                known = entry or Entry(digest(data), base_of(None, data, mark, text))
                self._put_settings(path, data, self._with_fallback(path, known, mark))
            return
        base = base_of(entry, data, mark, text)
        _, base_text = decoded(self._plan.place, path, base)
        new, trace = added(base_text, wanted)
        written = (mark + new).encode("utf-8")
        if wanted == Wanted():
            self._plan.restore(path, base, mode=self._plan.mode_before(path, entry))
            return
        mode = entry.mode if entry else None
        self._put_settings(path, written, self._with_fallback(path, Entry(digest(written), base, trace, mode=mode), mark))

    def _put_settings(self, path: str, data: bytes, entry: Entry) -> None:
        """Plan a settings file that has something of ours; that with the token gets nobody else's to read."""
        mode = None
        if path == LOCAL:
            known = self._plan.mode(path)
            if known is not None and entry.mode is None and known != narrowed(known):
                entry = replace(entry, mode=known)
            mode = PRIVATE if known is None else narrowed(known)
        self._files[path] = entry
        self._plan.put(path, data, mode=mode)

    def _with_fallback(self, path: str, entry: Entry, mark: str) -> Entry:
        if path != LOCAL:
            return entry
        _, base = decoded(self._plan.place, path, entry.original)
        every = commands(self._order.assets.hooks, _own_scripts(self._plan.place))
        hooks = served(every) | starters(every)
        # A session that runs keeps an address that is taken out, but follows one that changes (2.1.332). So the API's own takes its place.
        monitor = self._order.monitor
        address: dict[tuple[str, ...], object] = {(ENV, ADDRESS): monitor.upstream or API} if monitor else {}
        return replace(entry, fallback=mark + added(base, Wanted(hooks, address))[0])

    def _without_foreign_line(self, text: str, wanted: Wanted) -> Wanted:
        key = (STATUS_LINE_KEY,)
        line = parse_spans(text).get(STATUS_LINE_KEY) if text.strip() else None
        if key not in wanted.values or line is None or self._order.is_forced or any(map(is_our_command, texts(text, line.get("command")))):
            return wanted
        self._plan.report.refused.append(
            "the status line is not ours, and stays as it is (--force replaces it until finestream is uninstalled)"
        )
        return replace(wanted, values={path: value for path, value in wanted.values.items() if path != key})

    def put_record(self) -> None:
        """Plan the record; it is written first, so that an installation that is killed half-way can be taken out."""
        root = self._plan.place.root
        made = [folder.relative_to(root).as_posix() for folder in self._plan.folders]
        record = Record(self._files, tuple(dict.fromkeys([*self._old.folders, *made])))
        self._plan.put(RECORD, render_record(record, __version__), mode=PRIVATE, is_first=True)


def base_of(entry: Entry | None, data: bytes | None, mark: str, text: str) -> bytes | None:
    """Return what a settings file would be without us: exactly what it was where nobody else has changed it since."""
    if entry and data is not None and entry.is_as_written(data):
        return entry.original
    trace = entry.trace if entry else None
    rest = without(text, trace)
    if data is None or (not rest.strip() and entry and entry.original is None):
        return None
    if rest != text and not trace and not parse_spans(rest).parts:
        return None  # nothing but ours was in it, so nobody else has made it
    return (mark + rest).encode("utf-8")
