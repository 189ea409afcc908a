"""What a tool call is about, read from the text of its input, which may be cut: the file it works on, the agent it addresses. PURE.

Its law: only what stands there whole is told; a key inside a string is no key, because its quotes are escaped.
"""

from __future__ import annotations

import json
import re

HEAD = 4096  # bytes; what a call is about stands before the long text that it carries
_PLACES = ("file_path", "notebook_path", "path", "url")
_PLACE = re.compile(r'"({})"\s*:\s*("(?:[^"\\]|\\.)*")'.format("|".join(_PLACES)))
# Tools that hand something to another agent, and the member of their input that names it (facts 3.2).
_RECEIVERS = {"Agent": "subagent_type", "Task": "subagent_type", "SendMessage": "to"}
_HANDOFF = re.compile(r"(^|__)handoff$")
# What other calls are about, in the order of what tells most; it is shown while it is written, so that its closing quote may be missing.
_ERRANDS = ("command", "pattern", "query", "skill", "description")
_ERRAND = re.compile(r'"({})"\s*:\s*"((?:[^"\\]|\\[^u]|\\u[0-9a-fA-F]{{4}})*)'.format("|".join(_ERRANDS)))
_SHOWN = 200


def target(text: bytes | bytearray) -> str | None:
    """The file or address that the input names near its beginning."""
    found = {match[1]: match[2] for match in _PLACE.finditer(text[:HEAD].decode("utf-8", "replace"))}
    name = next((name for name in _PLACES if name in found), None)
    return _decoded(found[name]) if name else None


def receiver(tool: str, text: bytes | bytearray) -> str | None:
    """The agent that the call addresses."""
    member = _RECEIVERS.get(tool) or ("agent_to" if _HANDOFF.search(tool) else None)
    found = re.search(rb'"%s"\s*:\s*"([^"\\]+)"' % member.encode(), text) if member else None
    return found[1].decode("utf-8", "replace") if found else None


def subject(tool: str, text: bytes | bytearray) -> str | None:
    """What a person would call it: the agent it addresses, the file or address, or as much of the command as is there."""
    head = text[:HEAD]
    place = receiver(tool, head) or target(head)
    if place is not None:
        return place[:_SHOWN]
    found = {match[1]: match[2] for match in _ERRAND.finditer(head.decode("utf-8", "replace"))}
    name = next((name for name in _ERRANDS if name in found), None)
    return (_decoded(f'"{found[name]}"') or "")[:_SHOWN] or None if name else None


def _decoded(string: str) -> str | None:
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return None
