"""PreToolUse: a call begins. PURE.

Its one law: a call is stopped only where its input says itself that it is the wreck of another one.
"""

from finestream_hooks.decisions import Answer, is_wrapped, receiver, speaker, word
from finestream_hooks.jsontext import size, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json
    from finestream_hooks.memory import Memory

REASON = (
    "finestream: this input carries INVALID_JSON, the wrapper in which an earlier input that did not parse was reported. It is no input:"
    " nothing was done. Call {tool} again with its own parameters, written anew from what you know; take what is usable from the text in"
    " the wrapper, and write a long text in several calls of smaller parts."
)


def begin(event: "Json", memory: "Memory") -> Answer:
    """Open the record of a call, and of the handoff that it makes."""
    tool = word(event.get("tool_name")) or ""
    tool_input = event.get("tool_input")
    to = receiver(tool, tool_input)
    call: Json = {**speaker(event), "agent_to": to, "tool": tool, "tool_use_id": word(event.get("tool_use_id"))}
    bytes_ = size(tool_input)
    if is_wrapped(tool_input):
        return _refuse(call, tool_input, bytes_)
    return Answer(
        events=[
            {
                "event": "tool_started",
                **call,
                "size": bytes_,
                "target": target_of(tool_input) or to,
                "priority": memory.priority(to) if to else None,
            }
        ]
    )


def target_of(tool_input: object) -> "str | None":
    """Name the file; what a command line holds is nobody's business."""
    if not isinstance(tool_input, dict):
        return None
    return word(tool_input.get("file_path")) or word(tool_input.get("notebook_path"))


def _refuse(call: "Json", tool_input: object, bytes_: int) -> Answer:
    output: Json = {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": REASON.format(tool=call["tool"]),
        }
    }
    wrong: Json = {**call, "error": "wrapped_json", "bytes_received": bytes_, "action": "denied", "outcome": "surfaced"}
    return Answer(
        output,
        [{"event": "input_rejected", **wrong}],
        [{"event": "input_rejected", **wrong, "path": "$", "INVALID_JSON": spell(tool_input)}],
    )
