"""Taking a dead address out of a project's settings. SHELL.

Its one law: what the user has changed since the installation stays. The text that the installation has prepared is used only where the file
is as it was written; else only what is ours is taken out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from finestream.doctor.patient import BASE_URL, Handler, Sheet, monitor_port
from finestream.permanent.arrangement import FOLDER

LOCAL = Path(".claude", "settings.local.json")
# They are there for the monitor's sake, with these values; without it the client's defaults are right.
_COMPANIONS = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "ENABLE_TOOL_SEARCH": "true",
}


def retire(project: Path) -> str:
    """Take the monitor's address out of the local settings, and the hooks that it answers; return what was done."""
    path = project / LOCAL
    try:
        data = path.read_bytes()
        text = _prepared(project, data) or _without(data)
        if text is None:
            return f"{path} holds nothing of a monitor, and was left alone"
        _replace(path.resolve(), text)
    except (OSError, ValueError) as error:
        return f"{path} could not be changed: {error}"
    return f"took the address of the monitor out of {path}; a session that runs must be started again"


def _prepared(project: Path, data: bytes) -> bytes | None:
    try:
        entry = json.loads((project / FOLDER / "install.json").read_text(encoding="utf-8"))["files"][LOCAL.name]
        return entry["fallback"].encode() if hashlib.sha256(data).hexdigest() == entry["sha256"] else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _without(data: bytes) -> bytes | None:
    text = data.decode("utf-8-sig")
    settings = json.loads(text)
    if not isinstance(settings, dict) or not _clear(settings):
        return None
    indent = re.search(r"\n([ \t]+)\S", text)
    written = json.dumps(settings, indent=indent[1] if indent else None, ensure_ascii=False)
    written += "\n" if text.endswith("\n") else ""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return mark + written.replace("\n", "\r\n" if "\r\n" in text else "\n").encode("utf-8", "surrogatepass")


def _clear(settings: dict[str, Any]) -> bool:
    """Take out what is ours; say whether there was anything."""
    before = json.dumps(settings)
    _clear_environment(settings)
    _clear_hooks(settings)
    return json.dumps(settings) != before


def _clear_environment(settings: dict[str, Any]) -> None:
    env = settings.get("env")
    if isinstance(env, dict) and monitor_port(str(env.get(BASE_URL, ""))):
        for name, value in {BASE_URL: env[BASE_URL], **_COMPANIONS}.items():
            if env.get(name) == value:
                del env[name]
        if not env:
            del settings["env"]


def _clear_hooks(settings: dict[str, Any]) -> None:
    hooks = settings.get("hooks")
    if not isinstance(hooks, dict):
        return
    for event, groups in list(hooks.items()):
        if isinstance(groups, list):
            hooks[event] = [group for group in groups if not _is_emptied(event, group)]
            if groups and not hooks[event]:
                del hooks[event]
    if not hooks:
        del settings["hooks"]


def _is_emptied(event: str, group: Any) -> bool:
    """Take our addresses out of a group; say whether nothing else was in it."""
    handlers = group.get("hooks") if isinstance(group, dict) else None
    if not isinstance(handlers, list):
        return False
    sheet = Sheet("local", LOCAL)
    kept = [one for one in handlers if not (isinstance(one, dict) and Handler(event, sheet, one).is_address)]
    is_emptied = bool(handlers) and not kept
    group["hooks"] = kept
    return is_emptied


def _replace(path: Path, data: bytes) -> None:
    """Write beside it and rename, with the same permissions: nobody ever sees half a file."""
    number, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
