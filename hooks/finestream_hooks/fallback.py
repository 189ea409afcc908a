"""Settings with the API's address in place of the monitor's, for when it cannot be started. SHELL.

Its one law: what the user has changed since stays. The text that the installation has prepared is used only where the file is as it was
written; else only what is certainly ours is taken out, and what cannot be read is left alone. What would not come out of a reading and
writing as it was stays as it is, but for the address. That is changed and not taken out, because only a change reaches a session that runs
(2.1.332).
"""

import hashlib
import json
import os
import re
import tempfile
from decimal import Decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

LOCAL = "settings.local.json"
API = "https://api.anthropic.com"
# What is installed beside the address, with these values.
_COMPANIONS = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "ENABLE_TOOL_SEARCH": "true",
}
_LARGEST = 2**24  # bytes; a device has no end
_ATTEMPTS = 5  # where somebody else writes at the same time
_INDENT = re.compile(r"\n([ \t]+)\S")


def fall_back(project: str, folder: str, *, port: int, upstream: str, token: "Optional[str]") -> str:
    """Lead the project's sessions to the API behind the monitor; return what was done, as the end of a sentence.

    Args:
        token: Of an arrangement that is certainly the user's own; None: there is none.
    """
    path = f"{project}/.claude/{LOCAL}"
    for _ in range(_ATTEMPTS):
        try:
            data = _content(path)
        except OSError:
            return "this project's local settings cannot be read, so nothing was changed"
        text = _prepared(folder, data) if token and token.encode() in data else None
        if text is None:
            text = _without(data, f"http://127.0.0.1:{port}/", upstream)
        if text is None:
            return f"nothing of it stands in .claude/{LOCAL}, which was left alone"
        try:
            if put(os.path.realpath(path), text, in_place_of=data):
                return f"its address in .claude/{LOCAL} gave way to {upstream}, and the session goes on without it. See: finestream doctor"
        except OSError as error:
            return f"its address stays in .claude/{LOCAL}, which cannot be written ({error.strerror}); take ANTHROPIC_BASE_URL out of it"
    return f"its address stays in .claude/{LOCAL}, which somebody else is writing; take ANTHROPIC_BASE_URL out of it"


def _content(path: str) -> bytes:
    """Read a file; nobody writes into a pipe that stands there, and so it is empty."""
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        return file.read(_LARGEST)


def _prepared(folder: str, data: bytes) -> "bytes | None":
    """Return the text that was prepared, where nobody has touched the file.

    The record is the user's own and not a clone's: it knows the hash of a text with a token in it that nobody else knows.
    """
    try:
        with open(os.open(f"{folder}/install.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as file:
            known = os.fstat(file.fileno())
            if known.st_mode & 0o077 or known.st_uid != os.geteuid():
                return None
            entry = json.load(file)["files"][LOCAL]
        is_as_written = hashlib.sha256(data).hexdigest() == entry["sha256"]
        return entry["fallback"].encode("utf-8") if is_as_written else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _without(data: bytes, ours: str, upstream: str) -> "bytes | None":
    """Replace our address, and take out what belongs to it, and the hooks that ask it; None where there is nothing of it."""
    try:
        text = data.decode("utf-8-sig")
        settings = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(settings, dict):
        return None
    if not _is_carried(text):
        return _with_another_address(data, ours, upstream)
    has_address = _clear_environment(settings, ours, upstream)
    has_hooks = _clear_hooks(settings, ours)
    if not has_address and not has_hooks:
        return None
    indent = _INDENT.search(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    written = json.dumps(settings, indent=indent.group(1) if indent else None, ensure_ascii=False) + ("\n" if text.endswith("\n") else "")
    mark = "\ufeff" if data.startswith(b"\xef\xbb\xbf") else ""
    return (mark + written.replace("\n", ending)).encode("utf-8")


def _is_carried(text: str) -> bool:
    """Say whether all of it comes out of a reading and writing as the same values."""
    try:
        json.loads(text, object_pairs_hook=_once, parse_float=_exact)
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return False
    return True


def _once(pairs: "list[tuple[str, object]]") -> "dict[str, object]":
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _exact(digits: str) -> float:
    number = float(digits)
    if Decimal(repr(number)) != Decimal(digits):
        raise ValueError("a float cannot hold it")
    return number


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _with_another_address(data: bytes, ours: str, upstream: str) -> "bytes | None":
    """Change the address in the text itself. Hooks that ask the monitor stay: the client goes on where nobody answers them."""
    address = re.compile(rb'(?<!\\)("ANTHROPIC_BASE_URL"\s*:\s*)"' + re.escape(ours.encode()) + rb'[A-Za-z0-9_-]+/?"')
    new = json.dumps(upstream).encode()
    text, count = address.subn(lambda match: match.group(1) + new, data)
    return text if count else None


def _clear_environment(settings: "dict[str, object]", ours: str, upstream: str) -> bool:
    environment = settings.get("env")
    if not isinstance(environment, dict) or not str(environment.get("ANTHROPIC_BASE_URL", "")).startswith(ours):
        return False
    environment["ANTHROPIC_BASE_URL"] = upstream
    for name, value in _COMPANIONS.items():
        if environment.get(name) == value:
            del environment[name]
    return True


def _clear_hooks(settings: "dict[str, object]", ours: str) -> bool:
    events = settings.get("hooks")
    if not isinstance(events, dict):
        return False
    before = json.dumps(events)
    for event in list(events):
        groups = events[event]
        if isinstance(groups, list) and groups:
            events[event] = [left for left in (_without_ours(group, ours) for group in groups) if left is not None]
            if not events[event]:
                del events[event]
    if not events:
        del settings["hooks"]
    return json.dumps(events) != before


def _without_ours(group: object, ours: str) -> object:
    """Return a group of handlers without those that ask the monitor, None where nothing is left of it."""
    handlers = group.get("hooks") if isinstance(group, dict) else None
    if not isinstance(group, dict) or not isinstance(handlers, list):
        return group
    left = [handler for handler in handlers if not (isinstance(handler, dict) and str(handler.get("url", "")).startswith(ours))]
    if len(left) == len(handlers):
        return group
    return {**group, "hooks": left} if left else None


def put(path: str, data: bytes, *, in_place_of: bytes) -> bool:
    """Write the file anew in one step, with the permissions that it has; False where it is not what was read any more."""
    handle, name = tempfile.mkstemp(prefix=".finestream-", dir=os.path.dirname(path))
    try:
        with open(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, os.stat(path).st_mode & 0o7777)
            file.flush()
            os.fsync(handle)
        is_as_read = _content(path) == in_place_of
        if is_as_read:
            os.replace(name, path)
        else:
            os.unlink(name)
    except BaseException:
        os.unlink(name)
        raise
    return is_as_read
