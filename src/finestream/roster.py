"""The gateways of this user that run now, each noted in a file of its own in the user's state folder. SHELL.

Its one law: a note holds as long as its gateway lives. The lock on it belongs to the open file, so it is gone with the process, however
that ends; a note without a lock is nobody's, and is swept. A note holds the gateway's token, so it is private; one that is not is not
followed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from finestream.permanent.owned import is_own, open_own
from finestream_hooks.seals import key_file

FOLDER = "gateways"
_ENDING = ".json"
_URL = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/[A-Za-z0-9_-]{16,256}\Z")
_LONGEST = 64 * 1024
_MEMBERS = {"url": str, "project": str, "pid": int, "kind": str, "began": float}


@dataclass(frozen=True, slots=True)
class Entry:
    """One gateway. ``url``: with its token; ``kind``: who started it; ``began``: seconds since 1970."""

    url: str
    project: str
    pid: int
    kind: str
    began: float


def folder(environ: Mapping[str, str]) -> Path | None:
    """Return where the notes are; None: there is no home."""
    key = key_file(environ)
    return Path(key).with_name(FOLDER) if key else None


@contextmanager
def noted(entry: Entry, environ: Mapping[str, str]) -> Iterator[None]:
    """Keep a note of a gateway as long as the context lasts. Where there is no place for it, the gateway works all the same."""
    place = folder(environ)
    held = place and _write(place / f"{entry.pid}-{secrets.token_hex(4)}{_ENDING}", entry)
    try:
        yield
    finally:
        if held:
            path, lock = held
            with suppress(OSError):
                path.unlink()
            os.close(lock)
            _tidy(path.parent)


def entries(environ: Mapping[str, str]) -> list[Entry]:
    """Read the notes of all gateways that live, in the order of their beginnings. What the dead have left is swept."""
    place = folder(environ)
    try:
        paths = sorted(place.iterdir()) if place else []
    except OSError:
        return []
    found = [_read(path) for path in paths if path.suffix == _ENDING]
    return sorted((entry for entry in found if entry), key=lambda entry: entry.began)


def _write(path: Path, entry: Entry) -> tuple[Path, int] | None:
    """Write the note in one step, locked before anybody can read it."""
    draft = path.with_suffix(".draft")
    with suppress(OSError):
        for place in (path.parent.parent, path.parent):
            place.mkdir(0o700, parents=True, exist_ok=True)
        lock = open_own(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(lock, json.dumps(asdict(entry)).encode())
            draft.rename(path)
        except OSError:
            os.close(lock)
            draft.unlink(missing_ok=True)
        else:
            return path, lock
    return None


def _read(path: Path) -> Entry | None:
    """Return what stands there, None where it is no note of ours or its gateway is gone."""
    with suppress(OSError):
        handle = open_own(path, os.O_RDONLY)
        try:
            if not is_own(os.fstat(handle)):
                return None
            if not _is_held(handle):
                path.unlink()
                return None
            return _parse(os.read(handle, _LONGEST))
        finally:
            os.close(handle)
    return None


def _is_held(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _parse(data: bytes) -> Entry | None:
    try:
        known = json.loads(data)
        members = {name: known[name] for name in _MEMBERS}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_right = all(isinstance(members[name], kind) for name, kind in _MEMBERS.items()) and _URL.match(members["url"])
    return Entry(**members) if is_right else None


def _tidy(place: Path) -> None:
    """Leave no empty folder behind."""
    with suppress(OSError):
        place.rmdir()
        place.parent.rmdir()
