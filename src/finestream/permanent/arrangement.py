"""What the installation has arranged for the permanent monitor of a project. SHELL.

Its one law: it is followed only where it is the user's own. The file names the token and where credentials are sent on; one that others may
read, that lies in another folder than it was made for, or that the user's key has not sealed, came from somewhere else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finestream.errors import ArrangementError
from finestream.permanent.owned import is_own, open_own
from finestream.quantities import address
from finestream_hooks.seals import is_sealed

FOLDER = Path(".claude", "finestream")
FILE, LOCK, LOG, SESSIONS = "monitor.json", "monitor.lock", "monitor.log", "monitor.sessions"
HOST = "127.0.0.1"
_AGAIN = "Run 'finestream install --monitor' in the project."
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}\Z")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``command`` starts the monitor; ``upstream`` None: what the user's settings and environment say."""

    port: int
    token: str
    command: tuple[str, ...]
    project: str
    upstream: str | None

    @property
    def url(self) -> str:
        """The base URL that the client is given."""
        return f"http://{HOST}:{self.port}/{self.token}"


def load_arrangement(project: Path) -> Arrangement:
    """Read what was arranged for ``project``.

    Raises:
        ArrangementError: There is nothing, it is damaged, or it is not the user's own.
    """
    path = project / FOLDER / FILE
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), encoding="utf-8") as file:
            text, known = file.read(), os.fstat(file.fileno())
    except FileNotFoundError:
        raise ArrangementError("there is no permanent monitor in this project", _AGAIN, path=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArrangementError(f"this cannot be read: {error}", _AGAIN, path=str(path)) from error
    if not is_own(known):
        fix = f"It holds the token. If it is your own: chmod 600 {path}; else: {_AGAIN}"
        raise ArrangementError("others may read this file", fix, path=str(path))
    try:
        content = _content(text)
        found = _arranged(content)
    except ValueError as error:
        raise ArrangementError(f"this is damaged: {error}", _AGAIN, path=str(path)) from None
    if found.project not in (str(project), str(project.resolve())):  # a path that only leads there may lead anywhere: /proc/self/cwd
        raise ArrangementError(f"this was made for another folder, {found.project}", _AGAIN, path=str(path))
    if not is_sealed(content):
        raise ArrangementError("nothing shows that this is your own: it may have come with a clone", _AGAIN, path=str(path))
    return found


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON ({error})") from None
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    return content


def _arranged(content: Mapping[str, Any]) -> Arrangement:
    """Read the members one by one; what others the file has is the installation's affair."""
    command, upstream = content.get("command"), content.get("upstream")
    return Arrangement(
        port=_member(content, "port", lambda port: type(port) is int and 0 < port < 65536, "a port number"),
        token=_member(content, "token", lambda token: isinstance(token, str) and _TOKEN.match(token), "at least 16 letters and digits"),
        command=tuple(_member(content, "command", lambda _: _is_texts(command), "a list of texts")),
        project=_member(content, "project", lambda project: isinstance(project, str) and project, "a path"),
        upstream=None if upstream is None else address(_member(content, "upstream", lambda it: isinstance(it, str), "an address or null")),
    )


def _member(content: Mapping[str, Any], name: str, is_right: Any, what: str) -> Any:
    if not is_right(content.get(name)):
        raise ValueError(f"'{name}' must be {what}")
    return content[name]


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
