"""A plan: what becomes of which file, and what is told about it. SHELL: it reads; carrying it out is another matter.

Its one law: everything is decided before anything is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from finestream.errors import InstallError
from finestream.install.disk import Change, Disk
from finestream.install.layout import RECORD
from finestream.install.places import Place
from finestream.install.record import Entry, Record, parse_record
from finestream.install.spans import NotJson, position
from finestream.permanent.owned import is_own
from finestream.permanent.versioned import is_tracked

_BOM = "\ufeff"


@dataclass
class Report:
    """What is told: paths, and sentences where something needs one.

    ``kept``: files of ours that somebody has changed, and copies; ``refused``: what was not done, and why.
    """

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """``folders``: to be made, outer ones first; ``changes``: in the order in which they are made, and taken back if one fails.

    ``rubbish``: files to be removed after that, which change by themselves and cannot be put back; ``emptied``: folders to be removed if
    nothing is left in them, inner ones first.
    """

    place: Place
    disk: Disk
    folders: list[Path] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    rubbish: list[Path] = field(default_factory=list)
    emptied: list[Path] = field(default_factory=list)
    report: Report = field(default_factory=Report)

    def read(self, path: str) -> bytes | None:
        """Read a file of the place."""
        return self.disk.read(self.place.root / path)

    def is_link(self, path: str) -> bool:
        """Say whether this is a link: whatever its bytes are, what it leads to was not installed."""
        return (self.place.root / path).is_symlink()

    def record(self) -> Record | None:
        """Read the record of the last installation, where it is the user's own: what it says was there before is written into settings."""
        try:
            known = (self.place.root / RECORD).lstat()
        except OSError:
            return None
        if is_own(known) and not is_tracked(self.place.root, RECORD):
            return parse_record(self.read(RECORD))
        self.report.warnings.append(f"{self.place.shown(RECORD)} may have come with a clone, and was not believed")
        return None

    def put(self, path: str, data: bytes, *, mode: int | None = None, is_first: bool = False) -> None:
        """Plan to write a file, unless it is so already; with ``is_first`` before all others."""
        before, known = self.read(path), self.mode(path)
        if before == data and (mode is None or mode == known):
            self.report.unchanged.append(self.place.shown(path))
            return
        self._need(Path(path).parent)
        self.changes.insert(0 if is_first else len(self.changes), Change(self.place.root / path, before, data, mode, known))
        self.report.written.append(self.place.shown(path))

    def take(self, path: str) -> None:
        """Plan to remove a file, if it is there."""
        before = self.read(path)
        if before is not None:
            self.changes.append(Change(self.place.root / path, before, None, mode_before=self.mode(path)))
            self.report.removed.append(self.place.shown(path))

    def mode(self, path: str) -> int | None:
        """Return a file's permissions, None where there is none."""
        file = self.place.root / path
        return file.stat().st_mode & 0o7777 if file.exists() else None

    def mode_before(self, path: str, entry: Entry | None) -> int | None:
        """Return the permissions that a file has to get back; None: those that it has."""
        known = self.mode(path)
        return None if entry is None or known is None else entry.mode_to_restore(known)

    def restore(self, path: str, original: bytes | None, *, mode: int | None = None) -> None:
        """Plan to give a file back the bytes that it had, and the permissions; None: there was no file."""
        if original is None:
            self.take(path)
        else:
            self.put(path, original, mode=mode)

    def _need(self, folder: Path) -> None:
        for part in (self.place.root, *(self.place.root / above for above in reversed([folder, *folder.parents][:-1]))):
            if part not in self.folders and not part.is_dir():
                self.folders.append(part)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.changes or self.rubbish)


def decoded(place: Place, path: str, data: bytes | None) -> tuple[str, str]:
    """Return the byte order mark and the text of a settings file; a missing one is empty.

    Raises:
        InstallError: It is not UTF-8.
    """
    try:
        text = (data or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        text = (data or b"")[: error.start].decode("utf-8", "replace")
        shown = str(place.root / path)
        raise InstallError("this is not UTF-8 text", "Save the file as UTF-8.", path=shown, at=position(text, len(text))) from error
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def not_editable(place: Place, path: str, text: str, error: NotJson) -> InstallError:
    """Return the error to raise for a settings file that is not what it should be."""
    fix = "Mend this place; the file was left as it is."
    return InstallError(error.reason, fix, path=str(place.root / path), at=position(text, error.offset))
