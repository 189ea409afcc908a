"""The one reading of a text in which little is wrong. PURE.

Its one law: whoever forgot one backslash may have forgotten others: ``C:\\new`` parses, as a line break. Where that cannot be ruled out,
or a bracket may have slipped out of a string, there is no correction. The gateway's own repair looks further, and never says otherwise.
"""

import json
import re
from bisect import bisect_left

from finestream_hooks.damage import MOST, Damage, Edit, examine
from finestream_hooks.decisions import TOLD, Correction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LOST = "\ufffd"  # somebody on the way could not read a character, and put this in its place
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DRIVE = re.compile(r"(?:^|\W)[A-Za-z]:\Z")
_WORD = re.compile(r"[\w.$%]")
_SWALLOWED = re.compile(r'[^"]*",\s*"[\w$-]+"\s*:')
_LOST_ESCAPE = re.compile(r"(?:^|\W)[A-Za-z]:[\n\t\r\b\f]\w")
_CLOSING = re.compile(r"</([\w:.-]+)>\s*\Z")
_LONGEST_TAG = 200
# What folders and files are often called, where the first letter makes an escape of the name; the same as in the gateway's repair.
_KNOWN = re.compile(
    r"\\(?:n(?:ames?|ative|e?t|etwork|ews?|ext|ginx|odes?|ode_modules|otes?|otebooks?|pm|uget|ull)"
    r"|r(?:aw|eact|eadme|eleases?|emote|epos?|eports?|equirements|es|esources?|esults?|oots?|oles?|outes?|outers?|ules?|untimes?)"
    r"|t(?:ables?|ags?|argets?|asks?|eams?|emp|emplates?|erminal|ests?|ext|extures|hemes?|ickets?|mp|ools?|raining|ree|runk|ypes?))"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
# JavaScript and the shell both write these, and mean different things.
_AMBIGUOUS = "'`$u"
_SAYS = {
    "escaped_control_character": "a control character that stood raw in a string is written as {text}",
    "doubled_backslash": "a backslash that starts no escape is doubled",
    "dropped_trailing_comma": "the comma before a closing bracket is dropped",
    "dropped_trailing_text": "the brackets behind the complete object are dropped",
}


def correct(text: str) -> "Correction | None":
    """Return the one reading of ``text``, None where there is none that is complete and certain."""
    damage = examine(text)
    if damage.kind != "whole" or not 0 < len(damage.edits) <= MOST or _LOST in text or not _is_certain(text, damage):
        return None
    corrected = _applied(text, damage.edits)
    try:
        value = json.loads(corrected, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if any(map(_is_doubtful, _strings(value))):
        return None
    return Correction(corrected, [f"{edit.path}, character {edit.start}: {_told(edit)}" for edit in damage.edits[:TOLD]])


def _strings(value: object) -> "Iterator[str]":
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, (dict, list)):
            waiting += part.values() if isinstance(part, dict) else part


def _is_doubtful(string: str) -> bool:
    """Say whether a string seems to hold what belongs elsewhere, or to have lost a backslash of a path to an escape."""
    tag = _CLOSING.search(string, max(0, len(string) - _LONGEST_TAG))
    is_left_over = tag is not None and f"<{tag.group(1)}" not in string
    return is_left_over or bool(_SWALLOWED.match(string) or _LOST_ESCAPE.search(string))


def _told(edit: Edit) -> str:
    return _SAYS[edit.rule].format(text=edit.text)


def _is_certain(text: str, damage: Damage) -> bool:
    if any(_is_in(damage.names, edit.start) for edit in damage.edits):
        return False  # no tool has such a name: a quote is missing somewhere
    strings = [text[start:end] for start, end in damage.strings]
    rules = {edit.rule for edit in damage.edits}
    if "dropped_trailing_text" in rules and any(map(_is_open, strings)):
        return False  # what stands behind the object may belong into the string
    places = _doubled_in(damage)
    return all(_is_sure(string, own, "doubled_backslash" in rules) for string, own in zip(strings, places))


def _is_in(spans: "list[tuple[int, int]]", at: int) -> bool:
    before = bisect_left(spans, (at + 1, 0)) - 1
    return before >= 0 and at <= spans[before][1]


def _doubled_in(damage: Damage) -> "list[set[int]]":
    """Return where in each string a backslash was forgotten."""
    doubled = [edit.start for edit in damage.edits if edit.rule == "doubled_backslash"]
    return [{at - start for at in doubled[bisect_left(doubled, start) : bisect_left(doubled, end)]} for start, end in damage.strings]


def _is_open(string: str) -> bool:
    return string.count("{") > string.count("}") or string.count("[") > string.count("]")


def _is_sure(string: str, doubled: "set[int]", has_others: bool) -> bool:
    """Say whether the escapes of a string are escapes, given where in it a backslash was forgotten, and whether one was elsewhere."""
    is_one_word = not any(map(str.isspace, string))
    for match in _ESCAPE.finditer(string):
        after = match.group(1)
        if match.start() in doubled:
            if after in _AMBIGUOUS:
                return False
        elif doubled or (after != '"' and (is_one_word or _may_be_two(string, match.start(), has_others))):
            return False
    return True


def _may_be_two(string: str, at: int, has_others: bool) -> bool:
    """Say whether what parses as an escape may be a backslash and a letter."""
    if string[at + 1] in "bf" or _DRIVE.search(string[max(0, at - 3) : at]) or _KNOWN.match(string, at):
        return True
    return has_others and bool(string[at + 1] in "\\/u" or _WORD.match(string, at + 2))


def _applied(text: str, edits: "list[Edit]") -> str:
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


def _once(pairs: "list[tuple[str, object]]") -> "dict[str, object]":
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice, and one of its values would be lost")
    return found
