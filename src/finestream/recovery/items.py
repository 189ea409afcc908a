"""Where a continuation joins a list whose last item is complete. PURE. Its law is that of `seam`: no guess.

A whole item can never be an anchor: lists repeat themselves, and the model that ignores the anchor and goes on with an equal item says
the same as the one that repeats the last. So asked for is a *piece* of an item: the end of its text, from the middle of a word on, or its
last members without the first, where all items have the same. What begins with the piece comes from a model that obeyed, unless the list
could hold the piece as an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from finestream.recovery.parts import DECODER, Part, parts, raw_length
from finestream.recovery.seam import Pending, Refusal, is_inside_word

LONGEST_REPEAT = 400  # characters of complete members or items that an opening may repeat
_LONGEST_PIECE = 40  # characters of a string that are repeated
_SHORTEST_PIECE = 12  # fewer may be an item by chance
_LEFT_OUT = 4  # characters of a string that its piece must lack: one alone might be a slip of the model
_WITNESSES = 3  # items that show what an item of this list looks like


class Anchor(NamedTuple):
    """The last ``items`` items as an answer has to begin: of the first only a piece. ``text`` ends as they end."""

    items: int
    text: str


def item_anchor(kept: str, done: Sequence[Part]) -> Anchor | None:
    """The shortest anchor behind the items ``done``, which stand in ``kept``; None where no near item has a piece that tells."""
    values = [part.value for part in done]
    for count, item in enumerate(reversed(done), start=1):
        behind = kept[item.end : done[-1].end]
        if len(behind) > LONGEST_REPEAT:
            return None
        for piece in _pieces(kept, item):
            if len(piece.text) + len(behind) <= LONGEST_REPEAT and _tells(piece, values):
                return Anchor(count, piece.text + behind)
    return None


class _Piece(NamedTuple):
    text: str
    is_cut: bool  # it begins inside a string; else whole members or items are left out in front


def _pieces(text: str, part: Part) -> Iterator[_Piece]:
    """What says the end of a value and is not all of it, the shortest first."""
    if isinstance(part.value, str):
        longest = min(_LONGEST_PIECE, len(part.value) - _LEFT_OUT)
        size = next((size for size in range(longest, _SHORTEST_PIECE - 1, -1) if is_inside_word(part.value, len(part.value) - size)), 0)
        if size:
            raw = text[part.value_at + 1 : part.end - 1]
            yield _Piece(f'"{raw[raw_length(raw, len(part.value) - size) :]}"', True)
    elif isinstance(part.value, (dict, list)):
        inner = list(parts(text, part.value_at))
        for index in range(len(inner) - 1, -1, -1):
            one = inner[index]
            yield from (piece._replace(text=_around(text, part, one, piece.text)) for piece in _pieces(text, one))
            if index:
                yield _Piece(_around(text, part, one, text[one.value_at : one.end]), False)


def _around(text: str, whole: Part, one: Part, value: str) -> str:
    """The container ``whole`` without what stands before ``one``, and with ``value`` in place of its value."""
    return text[whole.value_at] + text[one.start : one.value_at] + value + text[one.end : whole.end]


def _tells(piece: _Piece, values: Sequence[object]) -> bool:
    """Whether nothing in the list is like the piece, and the list has a likeness, so that it will hardly be the next item."""
    value = DECODER.decode(piece.text)
    if value in values:
        return False
    alike = [_outline(item) for item in values if type(item) is type(value)]
    return piece.is_cut or (len(alike) >= _WITNESSES and all(outline == alike[0] for outline in alike) and _outline(value) != alike[0])


def _outline(value: object) -> object:
    """What the items of one list have in common: their names, or how many they are."""
    return frozenset(value) if isinstance(value, dict) else len(value) if isinstance(value, list) else None


def item_seam(values: Sequence[object], end: Anchor | None, answer: Sequence[object], *, complete: bool, is_told_again: bool) -> int:
    """How many items of ``answer`` repeat the end of the items ``values``, whose anchor is ``end``; what follows is new.

    Args:
        complete: The whole answer is there.
        is_told_again: The answer has repeated what stands before the list, so it says everything again, and has to.
    Raises:
        Refusal, and Pending while more of the answer is to come.
    """
    wanted = list(values)
    if not is_told_again:
        if end is None:
            raise Refusal("the items that were kept repeat themselves or are too short: nothing tells where they go on")
        wanted = [DECODER.raw_decode(end.text)[0], *values[len(values) - end.items + 1 :]]
    if list(answer[: len(wanted)]) == wanted and (complete or len(answer) > len(wanted)):
        return len(wanted)
    if not complete and list(answer) == wanted[: len(answer)]:
        raise Pending
    raise Refusal("the answer does not begin with what stands for the last items that had arrived")
