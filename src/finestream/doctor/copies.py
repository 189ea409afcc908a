"""The copies that an installation has made: scripts, agents, workflows. SHELL. Its one law: an edit is named, and nobody's to undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.mending import reinstall
from finestream.doctor.patient import Patient
from finestream.install.layout import MANIFEST, SCRIPTS, is_script
from finestream.install.record import digest, parse_manifest
from finestream.plainfile import read_plain

_SHOWN = 3


class _Copies(NamedTuple):
    """Those of one place, by their paths below it. ``known``: all."""

    known: Sequence[str]
    missing: Sequence[str]
    edited: Sequence[str]


def check_copies(patient: Patient) -> Iterator[Finding]:
    """Look whether each copy is as it was installed, for the project and for the user."""
    for root in _roots(patient):
        if (root / SCRIPTS).is_dir() or (root / MANIFEST).exists():
            copies = _look(root, patient)
            yield from _missing(patient, root, copies.missing)
            yield from _edited(root, copies.edited)
            if not copies.missing and not copies.edited:
                yield fine(f"all {len(copies.known)} copies in {root} are as they were installed")


def _roots(patient: Patient) -> list[Path]:
    users = [sheet.path.parent for sheet in patient.sheets if sheet.layer == "user" and sheet.path.name == "settings.json"]
    is_of_project = any(sheet.layer == "project" for sheet in patient.sheets)
    return list(dict.fromkeys([*[patient.project / ".claude"] * is_of_project, *users]))


def _look(root: Path, patient: Patient) -> _Copies:
    data = _content(root / MANIFEST)
    known = parse_manifest(data, patient.assets)
    found = {path: _content(root / path) for path in known}
    # A link was not installed, whatever its bytes are.
    missing = [path for path, content in found.items() if content is None and not (root / path).is_symlink()]
    edited = [path for path, content in found.items() if path not in missing and not _is_installed(root / path, content, known[path])]
    return _Copies(list(known), missing if known else [MANIFEST], edited)


def _is_installed(path: Path, content: bytes | None, expected: str) -> bool:
    return content is not None and not path.is_symlink() and digest(content) == expected


def _content(path: Path) -> bytes | None:
    """Return what a file holds, None where there is none; what cannot be read is not what was installed."""
    try:
        return read_plain(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return b""


def _missing(patient: Patient, root: Path, paths: Sequence[str]) -> Iterator[Finding]:
    scripts, others = _parted(paths)
    mend = reinstall(patient, root)
    fix = "Run 'finestream doctor --fix', which installs again what was installed." if mend else "Run 'finestream install' again."
    if scripts:
        yield broken(f"{_listed(root, scripts)} is missing, which hooks need", fix, mend, {"missing": scripts})
    if others:
        yield warning(f"{_listed(root, others)} is missing", fix, mend, {"missing": others})


def _edited(root: Path, paths: Sequence[str]) -> Iterator[Finding]:
    """An agent is there to be made one's own; a script that is another is none that anybody has tried."""
    scripts, others = _parted(paths)
    told = "edited since it was installed; an upgrade leaves it alone"
    if scripts:
        fix = "To have ours back: 'finestream install --force', which keeps a copy of yours."
        yield warning(f"{_listed(root, scripts)} was {told}", fix, facts={"edited": scripts})
    if others:
        yield fine(f"{_listed(root, others)} was {told}", edited=others)


def _parted(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what hooks run, and the rest."""
    scripts = [path for path in paths if is_script(path) and path.endswith(".py")]
    return scripts, [path for path in paths if path not in scripts]


def _listed(root: Path, paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(str(root / path) for path in paths[:_SHOWN])}{more}"
