"""What is copied into a project: hook scripts, agents, workflows, commands. SHELL: it reads the folders that finestream was shipped with.

Its one law: where the files come from is given, so that another folder can stand in for the shipped one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from finestream.errors import InstallError
from finestream.install.flavours import Hooks, parse_hooks
from finestream.install.layout import AGENTS, COMMANDS, SCRIPTS, WORKFLOWS

STATUS_LINE = "status_line.py"
# as they are: the folder among what is shipped, the one below the settings', and which files
_COPIED = (("agents", AGENTS, "*.md"), ("commands", COMMANDS, "*.md"), ("workflows", WORKFLOWS, "*.yaml"))
_FIX = "Install finestream again; this copy of it is not complete."


@dataclass(frozen=True)
class Assets:
    """``files``: by their path below the settings' folder; ``hooks``: as the plugin registers them."""

    files: Mapping[str, bytes]
    hooks: Hooks

    @property
    def has_status_line(self) -> bool:
        """Whether there is a script for the status line."""
        return f"{SCRIPTS}/{STATUS_LINE}" in self.files


def load_assets(folder: Callable[[str], Path]) -> Assets:
    """Read what is shipped; ``folder`` says where the part of each name lies.

    Raises:
        InstallError: It is not whole.
    """
    hooks = folder("hooks")
    found = {f"{SCRIPTS}/.gitignore": b"__pycache__/\n"}  # the scripts are committed; what Python compiles of them is not
    found |= {f"{SCRIPTS}/{name}": data for name, data in _read(hooks, "*.py")}
    found |= {f"{SCRIPTS}/{name}": data for name, data in _read(hooks, "finestream_hooks/**/*.py")}
    for name, where, pattern in _COPIED:
        found |= {f"{where}/{file}": data for file, data in _read(folder(name), pattern)}
    file = hooks / "hooks.json"
    try:
        registered = parse_hooks(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstallError(f"this cannot be read: {error.strerror}", _FIX, path=str(file)) from error
    except ValueError as error:
        raise InstallError(f"this is no hooks.json: {error}", _FIX, path=str(file)) from error
    return Assets(found, registered)


def _read(folder: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob(pattern)):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
