"""What is seldom asked of the memory, and costs more. SHELL. Its one law: it looks at a bounded part of the disk."""

import posix
import time

from finestream_hooks.lines import ERRORS

_TAIL = 4 * 2**20  # bytes of a journal: what is asked for has just been written
_OLD = 7 * 24 * 3600.0  # seconds; no session is that long, and a file that is missing is no fault


def received(folder: str, tool_use_id: object) -> "str | None":
    """Return the ``INVALID_JSON`` of the gateway's last record about a call."""
    if not isinstance(tool_use_id, str) or not tool_use_id:
        return None
    for line in reversed(_tail(f"{folder}/{ERRORS}").split(b"\n")):
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


def _tail(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, posix.fstat(file.fileno()).st_size - _TAIL))
            return file.read(_TAIL)
    except OSError:
        return b""


def tidy(folder: str, kinds: "tuple[str, ...]") -> None:
    """Delete what is older than a week."""
    for kind in kinds:
        try:
            names = posix.listdir(f"{folder}/{kind}")
        except OSError:
            continue
        for name in names:
            _remove_old(f"{folder}/{kind}/{name}")


def _remove_old(path: str) -> None:
    try:
        if time.time() - posix.lstat(path).st_mtime > _OLD:
            posix.unlink(path)
    except OSError:  # another session was quicker
        return
