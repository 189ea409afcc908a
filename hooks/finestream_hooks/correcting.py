"""The one reading of a text in which little is wrong. PURE.

Its one law: a backslash that was forgotten makes every other escape a suspect: whoever wrote ``C:\\data`` may have meant a path by
``C:\\new``, which parses as a line break. Where that cannot be ruled out, there is no correction. The gateway's own repair looks further.
"""

import json
import re

from finestream_hooks.damage import Damage, Edit, examine
from finestream_hooks.decisions import Correction

_LOST = "\ufffd"  # somebody on the way could not read a character, and put this in its place
TOLD = 20  # changes that are told one by one
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DRIVE = re.compile(r"(?:^|\W)[A-Za-z]:\Z")
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
    if damage.kind != "whole" or not damage.edits or _LOST in text or not _is_certain(text, damage):
        return None
    corrected = _applied(text, damage.edits)
    try:
        json.loads(corrected, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return Correction(corrected, [f"{edit.path}, character {edit.start}: {_told(edit)}" for edit in damage.edits[:TOLD]])


def _told(edit: Edit) -> str:
    return _SAYS[edit.rule].format(text=edit.text)


def _is_certain(text: str, damage: Damage) -> bool:
    if any(start <= edit.start <= end for edit in damage.edits for start, end in damage.names):
        return False  # no tool has such a name: a quote is missing somewhere
    doubled = {edit.start for edit in damage.edits if edit.rule == "doubled_backslash"}
    if not doubled:
        return True
    return all(_is_sure(text[start:end], {at - start for at in doubled if start <= at < end}) for start, end in damage.strings)


def _is_sure(string: str, doubled: "set[int]") -> bool:
    """Say whether the escapes of a string are escapes, given where in it a backslash was forgotten."""
    is_one_word = " " not in string
    for match in _ESCAPE.finditer(string):
        after = match.group(1)
        if match.start() in doubled:
            if after in _AMBIGUOUS:
                return False
        elif after != '"' and (doubled or is_one_word or after in "bf" or _DRIVE.search(string[: match.start()])):
            return False
    return True


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
