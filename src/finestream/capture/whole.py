"""Tool inputs that a file holds as a whole: those of finished messages, in transcripts and in the client's output. PURE."""

from __future__ import annotations

import json
from dataclasses import replace

from finestream.capture.verdict import State, Verdict, mending
from finestream.events import Json
from finestream.monitor.target import target
from finestream.scanner import Scanner

UNPARSED = "__unparsedToolInput"  # how the client keeps what it could not read: its first 2,048 characters, and how many there were
_REFUSAL = "InputValidationError"
_LONGEST = 200  # characters of what the client said


def verdict_of(block: Json, session: str | None, stop_reason: str | None) -> Verdict:
    """Judge the input of one `tool_use` block."""
    value = block.get("input")
    unparsed = value.get(UNPARSED) if isinstance(value, dict) else None
    tool, name = str(block.get("name", "")), str(block.get("id", ""))
    if isinstance(unparsed, dict) and isinstance(unparsed.get("raw"), str):
        return _unparsed(Verdict(State.MALFORMED, tool, name, session=session, stop_reason=stop_reason), unparsed)
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Verdict(State.COMPLETE, tool, name, target(data), session, size=len(data), stop_reason=stop_reason)


def _unparsed(blank: Verdict, unparsed: Json) -> Verdict:
    raw: str = unparsed["raw"]
    length = unparsed.get("len")
    data = raw.encode("utf-8", "surrogatepass")
    missing = max(0, length - len(raw)) if type(length) is int else 0
    malformed = replace(blank, target=target(data), size=len(data))
    scanner = Scanner()
    scanner.feed(data)
    if blank.stop_reason == "max_tokens":
        return replace(malformed, state=State.CUT, why="the output limit was reached (max_tokens)")
    if missing:
        why = f"the client kept its first {len(raw):,} characters of {length:,}"
        fault = scanner.fault or scanner.misfit
        return replace(malformed, why=why, offset=fault and fault.offset, reason=fault.reason if fault else "not in what was kept")
    offset, reason = scanner.fault or scanner.misfit or (len(data), "unfinished")
    return replace(malformed, offset=offset, reason=reason, repair=mending(raw))


def refusal_of(block: Json) -> tuple[str, str] | None:
    """Give the call and the words with which the client refused its input, if a `tool_result` says that."""
    content = block.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not block.get("is_error") or not isinstance(content, str) or _REFUSAL not in content:
        return None
    said = content.replace("<tool_use_error>", "").replace("</tool_use_error>", "").strip()
    return str(block.get("tool_use_id", "")), said[:_LONGEST]
