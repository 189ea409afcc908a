"""What is seldom asked of the memory. SHELL. Its one law: it looks at a bounded part of the disk, and what that refuses is not known."""

import posix
import time

from finestream_hooks.lines import ERRORS, EVENTS, KIND, REGULAR, prepare
from finestream_hooks.memory import BEGAN, NEAR, content, is_own, is_word, last_of, remove, tail

_TAIL = 4 * 2**20  # bytes of a journal: what is asked for has just been written
_OLD = 7 * 24 * 3600.0  # seconds; no session is that long, and a file that is missing is no fault
_FRONTMATTER = 16 * 2**10
_ROW = 64 * 2**10  # bytes of strokes that are looked at; three are many
RESET, _NOBODY = "=", "?"
_PAUSE = 0.002  # seconds between two looks


def priority(agent: str, folders: "tuple[str, ...]") -> "str | None":
    """Return the ``streaming_priority`` in the first definition of an agent: one plain line of a frontmatter. The rest is the client's."""
    text = next(filter(None, (content(f"{folder}/{agent}.md", _FRONTMATTER) for folder in folders)), b"").decode("utf-8", "replace")
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    for line in lines[1:]:
        if line.rstrip() == "---":
            break
        key, colon, value = line.partition(":")
        if colon and key.rstrip() == "streaming_priority":
            return value.partition(" #")[0].strip().strip("\"'")[:64] or None
    return None


def stroke(folder: str, kind: str, name: str, mark: "str | None") -> int:
    """Add a stroke to a file; return its number since the last ``RESET``. What has the same mark is the same, and has one number.

    The system puts strokes of two processes one behind the other, so none is lost and no two are told the same number.
    """
    own = (mark or _NOBODY).encode()
    try:
        handle = _opened(folder, kind, name, posix.O_APPEND)
    except OSError:
        return 1
    try:
        posix.write(handle, own + b"\n")
        place = posix.lseek(handle, 0, 1)  # behind this stroke's own
        start = max(0, place - _ROW)
        return _number(posix.pread(handle, place - start, start).split(b"\n"), own)
    except OSError:
        return 1
    finally:
        posix.close(handle)


def _number(row: "list[bytes]", own: bytes) -> int:
    numbers: dict[bytes, int] = {}
    count = 0
    for mark in row[:-1]:
        if mark == RESET.encode():
            count = 0
        elif mark not in numbers or mark == _NOBODY.encode():
            count += 1
            numbers[mark] = count
    return numbers.get(own, 1)


def forget(folder: str, kind: str, beginning: str) -> None:
    """Delete the files whose names begin like this."""
    for name in _names(folder, kind):
        if name.startswith(beginning):
            remove(f"{folder}/{kind}/{name}")


def keep(folder: str, kind: str, name: str, text: bytes) -> None:
    """Write a small file; half of one is none."""
    try:
        handle = _opened(folder, kind, name, posix.O_TRUNC)
    except OSError:
        return
    try:
        posix.write(handle, text + b"\n")
    except OSError:
        remove(f"{folder}/{kind}/{name}")
    finally:
        posix.close(handle)


def _opened(folder: str, kind: str, name: str, flag: int) -> int:
    path = f"{folder}/{kind}/{name}"
    flags = posix.O_RDWR | posix.O_CREAT | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK | flag
    if not is_own(folder, kind):
        prepare(folder)
        try:
            posix.mkdir(f"{folder}/{kind}", 0o700)
        except FileExistsError:
            pass
        if not is_own(folder, kind):
            raise OSError("not a folder of ours")
    handle = posix.open(path, flags, 0o600)
    if posix.fstat(handle).st_mode & KIND != REGULAR:
        posix.close(handle)
        raise OSError("not a regular file")
    return handle


def received(folder: str, tool_use_id: object) -> "str | None":
    """Return the ``INVALID_JSON`` of the gateway's last record about a call."""
    if not isinstance(tool_use_id, str) or not tool_use_id:
        return None
    for line in reversed(tail(f"{folder}/{ERRORS}", _TAIL).split(b"\n")):
        if tool_use_id.encode("utf-8", "replace") in line:
            text = _text(line, tool_use_id)
            if text is not None:
                return text
    return None


def _text(line: bytes, tool_use_id: str) -> "str | None":
    import json

    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # torn
        return None
    if not isinstance(record, dict) or record.get("tool_use_id") != tool_use_id or record.get("source") == "hook":
        return None
    text = record.get("INVALID_JSON")
    return text if isinstance(text, str) and not text.endswith(" bytes omitted]") else None


def pursue(folder: str, session: object, tool_use_ids: "list[str]", patience: float) -> "dict[str, str]":
    """Return the last that hooks have written of each call, after waiting for the ends of those that began.

    The client runs the hook behind a call without waiting for it, and the one behind all calls of a response a moment later.
    """
    found = _look(folder, session, tool_use_ids, NEAR)
    if len(found) < len(tool_use_ids):
        found = _look(folder, session, tool_use_ids, _TAIL)
    deadline = time.monotonic() + patience
    while BEGAN in found.values() and time.monotonic() < deadline:
        time.sleep(_PAUSE)  # nothing tells when a line is added, so it is looked for again
        found |= _look(folder, session, tool_use_ids, NEAR)
    return found


def _look(folder: str, session: object, tool_use_ids: "list[str]", limit: int) -> "dict[str, str]":
    found = last_of(tail(f"{folder}/{EVENTS}", limit), session, tool_use_ids)
    if len(found) < len(tool_use_ids):  # the file may have been turned since
        found = last_of(tail(f"{folder}/{EVENTS}.1", limit), session, tool_use_ids) | found
    return found


def tidy(folder: str, kinds: "tuple[str, ...]") -> None:
    """Delete what is older than a week."""
    for kind in kinds:
        for name in _names(folder, kind):
            _remove_old(f"{folder}/{kind}/{name}")


def _names(folder: str, kind: str) -> "list[str]":
    """Return the names of what may have been kept."""
    try:
        return [name for name in posix.listdir(f"{folder}/{kind}") if is_word(name)] if is_own(folder, kind) else []
    except OSError:
        return []


def _remove_old(path: str) -> None:
    try:
        status = posix.lstat(path)
        if status.st_mode & KIND == REGULAR and time.time() - status.st_mtime > _OLD:
            posix.unlink(path)
    except OSError:  # another session was quicker
        return
