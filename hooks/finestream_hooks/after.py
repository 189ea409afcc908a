"""The end of a call: it has run, or was turned down. PURE.

Its one law: what a hook was told of the end is written down, and no word of what a tool has printed.
"""

from finestream_hooks.decisions import Answer, receiver, speaker, word
from finestream_hooks.jsontext import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json

# What an error says in small letters, and what that is called; the first that fits.
_CLASSES = (
    ("pretooluse:", "hook"),
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
    ("approval", "permission"),
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


def end(event: "Json") -> Answer:
    """Close the record of a call that has run, behind it: PostToolUse and PostToolUseFailure."""
    record = ended(event, event)
    if event.get("hook_event_name") == "PostToolUseFailure":
        name = "interrupted" if event.get("is_interrupt") is True else class_of(str(event.get("error")))
        record.update(outcome="failed", error_class=name)
    return Answer(events=[record])


def ended(event: "Json", call: "Json") -> "Json":
    """Return the record of the end of a call that went well, as far as it is known."""
    tool, tool_input = word(call.get("tool_name")) or "", call.get("tool_input")
    duration = call.get("duration_ms")
    return {
        "event": "tool_ended",
        **speaker(event),
        "agent_to": receiver(tool, tool_input),
        "tool": tool,
        "tool_use_id": word(call.get("tool_use_id")),
        "outcome": "ok",
        "latency_ms": duration if isinstance(duration, (int, float)) and not isinstance(duration, bool) else None,
        "size": size(tool_input),
        "error_class": None,
    }


def class_of(error: str) -> str:
    """Return what an error is called."""
    text = error[:_LOOKED_AT].lower()
    return next((name for words, name in _CLASSES if words in text), "other")
