"""Edits of a text. PURE. Its one law: what no edit names stays as it was, character for character."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from finestream.repair.locate import paths_at
from finestream.repair.outcome import Change


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``after``."""

    rule: str
    start: int
    end: int
    after: str


class _Layer(NamedTuple):
    """Where the pieces between the edits of one round begin, in the text behind that round and in the text before it."""

    starts: tuple[int, ...]
    origins: tuple[int, ...]


class Draft(NamedTuple):
    """A text under correction: as it stands, with what has been changed, in rounds that each start from the result of the one before."""

    text: str
    changes: tuple[Change, ...] = ()
    layers: tuple[_Layer, ...] = ()

    def origin(self, offset: int) -> int:
        """Say where in the original text a character of the text stands; for an inserted one, where it was inserted."""
        for starts, origins in reversed(self.layers):
            piece = bisect_right(starts, offset) - 1
            moved = origins[piece] + offset - starts[piece]
            offset = min([moved, *origins[piece + 1 : piece + 2]])
        return offset


def correct(draft: Draft, edits: Sequence[Edit]) -> Draft:
    """Carry out one round of edits, which must not overlap. What comes out must be JSON: the paths are read from it."""
    ordered = sorted(edits, key=_place)
    starts, origins, landed = [0], [0], []
    length = done = 0
    for edit in ordered:
        length += edit.start - done
        landed.append(length)
        length += len(edit.after)
        done = edit.end
        starts.append(length)
        origins.append(done)
    corrected = apply(draft.text, ordered)
    changes = [
        Change(edit.rule, draft.origin(edit.start), path, draft.text[edit.start : edit.end], edit.after)
        for edit, path in zip(ordered, paths_at(corrected, landed), strict=True)
    ]
    return Draft(corrected, (*draft.changes, *changes), (*draft.layers, _Layer(tuple(starts), tuple(origins))))


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with the edits carried out."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=_place):
        pieces += (text[done : edit.start], edit.after)
        done = edit.end
    return "".join((*pieces, text[done:]))


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end
