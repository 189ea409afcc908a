"""What the model is told about an input that was rejected: what arrived, what is wrong with it, how to go on. PURE.

Its one law: only what was seen is said. Where the client gave no more than the beginning of a text, its end is not talked about.
"""

import re

from finestream_hooks.before import REASON
from finestream_hooks.jsontext import parse, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.damage import Damage
    from finestream_hooks.decisions import Correction

_ENDING = 60  # characters
_AROUND = 30
_SMALL = 1500  # bytes; what is not longer needs no parts
_FEW = 8  # lines; what has no more is counted in characters
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_UNFINISHED = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z")
_FILES = ("file_path", "notebook_path", "path")


class Arrival:
    """What arrived of one call. ``text``: its input as far as it is known, ``size``: bytes of all of it."""

    def __init__(self, tool: str, kind: str, response: str) -> None:
        self.tool, self.kind, self.response = tool, kind, response
        self.text = ""
        self.size = 0
        self.is_whole = True
        self.value: object = None
        self.damage: Damage | None = None
        self.correction: Correction | None = None

    @property
    def error(self) -> str:
        """Return what the journal calls it. A text of which only the beginning is known may be either."""
        if self.damage is None:
            return self.kind
        if self.damage.kind == "malformed" or self.damage.edits or (self.is_whole and self.damage.kind == "whole"):
            return "malformed_json" if self.damage.kind != "cut" or not self.is_whole else "incomplete_json"
        return "incomplete_json" if self.is_whole else "unparsed_json"

    @property
    def target(self) -> "str | None":
        """Return the file that the call is about, where its name arrived whole."""
        for name in _FILES:
            found = self.value.get(name) if isinstance(self.value, dict) else self._member(name)
            if isinstance(found, str) and found:
                return found[:300]
        return None

    def _member(self, name: str) -> object:
        start, end = self.damage.members.get(name, (0, 0)) if self.damage else (0, 0)
        try:
            return parse(self.text[start:end])
        except ValueError:
            return None


def advise(arrival: Arrival) -> "tuple[str, str]":
    """Return what the model is told, and the corrected input that belongs behind it, if there is one."""
    call = f"{arrival.tool}({arrival.target})" if arrival.target else arrival.tool
    if arrival.kind == "unknown_tool":
        return f"finestream: there is no tool called {arrival.tool}, so nothing was done. Use one of the tools that you were given.", ""
    if arrival.kind == "wrapped_json":
        return REASON.format(tool=arrival.tool), ""
    if arrival.damage is None:
        return _misfit(call, arrival), ""
    if arrival.correction:
        changes = "; ".join(arrival.correction.changes)
        text = (
            f"finestream: the input of {call} was no valid JSON, and nothing was done. It has one reading, in which every character of"
            f" content is kept ({changes}). If that is what you meant, call {arrival.tool} again with exactly this input:\n"
        )
        return text, arrival.correction.text
    if not arrival.is_whole and not _is_malformed(arrival):
        return _beginning_only(call, arrival, arrival.damage), ""
    return (_cut if arrival.error == "incomplete_json" else _malformed)(call, arrival, arrival.damage), ""


def _is_malformed(arrival: Arrival) -> bool:
    return arrival.error == "malformed_json"


def _cut(call: str, arrival: Arrival, damage: "Damage") -> str:
    if damage.kind == "empty" or not damage.members:
        return f"finestream: nothing usable of the input of {call} arrived ({arrival.size} bytes); nothing was done. Call it again."
    where, ending, lines = _place(arrival, damage)
    also = " It was written wrong before that, too: escape control characters and backslashes in strings." if damage.edits else ""
    return (
        f"finestream: {arrival.size:,} bytes of the input of {call} arrived, then it was cut{where}, after {spell(ending, is_ascii=False)}."
        f" Nothing was done with it.{also} {_parts(arrival, lines)}"
    )


def _place(arrival: Arrival, damage: "Damage") -> "tuple[str, str, int]":
    """Say in which member it ends, and in which line of that; return the last characters, and the lines of the member."""
    member = damage.path[2:].partition(".")[0].partition("[")[0]
    if damage.opened is None:
        return f" behind {damage.path[:200]}", arrival.text[-_ENDING:], 0
    value = decoded(arrival.text[damage.opened + 1 :])
    lines = value.count("\n") + 1
    path = damage.path[2:200] or member
    return f" in line {lines:,} of {path}", value[-_ENDING:], lines


