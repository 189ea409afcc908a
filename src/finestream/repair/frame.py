"""What stands around the one object. PURE. Its one law: only what carries no content is dropped.

Closers too many, a half-written closing tag, a fence, an empty object, the same object again: those say nothing. Anything else behind the
object, or another object, does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from finestream.repair.closers import lacks_only, last_string
from finestream.repair.cursor import MARK
from finestream.repair.edits import Edit, apply
from finestream.repair.outcome import Stuck
from finestream.repair.reader import Reader
from finestream.repair.strict import parse_strictly

_TAGS: Final = (
    r"(?:antml:)?(?:tool_calls?|tool_use|tool|function_calls?|function|call|invoke|parameters?"
    r"|arguments|args|input|json|output|answer|response)"
)
_TOKEN: Final = r"<[|\uff5c][\w\u2581:.-]+[|\uff5c]>"  # as in <|im_end|>
# How calls begin where a model's own notation was not taken off: Gemma's, Llama's, Kimi's.
_CALL: Final = r"call:[\w.:-]+(?=\s*\{)|<function=[\w.:-]+>|functions\.[\w.-]+:\d+(?=\s*[<{])"
_HEAD: Final = re.compile(
    rf"(?P<dropped_byte_order_mark>\ufeff)|(?P<dropped_fence>```[\w-]*)"
    rf"|(?P<dropped_markup><{_TAGS}>|{_TOKEN}|{_CALL})"
)
_MOST_HEADS: Final = 8
"""Pieces in front of the value; past it, it is no value that is being framed."""

_MOST_VALUES: Final = 100
"""Objects one behind the other; past it somebody repeats himself, and each costs a reader of its own."""

_SPACE: Final = re.compile(r"\s*+")
_JUNK: Final = rf'```|\\[nrt]|{_TOKEN}|<//?{_TAGS}>|<(?://?[a-z_:]*)?\Z|"\s*\Z'
_TAIL: Final = re.compile(rf"(?:[\s,;\ufeff\]}}]+|{_JUNK})*")
_TAIL_WITHOUT_CLOSERS: Final = re.compile(rf"(?:[\s,;\ufeff]+|{_JUNK})*")
_GAP: Final = re.compile(r"(?:\s|\\[nrt])*")
_CLOSER_GUESSES: Final = frozenset(("replace_closers", "insert_closer", "insert_brace", "drop_closer"))


class _Piece(NamedTuple):
    """One value of the text, and what makes JSON of it."""

    start: int
    end: int
    edits: Sequence[Edit]


def read_text(text: str, guess: str = "") -> list[Edit]:
    """Read the whole text as one tool input, with what may stand around it.

    Returns:
        The edits that leave nothing but that input, as JSON.
    Raises:
        Stuck: Where the reading cannot go on.
    """
    edits, pos = _read_head(text)
    # How many brackets there are is what a guess about closers goes by: then none may be dropped behind the value.
    junk = _TAIL_WITHOUT_CLOSERS if guess in _CLOSER_GUESSES else _TAIL
    pieces: list[_Piece] = []
    while True:
        reader = Reader(text, pos, guess)
        reader.read()
        pieces.append(_Piece(pos, reader.pos, reader.edits))
        tail = junk.match(text, reader.pos)
        end = tail.end() if tail else reader.pos
        if end == len(text):
            break
        gap = _GAP.match(text, reader.pos)
        pos = gap.end() if gap else reader.pos
        if text[pos] != "{" or text[pieces[0].start] != "{" or len(pieces) == _MOST_VALUES:
            raise Stuck("text_after_value", pos)
    edits += _keep_one(text, pieces)
    last = pieces[-1].end
    _check_surplus(text, pieces[-1], guess)
    if text[last:].strip():
        edits.append(Edit("dropped_trailing_text", last, len(text.rstrip()), ""))
    return edits


def _check_surplus(text: str, piece: _Piece, guess: str) -> None:
    """Go on only where the brackets behind the value are those that are too many, and no others."""
    surplus = {"}", "]"}.intersection(text[piece.end :])
    if not surplus:
        return
    value = _corrected(text, piece)
    others = set(_alternatives(value)) if "}" in surplus else set()
    is_early = "early" in others and guess != "drop_surplus"
    if is_early or "slipped" in others or ("]" in surplus and lacks_only(last_string(value, len(value)), "]")):
        raise Stuck("surplus_closer", piece.end)


def _alternatives(value: str) -> Iterator[str]:
    """Say how an earlier brace may be the one that is too many: the members behind it would belong to the object that it closes.

    It may have come too early, or it may belong into the string in front of it.
    """
    outer: list[str] = []
    closed, string, end = "", "", 0
    for mark in MARK.finditer(value):
        head = mark[0][0]
        if head == "," and closed == "{{" and "[" not in outer:  # in a list, one brace less would leave the item open at its bracket
            yield "early"
        if head == "}" and lacks_only(string[1:-1], "}") and not value[end : mark.start()].strip() and "[" not in outer:
            yield "slipped"
        closed = ""
        string, end = mark[0] if head == '"' else "", mark.end()
        if head in "{[":
            outer.append(head)
        elif head in "}]":
            closed = "".join(outer[-2:])
            outer.pop()


def _read_head(text: str) -> tuple[list[Edit], int]:
    edits: list[Edit] = []
    pos = 0
    for _ in range(_MOST_HEADS):
        space = _SPACE.match(text, pos)
        pos = space.end() if space else pos
        head = _HEAD.match(text, pos)
        if head is None:
            return edits, pos
        edits.append(Edit(str(head.lastgroup), *head.span(), ""))
        pos = head.end()
    raise Stuck("not_json", pos)


def _keep_one(text: str, pieces: Sequence[_Piece]) -> list[Edit]:
    """Keep the one object that says something."""
    if len(pieces) == 1:
        return list(pieces[0].edits)
    known: dict[str, str] = {}
    values = [known.get(text[piece.start : piece.end]) or _canonical(text, piece, known) for piece in pieces]
    kept = next((index for index, value in enumerate(values) if value != "{}"), 0)
    for piece, value in zip(pieces, values, strict=True):
        if value not in ("{}", values[kept]):
            raise Stuck("different_objects", piece.start)
    one = pieces[kept]
    edits = list(one.edits)
    if kept:
        edits.append(Edit("dropped_empty_object", pieces[0].start, one.start, ""))
    if one is not pieces[-1]:
        rule = "dropped_empty_object" if set(values[kept + 1 :]) == {"{}"} else "dropped_repeated_object"
        edits.append(Edit(rule, one.end, pieces[-1].end, ""))
    return edits


def _canonical(text: str, piece: _Piece, known: dict[str, str]) -> str:
    known[text[piece.start : piece.end]] = canonical = json.dumps(parse_strictly(_corrected(text, piece)), sort_keys=True)
    return canonical


def _corrected(text: str, piece: _Piece) -> str:
    edits = [edit._replace(start=edit.start - piece.start, end=edit.end - piece.start) for edit in piece.edits]
    return apply(text[piece.start : piece.end], edits)
