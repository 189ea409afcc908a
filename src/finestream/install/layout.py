"""What lies where below the settings' folder. PURE.

Its one law: a path out of a record is believed only where a file of ours can lie. A record comes with a clone, and anybody may have
written it.
"""

from __future__ import annotations

SETTINGS, LOCAL = "settings.json", "settings.local.json"
SCRIPTS, AGENTS, COMMANDS, STATE, WORKFLOWS = "hooks/finestream", "agents", "commands", "finestream", "finestream/workflows"
RECORD, MONITOR, IGNORE = f"{STATE}/install.json", f"{STATE}/monitor.json", f"{STATE}/.gitignore"
MANIFEST = f"{SCRIPTS}/manifest.json"
LOCK = f"{STATE}/monitor.lock"
OUR_FOLDERS = (STATE, SCRIPTS)
"""Ours alone, by their name."""
SHARED_FOLDERS = (AGENTS, COMMANDS)
"""The client's, in which files of ours lie beside the user's."""

_OURS = tuple(f"{folder}/" for folder in (SCRIPTS, WORKFLOWS, *SHARED_FOLDERS))


def is_installed(path: str) -> bool:
    """Say whether a file of ours, or a copy that was kept beside it, can have this path."""
    return path in (SETTINGS, LOCAL) or (_is_plain(path) and path.startswith(_OURS))


def is_script(path: str) -> bool:
    """Say whether this path lies in the folder of our scripts, where nothing is anybody else's."""
    return _is_plain(path) and path.startswith(f"{SCRIPTS}/")


def is_made(folder: str) -> bool:
    """Say whether an installation can have made this folder."""
    return folder == "." or (_is_plain(folder) and folder.split("/")[0] in ("hooks", STATE, *SHARED_FOLDERS))


def _is_plain(path: str) -> bool:
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))
