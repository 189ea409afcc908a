"""Claude Code's own settings files, as far as they decide where its requests go. SHELL.

Its one law: they are read, and never written. ``env`` in a settings file beats the environment of the process, and ``--settings`` beats the
files (facts 1.8, 7.4). So where one of them names another API, or anything else that the gateway needs otherwise, the client gets ours in a
file of its own, given with ``--settings``, that is gone when it is. Where none does, the environment is enough, and the option would be in
the way: the client repeats it when it says how to resume a session.

A file and not the option's text, because anybody on the machine can read the arguments of a process: they would show the gateway's token
and what the user's own settings hold.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finestream.cli.client import find_option, option
from finestream.plainfile import read_plain

_OPTION = "--settings"
_MANAGED = Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code", "managed-settings.json")


@dataclass(frozen=True, slots=True)
class Layers:
    """What the settings say about the client's environment, lowest precedence first.

    ``user``: the user's own files. ``project``: those of the project, which somebody else may have written. ``given``: that of the command
    line, and ``content`` all that it holds; None where there is none to be read. ``managed``: the administrator's, which nothing beats.
    """

    user: Mapping[str, str] = field(default_factory=dict)
    project: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, Any] | None = None
    managed: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, str]:
        """What beats the environment of the process, and is beaten by ``--settings``."""
        return {**self.user, **self.project, **self.given}

    @property
    def trusted(self) -> dict[str, str]:
        """The part of it that is the user's own."""
        return {**self.user, **self.given}


def read_layers(project: Path, arguments: Sequence[str], environ: Mapping[str, str], managed: Path = _MANAGED) -> Layers:
    """Read what a client with these ``arguments`` will read in ``project``; what is wrong with it is for the client to say."""
    given = option(arguments, _OPTION)
    content = None if given is None else _parse(given) if given.lstrip().startswith("{") else _read(project / given)
    return Layers(_envs(_user_files(environ)), _envs(_project_files(project)), _env(content), content, _envs([managed]))


def settings_files(project: Path, environ: Mapping[str, str], managed: Path = _MANAGED) -> Iterator[tuple[str, Path]]:
    """Yield what the client reads in ``project``, lowest precedence first: the layer's name and the path, whether it is there or not."""
    yield from (("user", path) for path in _user_files(environ))
    yield from (("local" if path.name == "settings.local.json" else "project", path) for path in _project_files(project))
    yield "managed", managed


def _user_files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or Path.home())
    folder = environ.get("CLAUDE_CONFIG_DIR")
    yield Path(folder or home) / ".claude.json"
    yield (Path(folder) if folder else home / ".claude") / "settings.json"


def _project_files(project: Path) -> Iterator[Path]:
    yield project / ".claude" / "settings.json"
    # The local file counts for the whole work tree, and for others of the same repository (2.1.330).
    root = next((folder for folder in (project, *project.parents) if (folder / ".git").exists()), project)
    for folder in dict.fromkeys((_main_tree(root), root, project)):
        yield folder / ".claude" / "settings.local.json"


def _main_tree(root: Path) -> Path:
    """Return the folder that a linked work tree was made from; ``root`` itself where it is none."""
    try:
        pointer = read_plain(root / ".git").decode("utf-8")
        linked = (root / pointer.removeprefix("gitdir:").strip()).resolve()
        return (linked / read_plain(linked / "commondir").decode("utf-8").strip()).resolve().parent
    except (OSError, ValueError):
        return root


@contextmanager
def overlaid(arguments: Sequence[str], layers: Layers, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """Give the ``arguments`` with which ``environment`` beats the settings files, too, as long as the context lasts."""
    place = find_option(arguments, _OPTION)
    is_readable = place is None or layers.content is not None
    if not is_readable or not layers.all.keys() & environment.keys():
        yield list(arguments)
        return
    content = {**(layers.content or {}), "env": {**layers.given, **environment}}
    with tempfile.TemporaryDirectory(prefix="finestream-", ignore_cleanup_errors=True) as folder:  # its mode is 0700
        file = Path(folder) / "settings.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        yield _with_file(arguments, place, str(file))


def _with_file(arguments: Sequence[str], place: int | None, file: str) -> list[str]:
    if place is None:  # in front: behind a subcommand it would be that one's option
        return [_OPTION, file, *arguments]
    after = place + (1 if arguments[place].startswith(f"{_OPTION}=") else 2)
    return [*arguments[:place], _OPTION, file, *arguments[after:]]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return _parse(read_plain(path).decode("utf-8-sig"))
    except (OSError, ValueError):
        return None


def _parse(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _envs(files: Iterator[Path] | Sequence[Path]) -> dict[str, str]:
    return {name: value for file in files for name, value in _env(_read(file)).items()}


def _env(content: Mapping[str, Any] | None) -> dict[str, str]:
    """Read ``env``; the client, too, takes numbers and truth values for text."""
    env = (content or {}).get("env")
    items = env.items() if isinstance(env, dict) else ()
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in items if isinstance(value, (str, int, float))}
