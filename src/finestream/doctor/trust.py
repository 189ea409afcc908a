"""Which hooks the doctor may run. SHELL.

Its one law: nothing is run that a project can have brought. A clone's settings, scripts, compiled ones and environment are its author's, so
what is run is the shipped script, in place of one that has the same bytes and a command that finestream writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from finestream.doctor.patient import Handler, Patient

PLACE = "${CLAUDE_PROJECT_DIR}"
_FOLDER = Path("hooks", "finestream")


def command_of(patient: Patient, handler: Handler) -> list[str] | str:
    """Return the command to run for a hook of ours, or why there is none."""
    args = handler.content.get("args")
    words = [handler.content.get("command"), *(args if isinstance(args, list) else [])]
    folder = _folder(patient, handler, str(words[-1]))
    if words[:-1] != [patient.python, "-I", "-S"] or folder is None or patient.shipped is None:
        return "it is no command that finestream writes"
    changed = next(_changed(patient.shipped, folder), None)
    if changed:
        return f"{changed} is not as it is shipped"
    return [patient.python, "-I", "-S", str(patient.shipped / f"{handler.script}.py")]


def _folder(patient: Patient, handler: Handler, script: str) -> Path | None:
    """Return the folder of the scripts where an installation names it so."""
    places = {f"{PLACE}/.claude": patient.project / ".claude"}
    if handler.sheet.layer == "user":
        root = handler.sheet.path.parent
        places[str(root)] = root
    named = (place / _FOLDER for name, place in places.items() if script == f"{name}/{_FOLDER}/{handler.script}.py")
    return next(named, None)


def _changed(shipped: Path, folder: Path) -> Iterator[Path]:
    """Yield what is not there, is a link, or has other bytes than what is shipped."""
    for original in [*shipped.glob("*.py"), *shipped.glob("finestream_hooks/**/*.py")]:
        copy = folder / original.relative_to(shipped)
        if copy.is_symlink() or not copy.is_file() or copy.read_bytes() != original.read_bytes():
            yield copy
