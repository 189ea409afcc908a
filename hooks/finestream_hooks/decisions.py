"""What is to be done about an event: which module decides, and what a decision is. PURE: the memory is handed in.

Its one law: an event that nobody here knows gets no answer.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from finestream_hooks.memory import Memory

    Json = dict[str, object]
    Mend = Callable[[str], Optional["Correction"]]

TOLD = 20  # changes that are told one by one
_WRAPPER = "INVALID_JSON"


class Correction:
    """The one reading of a text that does not parse. ``changes`` are sentences: what was done, and where."""

    __slots__ = ("changes", "text")

    def __init__(self, text: str, changes: "list[str]") -> None:
        self.text = text
        self.changes = changes


class Answer:
    """What a hook says and what it writes down. ``output``: the hook's JSON, None for nothing to say."""

    __slots__ = ("errors", "events", "output")

    def __init__(self, output: "Json | None" = None, events: "list[Json] | None" = None, errors: "list[Json] | None" = None) -> None:
        self.output = output
        self.events = events or []
        self.errors = errors or []


def decide(event: "Json", memory: "Memory", mend: "Mend | None" = None) -> Answer:
    """Decide about one event. ``mend`` finds the one reading of a text; by default a cautious one of our own.

    Only the module of this event is imported: a hook lives for one.
    """
    name = event.get("hook_event_name")
    if name == "PreToolUse":
        from finestream_hooks import before

        return before.begin(event, memory)
    if name in ("PostToolUse", "PostToolUseFailure"):
        from finestream_hooks import after

        return after.end(event)
    if name == "PostToolBatch":
        from finestream_hooks import batch

        return batch.look(event, memory, mend)
    from finestream_hooks import lives

    return lives.live(event, memory)


def speaker(event: "Json") -> "Json":
    """Return what every record of ours says about who acts."""
    return {
        "source": "hook",
        "session_id": word(event.get("session_id")),
        "agent_id": word(event.get("agent_id")),
        "agent_from": word(event.get("agent_type")) or "main",
    }


def word(value: object) -> "str | None":
    """Return ``value`` where it is a text; of a foreign one not more than a name needs."""
    return value[:1000] if isinstance(value, str) else None


def context(event_name: str, text: str) -> "Json":
    """Return the output that tells the model something."""
    return {"hookSpecificOutput": {"hookEventName": event_name, "additionalContext": text}}


def is_handoff(tool: str) -> bool:
    """Say whether a tool is called ``handoff``, on whatever server."""
    return tool == "handoff" or tool.endswith("__handoff")


def receiver(tool: str, tool_input: object) -> "str | None":
    """Return the agent to which a call hands something on."""
    if not isinstance(tool_input, dict):
        return None
    if tool in ("Agent", "Task"):
        return word(tool_input.get("subagent_type"))
    if tool == "SendMessage":
        return word(tool_input.get("to"))
    return word(tool_input.get("agent_to")) if is_handoff(tool) else None


def is_wrapped(tool_input: object) -> bool:
    """Say whether an input carries the wrapper of one that did not parse: that is no input, but the report of one.

    A tool may have a parameter of that name; beside others it is a wrapper only where a wreck is in it.
    """
    if not isinstance(tool_input, dict):
        return False
    if _WRAPPER in tool_input:
        return len(tool_input) == 1 or _is_wreck(tool_input[_WRAPPER])
    return any(isinstance(value, dict) and list(value) == [_WRAPPER] for value in tool_input.values())


def _is_wreck(text: object) -> bool:
    from finestream_hooks.jsontext import parse

    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return False
    try:
        parse(text)
    except (ValueError, RecursionError):
        return True
    return False
