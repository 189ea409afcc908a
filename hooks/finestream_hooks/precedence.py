"""Which of several installations answers an event: that of the project before the user's own, and that before the plugin. SHELL.

Its one law: an installation is silent only where one that comes before it is sure to be run. What is told twice is a nuisance, what nobody
tells is lost.
"""

import posix

from finestream_hooks.jsontext import parse
from finestream_hooks.memory import config_folder, content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Optional

_FOLDER = "/hooks/finestream"
_PLACEHOLDER = "${CLAUDE_PROJECT_DIR}"
_LARGEST = 2**20  # bytes of a settings file
_OPTION = "--setting-sources"
_EVERYTHING = (None, "", "*")  # matchers


def is_answered(event: object, project: str, scripts: str) -> bool:
    """Say whether another installation answers this event.

    Args:
        event: Its name.
        scripts: The folder of the scripts that ask.
    """
    config = config_folder(posix.environ)
    is_users = _is_same(scripts, config + _FOLDER)
    if scripts.endswith(_FOLDER) and not is_users:  # a project's, be it another one: its settings count here as well
        return False
    before = [*_of_project(project), *([] if is_users else [("user", f"{config}/settings.json")])]
    layers = {layer for layer, path in before if _is_registered(path, event, project, scripts)}
    return bool(layers) and not layers.isdisjoint(_sources())


def _of_project(project: str) -> "Iterator[tuple[str, str]]":
    """Yield the settings files that count for a project.

    The local one counts for the whole work tree, and for others of the same repository (2.1.330).
    """
    yield "project", f"{project}/.claude/settings.json"
    root = project
    while root and not _status(f"{root}/.git"):
        root = root.rpartition("/")[0]
    pointer = (content(f"{root}/.git") or b"").decode("utf-8", "replace")
    main = pointer[len("gitdir: ") :].partition("/.git/worktrees/")[0] if pointer.startswith("gitdir: /") else ""
    for folder in {project, root or project, main or project}:
        yield "local", f"{folder}/.claude/settings.local.json"


def _is_registered(path: str, event: object, project: str, scripts: str) -> bool:
    try:
        settings = parse((content(path, _LARGEST, follows=True) or b"").decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    hooks = settings.get("hooks") if isinstance(settings, dict) else None
    groups = hooks.get(event) if isinstance(hooks, dict) else None
    return any(_runs(handler, event, project, scripts) for group in _listed(groups) for handler in _handlers(group))


def _handlers(group: object) -> "list[object]":
    """Return the handlers of a group that takes every event of its kind."""
    return _listed(group.get("hooks")) if isinstance(group, dict) and group.get("matcher") in _EVERYTHING else []


def _listed(value: object) -> "list[object]":
    return value if isinstance(value, list) else []


def _runs(handler: object, event: object, project: str, scripts: str) -> bool:
    """Say whether a handler is of ours, is there, and is not who asks."""
    if not isinstance(handler, dict) or "if" in handler:
        return False
    url, words = handler.get("url"), _listed(handler.get("args"))
    if isinstance(url, str):
        return url.startswith("http://127.0.0.1:") and url.endswith(f"/hooks/{event}")
    script = str(words[-1]).replace(_PLACEHOLDER, project) if words else ""
    folder = script.rpartition("/")[0]
    return folder.endswith(_FOLDER) and script.endswith(".py") and bool(_status(script)) and not _is_same(folder, scripts)


def _sources() -> "tuple[str, ...]":
    """Return which settings the client reads; none where that cannot be seen."""
    words = _arguments(posix.environ.get(b"CLAUDE_PID", b"").decode("ascii", "replace") or str(posix.getppid()))
    for word, following in zip(words, [*words[1:], ""]):
        if word.startswith(_OPTION):
            return tuple((word.partition("=")[2] if "=" in word else following).split(","))
    return ("user", "project", "local") if words else ()


def _arguments(pid: str, processes: str = "/proc") -> "list[str]":
    """Return the command line of a process."""
    if not pid.isdigit():
        return []
    if _status(processes):
        return (content(f"{processes}/{pid}/cmdline") or b"").decode("utf-8", "replace").split("\0")[:-1]
    import subprocess

    asked = ["ps", "-ww", "-o", "args=", "-p", pid]
    return subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5, check=False).stdout.split()


def _is_same(one: str, other: str) -> bool:
    return one == other or (_status(one) is not None and _status(one) == _status(other))


def _status(path: str) -> "Optional[tuple[int, int]]":
    """Return what a file is known by, None where there is none."""
    try:
        found = posix.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
