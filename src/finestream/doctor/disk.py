"""Where the journal is written. SHELL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.patient import Patient

_LITTLE = 20 * 2**20


def check_journal(patient: Patient) -> Iterator[Finding]:
    """Look whether a line could be written now."""
    folder = patient.folder
    linked = next((path for path in (folder.parent, folder) if path.is_symlink()), None)
    if linked:
        message = f"the journal is not written: {linked} is a link, which a clone can bring, and so is not followed"
        yield broken(message, "Put a folder in its place.")
        return
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    complaint = _complaint(there, is_made=there == folder)
    if complaint:
        yield broken(f"the journal in {folder} cannot be written: {complaint}", f"Make {there} a folder that you may write into.")
        return
    if shutil.disk_usage(there).free < _LITTLE:
        yield warning(f"the disk of {folder} is nearly full", "Make room: what the disk refuses is lost to the journal.")
    elif folder.exists() and not (folder / ".gitignore").exists():
        yield warning(f"{folder} does not hide itself from git", f"Put a file .gitignore with the line * into {folder}.")
    else:
        yield fine(f"the journal in {folder} can be written")


def _complaint(folder: Path, *, is_made: bool) -> str | None:
    if not is_made:  # the first line makes it
        is_open = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
        return None if is_open else f"{folder} is not a folder that may be written into"
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            return None
    except OSError as error:
        return error.strerror or str(error)
