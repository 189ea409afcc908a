"""The records that a recovery or a correction leaves in the journal. PURE. Field names follow the mission's log (scenarios 7 to 9) and
design section 6.
"""

from __future__ import annotations

import re

from finestream.events import Json
from finestream.monitor.tool_input import ToolInput
from finestream.recovery import Plan, plan
from finestream.repair import Change

_ESCAPES = re.compile(rb"\\.|\n")  # one by one, so that the n behind an escaped backslash is no line end
_LINE_ENDS = (b"\\n", b"\n")
TOLD_CHANGES = 100  # raw newlines in a big file are tens of thousands of changes; the texts before and after are there as well
BYTES_PER_TOKEN = 4  # an estimate, used only where the API has not said how many tokens there were


def tokens(size: int, known: int | None) -> int:
    """Output tokens: the API's own figure where there is one, else an estimate from the bytes."""
    return known if known is not None else -(-size // BYTES_PER_TOKEN)


def cut_row(tool_input: ToolInput, where: Plan, error: str, known_tokens: int | None) -> Json:
    """What had arrived when the stream broke. ``tokens_needed`` is filled in when the document is known."""
    size = len(tool_input.text)
    return {
        "error": error,
        "tool": tool_input.tool,
        "tool_use_id": tool_input.tool_use_id,
        "bytes_received": size,
        "checkpoint": len(where.kept.encode("utf-8", "surrogatepass")),
        "path": where.path,
        "tokens_used": tokens(size, known_tokens),
        "tokens_needed": None,
        "INVALID_JSON": tool_input.whole(),
    }


def damage_row(tool_input: ToolInput, error: str, offset: int) -> Json:
    """An input that ended normally and is wrong all the same; ``offset`` is in bytes."""
    row = cut_row(tool_input, plan(tool_input.until_checkpoint()), error, None)
    return {**row, "tokens_needed": row["tokens_used"], "offset": offset, "location": location(tool_input, offset)}


def correction(changes: tuple[Change, ...], corrected: str) -> Json:
    """What was done about it."""
    return {
        "auto_fixed": ", ".join(dict.fromkeys(change.rule for change in changes)),
        "changes": [
            {"rule": c.rule, "offset": c.offset, "path": c.path, "before": c.before, "after": c.after} for c in changes[:TOLD_CHANGES]
        ],
        "changes_in_total": len(changes),
        "after": corrected,
    }


def location(tool_input: ToolInput, offset: int) -> str:
    """Where a byte of the input stands, as the mission's log says it: ``chunk_3_line_2``, both counted from 1."""
    before = [end for end in tool_input.chunk_ends if end <= offset]
    start = before[-1] if before else 0
    lines = sum(match[0] in _LINE_ENDS for match in _ESCAPES.finditer(tool_input.text, start, offset))
    return f"chunk_{len(before) + 1}_line_{1 + lines}"
