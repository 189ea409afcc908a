"""PostToolUse and PostToolUseFailure: a call has ended. PURE: the memory is handed in.

Its one law: the model is told once what was done to its input, in the words of who did it.
"""

from finestream_hooks.decisions import Answer, context, receiver, speaker, word
from finestream_hooks.jsontext import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json
    from finestream_hooks.memory import Memory

# What an error says in small letters, and what that is called; the first that fits.
_CLASSES = (
    ("exit code", "exit_code"),
    ("timed out", "timeout"),
    ("timeout", "timeout"),
    ("string to replace not found", "no_match"),
    ("matches of the string to replace", "no_match"),
    ("not been read yet", "stale"),
    ("modified since", "stale"),
    ("no space left", "no_space"),
    ("enospc", "no_space"),
    ("permission", "permission"),
    ("eacces", "permission"),
    ("not allowed", "permission"),
    ("does not exist", "not_found"),
    ("no such file", "not_found"),
    ("not found", "not_found"),
    ("enoent", "not_found"),
    ("connection", "connection"),
    ("econn", "connection"),
    ("mcp error", "mcp"),
)
_LOOKED_AT = 2000  # characters of an error; it says at its beginning what it is


def end(event: "Json", memory: "Memory") -> Answer:
    """Close the record of a call; tell the model what the gateway mended in its input."""
    tool = word(event.get("tool_name")) or ""
    tool_input, tool_use_id = event.get("tool_input"), word(event.get("tool_use_id"))
    has_failed = event.get("hook_event_name") == "PostToolUseFailure"
    duration = event.get("duration_ms")
    record: Json = {
        "event": "tool_ended",
        **speaker(event),
        "agent_to": receiver(tool, tool_input),
        "tool": tool,
        "tool_use_id": tool_use_id,
        "outcome": "failed" if has_failed else "ok",
        "latency_ms": duration if isinstance(duration, (int, float)) and not isinstance(duration, bool) else None,
        "size": size(tool_input),
        "error_class": _class_of(event) if has_failed else None,
    }
    note = memory.take_mended(tool_use_id)
    name = "PostToolUseFailure" if has_failed else "PostToolUse"
    return Answer(context(name, _told(tool, note)) if note else None, [record])


def _class_of(event: "Json") -> str:
    if event.get("is_interrupt") is True:
        return "interrupted"
    text = str(event.get("error"))[:_LOOKED_AT].lower()
    for words, name in _CLASSES:
        if words in text:
            return name
    return "other"


def _told(tool: str, note: "Json") -> str:
    where = f" at {note['path']}" if note.get("path") else ""
    if note.get("action") == "corrected":
        what = f"was corrected before it ran ({note.get('auto_fixed')}{where}); no character of its content was changed"
        return f"finestream: the input of this {tool} call did not parse as you wrote it and {what}. Do not send it again."
    what = f"was cut{where} while you wrote it ({note.get('error')}) and was continued there"
    return f"finestream: the input of this {tool} call {what}; the tool got all of it, joined without a gap. Do not send it again."