def _parts(arrival: Arrival, lines: int) -> str:
    """Say how to go on. Half of what came through is likely to come through."""
    if arrival.size < _SMALL:
        return f"Call {arrival.tool} again with the whole input."
    most = f"{_round(lines // 2):,} lines" if lines > _FEW else f"{_round(arrival.size // 2):,} characters"
    if arrival.tool == "Write":
        return f"Write the file in parts of at most {most}: Write the first part, then add each other part at its end with Edit."
    if arrival.tool in ("Edit", "MultiEdit", "NotebookEdit"):
        return f"Make several edits of at most {most} each."
    return f"Make several calls of at most {most} each, or shorten the input."


def _round(number: int) -> int:
    """Round down to one digit and a half: 206 -> 200, 176 -> 150."""
    unit = 10 ** (len(str(max(number, 1))) - 1)
    return max(1, number // (unit // 2 or 1) * (unit // 2 or 1))


def _beginning_only(call: str, arrival: Arrival, damage: "Damage") -> str:
    lines = 0
    if damage.opened is not None:
        share = arrival.size / max(1, len(arrival.text.encode("utf-8", "surrogatepass")))
        lines = int(decoded(arrival.text[damage.opened + 1 :]).count("\n") * share)
    about = f" (about {lines:,} lines)" if lines > _FEW else ""
    return (
        f"finestream: about {arrival.size:,} bytes of the input of {call} arrived{about}, and they are no valid JSON. Its first"
        f" {len(arrival.text):,} characters are sound, so either it was cut, which is likely with a text of this length, or it is written"
        f" wrong further on. Nothing was done with it. {_parts(arrival, lines)}"
    )


def _malformed(call: str, arrival: Arrival, damage: "Damage") -> str:
    if damage.kind == "malformed" or not damage.edits:
        offset, path, reason = damage.offset, damage.path, damage.reason or "it cannot be read"
    else:
        edit = damage.edits[0]
        offset, path = edit.start, edit.path
        reason = "a backslash here starts no escape" if edit.rule == "doubled_backslash" else "a character here must be escaped"
    around = _CONTROL.sub(lambda match: f"<U+{ord(match.group()):04X}>", arrival.text[max(0, offset - _AROUND) : offset + _AROUND])
    line = arrival.text.count("\n", 0, offset) + 1
    return (
        f"finestream: the {arrival.size:,} bytes of the input of {call} are no valid JSON, and nothing was done with them. At character"
        f" {offset:,} (line {line}, {path[:200]}): {reason}; around it stands `{around}`. Nothing says for certain how it was meant. Call"
        f' {arrival.tool} again: in strings, double each backslash, write line breaks as \\n and quotes as \\".'
    )


def _misfit(call: str, arrival: Arrival) -> str:
    """The input parses and does not fit; what is wrong the client has said."""
    if arrival.value == {}:
        return (
            f"finestream: the input of {call} arrived empty, and nothing was done. That happens when the output ends before the first"
            " parameter is written: call it again, and begin with the parameters; make a long text shorter."
        )
    members = arrival.value.items() if isinstance(arrival.value, dict) else ()
    arrived = ", ".join(f"{str(name)[:60]} ({_described(value)})" for name, value in list(members)[:20]) or _described(arrival.value)
    doubled = [str(name)[:60] for name, value in members if _is_spelled(value)]
    hint = f" {', '.join(doubled)}: this is a string that holds JSON; give the value itself." if doubled else ""
    what = f"What arrived, {arrival.size:,} bytes: {arrived}."
    return f"finestream: the input of {call} does not fit the tool, and nothing was done. {what}{hint}"


def _described(value: object) -> str:
    if isinstance(value, str):
        return f"a string of {len(value):,} characters"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return f"an object of {len(value):,}"
    return spell(value) if value is None or isinstance(value, bool) else "a number"


def _is_spelled(value: object) -> bool:
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return False
    try:
        return isinstance(parse(value), (list, dict))
    except (ValueError, RecursionError):
        return False


def decoded(text: str) -> str:
    """Return what a string says that is written like this up to its end, which may be in the middle of an escape."""
    return _ESCAPE.sub(lambda match: _character(match.group(1)), _UNFINISHED.sub(r"\1", text))


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES.get(escape, escape)
