"""Which hooks the doctor may run. SHELL.

Its one law: nothing is run that a project can have brought. A clone's settings, scripts, compiled ones and environment are its author's, so
what is run is the shipped script, in place of one that has the same bytes and a command that finestream writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from finestream.doctor.patient import Handler, Patient
from finestream.install.flavours import parse_hooks

PLACE = "${CLAUDE_PROJECT_DIR}"
_FOLDER = Path("hooks", "finestream")


def command_of(patient: Patient, handler: Handler) -> list[str] | str:
    """Return the command to run for a hook of ours, or why there is none."""
    *words, script = _words(handler.content)
    folder = _folder(patient, handler, script)
    if folder is None or patient.shipped is None or words not in _written(patient.shipped, patient.python):
        return "it is no command that finestream writes"
    changed = next(_changed(patient.shipped, folder), None)
    if changed:
        return f"{changed} is not as it is shipped"
    return [*words, str(patient.shipped / f"{handler.script}.py")]


def _words(content: Mapping[str, Any]) -> list[str]:
    args = content.get("args")
    return [str(word) for word in (content.get("command"), *(args if isinstance(args, list) else []))]


def _written(shipped: Path, python: str) -> list[list[str]]:
    """Return the commands of `hooks.json`, without their scripts, with the ``python`` that hooks run."""
    try:
        hooks = parse_hooks((shipped / "hooks.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a copy of finestream that is not complete
        return []
    return [[python, *_words(handler)[1:-1]] for groups in hooks.values() for group in groups for handler in group["hooks"]]


def _folder(patient: Patient, handler: Handler, script: str) -> Path | None:
    """Return the folder of the scripts where an installation names it so."""
    own = patient.project / ".claude"
    places = {f"{PLACE}/.claude": own}
    if handler.sheet.layer == "local":  # a monitor's hooks serve folders below the project, too, which have another PLACE
        places[str(own.absolute())] = own
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
