"""PostToolBatch: all calls of a response are done, those too that no tool ever saw: their input did not parse or fit, or they were turned
down. PURE: the memory is handed in.

Its one law: a good call costs a look. Whatever there is to say or to close is said and closed by other modules, imported only then.
"""

from finestream_hooks.decisions import Answer, context, is_wrapped, word
from finestream_hooks.memory import BEGAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json, Mend
    from finestream_hooks.memory import Memory

UNPARSED = "__unparsedToolInput"
_ERROR = "<tool_use_error>"
_INVALID = f"{_ERROR}InputValidationError"
_BY_INPUT = ("unparsed", "wrapped_json")
_UNKNOWN = f"{_ERROR}Error: No such tool available"


def look(event: "Json", memory: "Memory", mend: "Mend | None") -> Answer:
    """Find the calls whose input was rejected and those that were turned down, and tell the model what was mended in the others.

    A tool of which the input of one call was good begins to count anew.
    """
    kinds = [(kind_of(call), call) for call in _calls(event)]
    courses = memory.course(event.get("session_id"), [_id(call) for kind, call in kinds if kind not in _BY_INPUT])
    rejected = [(kind, call) for kind, call in kinds if kind and not courses.get(_id(call))]
    good = [call for kind, call in kinds if not kind or courses.get(_id(call))]
    refused = [call for call in good if _is_refused(call, courses.get(_id(call)))]
    for tool in {str(call.get("tool_name")) for call in good}:
        memory.succeeded(event, tool)
    found = _say(event, rejected, _news(good, refused, memory), memory=memory, mend=mend)
    records = _closed(event, refused)
    found.events += records
    found.errors += records
    return found


def _calls(event: "Json") -> "list[Json]":
    calls = event.get("tool_calls")
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _say(event: "Json", rejected: "list[tuple[str, Json]]", notes: "list[str]", *, memory: "Memory", mend: "Mend | None") -> Answer:
    if rejected:
        from finestream_hooks.rejection import answer

        return answer(event, rejected, notes, memory=memory, mend=mend)
    return Answer(context("PostToolBatch", "\n\n".join(notes))) if notes else Answer()


def _closed(event: "Json", refused: "list[Json]") -> "list[Json]":
    if not refused:
        return []
    from finestream_hooks.refusal import refuse

    return refuse(event, refused)


def _is_refused(call: "Json", course: "str | None") -> bool:
    """Say whether no tool has run this call.

    One that a hook saw begin has been closed by another hook, unless a permission or a foreign hook has denied it. What its tool turned
    down at once no hook saw begin.
    """
    return course == BEGAN or (course is None and text_of(call).startswith(_ERROR))


def _news(calls: "list[Json]", refused: "list[Json]", memory: "Memory") -> "list[str]":
    """Return what there is to say about inputs that the gateway has mended."""
    mended = [(call, note) for call in calls for note in [memory.take_mended(call.get("tool_use_id"))] if note]
    if not mended:
        return []
    from finestream_hooks.news import tell

    return [tell(call, note, has_run=call not in refused) for call, note in mended]


def _id(call: "Json") -> str:
    return word(call.get("tool_use_id")) or ""


def kind_of(call: "Json") -> "str | None":
    """Say why a call seems to have been rejected, None where a tool had it. What a tool has printed may look the same."""
    tool_input = call.get("tool_input")
    if isinstance(tool_input, dict) and UNPARSED in tool_input:
        return "unparsed"
    if is_wrapped(tool_input):
        return "wrapped_json"
    response = text_of(call)
    if response.startswith(_INVALID):
        return "schema_invalid"
    return "unknown_tool" if response.startswith(_UNKNOWN) else None


def text_of(call: "Json") -> str:
    """Return what the model was told of a call, which is a string, or blocks."""
    response = call.get("tool_response")
    if isinstance(response, list) and response and isinstance(response[0], dict):
        response = response[0].get("text")
    return response.lstrip() if isinstance(response, str) else ""
