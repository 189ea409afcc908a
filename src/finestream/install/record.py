"""``install.json``: what was installed, and what was there before. PURE: bytes -> record -> bytes.

Its one law: the same installation is written as the same bytes, and a damaged record is none: everything of ours can be known without it.

    {"finestream": "0.1.0", "folders": ["hooks", ...], "files": {"settings.json": {"sha256": ..., "original": base64 or null, ...}}}

Paths are relative to the ``.claude`` folder (or the user's configuration folder) and have forward slashes. A settings file has besides
``made``, ``values`` and ``replaced``, which say what to undo when somebody else has changed the file since, and with a monitor
``fallback``: the text to put there when the monitor cannot be started, with commands and without its address, and ``mode``: the
permissions that the file had before there was a token in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from finestream.install.entries import Trace
from finestream.install.layout import is_installed, is_made, is_script


@dataclass(frozen=True)
class Entry:
    """One file. ``sha256``: as we wrote it; ``original``: the bytes that were there before, None where there was no file.

    ``copy``: the path of the copy that was kept of what a forced installation replaced; ``mode``: the permissions that the file had.
    """

    sha256: str
    original: bytes | None = None
    trace: Trace | None = None
    fallback: str | None = None
    copy: str | None = None
    mode: int | None = None

    def mode_to_restore(self, mode: int) -> int | None:
        """Return the permissions that a file gets back which has ``mode`` now; None: somebody has changed them since."""
        return self.mode if self.mode is not None and mode == narrowed(self.mode) else None

    def is_as_written(self, data: bytes) -> bool:
        """Say whether nobody has changed the file since; the fallback is a text of ours, too."""
        return digest(data) in (self.sha256, digest((self.fallback or "").encode("utf-8")) if self.fallback else "")


@dataclass(frozen=True)
class Record:
    """A whole installation."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def narrowed(mode: int) -> int:
    """Return permissions for a file with a secret in it that had ``mode``."""
    return mode & 0o700


def digest(data: bytes) -> str:
    """Return the hash by which a file is known again."""
    return hashlib.sha256(data).hexdigest()


def render_record(record: Record, version: str) -> bytes:
    """Write a record."""
    files = {path: _described(entry) for path, entry in sorted(record.files.items())}
    content = {"finestream": version, "folders": list(record.folders), "files": files}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _described(entry: Entry) -> dict[str, object]:
    original = None if entry.original is None else base64.b64encode(entry.original).decode("ascii")
    described: dict[str, object] = {"sha256": entry.sha256, "original": original}
    if entry.trace:
        described["made"] = sorted(map(list, entry.trace.made))
        described["values"] = [[list(path), value] for path, value in entry.trace.values.items()]
        described["replaced"] = [[list(path), text] for path, text in entry.trace.replaced.items()]
    rest = {"fallback": entry.fallback, "copy": entry.copy, "mode": entry.mode}
    return described | {key: value for key, value in rest.items() if value is not None}


def parse_record(data: bytes | None) -> Record | None:
    """Read a record; None where there is none that can be read."""
    try:
        content = json.loads(data or b"")
        files = {path: _entry(described) for path, described in content["files"].items() if is_installed(path)}
        return Record(files, tuple(folder for folder in map(str, content["folders"]) if is_made(folder)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _entry(described: Mapping[str, Any]) -> Entry:
    original = described["original"]
    trace = None
    if "made" in described:
        values = {tuple(path): value for path, value in described["values"]}
        replaced = {tuple(path): str(text) for path, text in described["replaced"]}
        trace = Trace(frozenset(map(tuple, described["made"])), values, replaced)
    restored = None if original is None else base64.b64decode(original, validate=True)
    copy, mode = described.get("copy"), described.get("mode")
    known = copy if copy and is_installed(copy) else None
    return Entry(str(described["sha256"]), restored, trace, described.get("fallback"), known, mode & 0o7777 if type(mode) is int else None)


def render_manifest(hashes: Mapping[str, str], version: str) -> bytes:
    """Write the list that lies beside the scripts and travels with them, where the record of one machine does not."""
    return (json.dumps({"finestream": version, "files": dict(sorted(hashes.items()))}, indent=2) + "\n").encode("ascii")


def parse_manifest(data: bytes | None, shipped: Collection[str]) -> dict[str, str]:
    """Read that list; an empty one where it cannot be read.

    Outside of the scripts' folder, which is ours alone, it is believed about names that are ``shipped`` only: whoever wrote a list that
    came with a clone may know the bytes of what is the user's own.
    """
    try:
        files = json.loads(data or b"")["files"]
        return {path: str(value) for path, value in files.items() if path in shipped or is_script(path)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
