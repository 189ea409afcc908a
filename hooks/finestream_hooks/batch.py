"""PostToolBatch: all calls of a response are done, those too that no tool ever saw because their input did not parse or fit. PURE: the
memory is handed in.

Its one law: a good call costs a look. Whatever there is to say is said by ``rejection``, which is imported only then.
"""

from finestream_hooks.decisions import Answer, is_wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json, Mend
    from finestream_hooks.memory import Memory

UNPARSED = "__unparsedToolInput"
_INVALID = "<tool_use_error>InputValidationError"
_BY_RESPONSE = ("schema_invalid", "unknown_tool")
_UNKNOWN = "<tool_use_error>Error: No such tool available"


def look(event: "Json", memory: "Memory", mend: "Mend | None") -> Answer:
    """Find the calls whose input was rejected; a tool of which one call was good begins to count anew."""
    calls = event.get("tool_calls")
    good: set[str] = set()
    rejected: list[tuple[str, Json]] = []
    for call in calls if isinstance(calls, list) else ():
        if not isinstance(call, dict):
            continue
        kind = kind_of(call)
        if kind and not (kind in _BY_RESPONSE and memory.has_run(call.get("tool_use_id"))):
            rejected.append((kind, call))
        else:
            good.add(str(call.get("tool_name")))
    for tool in good:
        memory.succeeded(event, tool)
    if not rejected:
        return Answer()
    from finestream_hooks.rejection import answer

    return answer(event, rejected, memory=memory, mend=mend)


def kind_of(call: "Json") -> "str | None":
    """Say why a call seems to have been rejected, None where a tool had it. What a tool has printed may look the same."""
    tool_input = call.get("tool_input")
    if isinstance(tool_input, dict) and UNPARSED in tool_input:
        return "unparsed"
    if is_wrapped(tool_input):
        return "wrapped_json"
    response = _beginning(call.get("tool_response"))
    if response.startswith(_INVALID):
        return "schema_invalid"
    return "unknown_tool" if response.startswith(_UNKNOWN) else None


def _beginning(response: object) -> str:
    """Return the text of a response: it is a string, or blocks."""
    if isinstance(response, list) and response and isinstance(response[0], dict):
        response = response[0].get("text")
    return response.lstrip() if isinstance(response, str) else ""
