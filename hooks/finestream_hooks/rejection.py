"""Inputs that were rejected before any tool saw them: what is written down, what the model is told, when it is stopped. PURE: the memory is
handed in.

Its one law: the model is told what arrived, never that it is to stop trying, until the same has failed three times; then the turn ends,
which Claude Code itself never does.
"""

from finestream_hooks.advice import Arrival, advise
from finestream_hooks.batch import UNPARSED, text_of
from finestream_hooks.correcting import correct
from finestream_hooks.damage import examine
from finestream_hooks.decisions import Answer, context, receiver, speaker, word
from finestream_hooks.jsontext import parse, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json, Mend
    from finestream_hooks.memory import Memory

IN_A_ROW = 3
ROOM = 9_500  # characters of what the client passes on to the model, of 10,000
_BYTES_PER_TOKEN = 4  # an estimate, as in the gateway's records
_TOLD_PATH = 300


def answer(event: "Json", rejected: "list[tuple[str, Json]]", notes: "list[str]", *, memory: "Memory", mend: "Mend | None") -> Answer:
    """Answer for the rejected calls of a response. ``notes``: what else there is to say to the model."""
    # Several calls of one response are one attempt; its first names it.
    firsts = {_tool(call): call.get("tool_use_id") for _, call in reversed(rejected)}
    counts = {tool: memory.failed(event, tool, first) for tool, first in firsts.items()}
    found = Answer()
    advices = [(note, "") for note in notes]
    for kind, call in rejected:
        arrival = _arrival(kind, call, memory, mend or correct)
        record = {**_record(event, call, arrival), "attempt": counts[arrival.tool]}
        found.events.append({"event": "input_rejected", **record})
        found.errors.append({"event": "input_rejected", **record, "INVALID_JSON": arrival.text})
        if not _was_denied(arrival):
            advices.append(advise(arrival))
    stuck = [tool for tool, count in counts.items() if count >= IN_A_ROW]
    if stuck:
        _stop(event, stuck, found, memory)
    elif advices:
        found.output = context("PostToolBatch", _joined(advices))
    return found


def _was_denied(arrival: Arrival) -> bool:
    """Say whether the model was told when the call was stopped."""
    return arrival.kind == "wrapped_json" and not arrival.response.startswith("<tool_use_error>")


def _tool(call: "Json") -> str:
    return word(call.get("tool_name")) or ""


def _arrival(kind: str, call: "Json", memory: "Memory", mend: "Mend") -> Arrival:
    """Find out what arrived."""
    arrival = Arrival(_tool(call), kind, text_of(call))
    tool_input = call.get("tool_input")
    if kind != "unparsed" or not isinstance(tool_input, dict):
        arrival.text = spell(tool_input, is_ascii=False)
        arrival.size = len(arrival.text.encode("utf-8", "surrogatepass"))
        arrival.value = tool_input
        return arrival
    given = tool_input[UNPARSED]
    raw = str(given.get("raw", "")) if isinstance(given, dict) else str(given)
    length = given.get("len") if isinstance(given, dict) else None
    _measure(arrival, raw, length if isinstance(length, int) else _units(raw))
    if not arrival.is_whole:
        kept = memory.received(call.get("tool_use_id"))
        if kept is not None and kept.startswith(raw[:1000]):
            _measure(arrival, kept, _units(kept))
    arrival.damage = examine(arrival.text)
    if arrival.is_whole and arrival.damage.kind != "cut":
        arrival.correction = mend(arrival.text)
    return arrival


def _measure(arrival: Arrival, text: str, length: int) -> None:
    """The client counts as JavaScript does, and gives no more than the beginning."""
    arrival.text, arrival.is_whole = text, _units(text) >= length
    size = len(text.encode("utf-8", "surrogatepass"))
    arrival.size = size if arrival.is_whole else size * length // max(1, _units(text))


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _record(event: "Json", call: "Json", arrival: Arrival) -> "Json":
    """Write down what arrived, in the words of the gateway's log."""
    damage = arrival.damage
    members = arrival.value if damage is None else _members(arrival)
    return {
        **speaker(event),
        "agent_to": receiver(arrival.tool, members),
        "error": arrival.error,
        "tool": arrival.tool,
        "tool_use_id": word(call.get("tool_use_id")),
        "bytes_received": arrival.size,
        "tokens_used": -(-arrival.size // _BYTES_PER_TOKEN),
        "tokens_needed": None,
        "path": damage.path[:_TOLD_PATH] if damage else "$",
        "offset": damage.offset if damage else None,
        "reason": damage.reason if damage else arrival.response[:_TOLD_PATH],
        "target": arrival.target,
        "action": "surfaced",
        "outcome": "surfaced",
        "proposed": arrival.correction.changes if arrival.correction else None,
    }


def _members(arrival: Arrival) -> "Json":
    """Return the members of a broken object that are whole themselves."""
    found: Json = {}
    spans = arrival.damage.members if arrival.damage else {}
    for name, (start, end) in spans.items():
        if start < end:
            try:
                found[name] = parse(arrival.text[start:end])
            except (ValueError, RecursionError):
                continue
    return found


def _joined(advices: "list[tuple[str, str]]") -> str:
    """Put the advices together; a corrected input that does not fit is left out, never cut."""
    room = ROOM - sum(len(text) + 2 for text, _ in advices)
    pieces = []
    for text, corrected in advices:
        size = _units(corrected)
        if corrected and size <= room:
            room -= size
            text += corrected
        pieces.append(text)
    whole = "\n\n".join(pieces)
    return whole if len(whole) <= ROOM else whole[: ROOM - 3] + "..."


def _stop(event: "Json", stuck: "list[str]", found: Answer, memory: "Memory") -> None:
    """End the turn, and count anew: what the user says next is another attempt."""
    names = ", ".join(stuck)
    reasons = dict.fromkeys(str(record["error"]) for record in found.errors if record["tool"] in stuck)
    why = (
        f"finestream stopped this turn: the input of {names} was rejected {IN_A_ROW} times in a row ({', '.join(reasons)}), and nothing was"
        " done with it. What arrived is in .claude/finestream/streaming-errors.log. Ask for a smaller step, such as writing the file in"
        " several parts, or run the session behind the monitor (finestream claude), which continues inputs that break off."
    )
    # The reason is shown to who sits there; who reads the messages of a session without a terminal gets the other.
    found.output = {"continue": False, "stopReason": why, "systemMessage": why}
    found.events.append({"event": "loop_stopped", **speaker(event), "agent_to": None, "tool": names, "attempts": IN_A_ROW})
    for tool in stuck:
        memory.begin_anew(event, tool)
