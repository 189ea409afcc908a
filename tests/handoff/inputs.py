"""Inputs of handoffs as hypothesis draws them: any document, in any spelling, cut anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from finestream.handoff import RESUME, Piece, Reader
from tests.scanner_reference import STRINGS, VALUES

NAMES = st.sampled_from(["a", "b", "summary", "", "é", '"\\\n', "\ud83d", "</part>", "1"])
_LINES = st.sampled_from(
    [
        "a line of a text\n",
        "# A heading\n\n",
        "é" * 90 + "\n",
        '"quoted" \\n and a \\\\ \n',
        "</part>\n",
        "x" * 300 + "\n\n",
        "😀/\ud83d\n",
    ]
)
LONG = st.lists(_LINES, min_size=8, max_size=40).map("".join)
MEMBERS = st.one_of(LONG, st.lists(VALUES, max_size=5), STRINGS, VALUES)
# Two halves of a character that stand together are that character.
DOCUMENTS = st.dictionaries(NAMES, MEMBERS, max_size=4).map(lambda document: dict(json.loads(json.dumps(document))))
SPELLINGS = st.sampled_from(
    [
        {"ensure_ascii": False},
        {"ensure_ascii": True},
        {"indent": 1},
        {"separators": (",", ":"), "ensure_ascii": False},
        {"separators": (" , ", " : ")},
    ]
)
CUTS = st.lists(st.integers(0, 4000), max_size=6)


def spell(document: Any, spelling: dict[str, Any]) -> bytes:
    return json.dumps(document, **spelling).encode("utf-8", "surrogatepass")


def odd(data: bytes) -> bytes:
    """Spell every newline and slash as no serialiser does; what they mean is the same."""
    return data.replace(b"\\\\", b"\\u005c").replace(b"\\n", b"\\u000a").replace(b"/", b"\\/")


def cut(data: bytes, borders: Iterable[int]) -> Iterator[bytes]:
    at = sorted({0, len(data), *(min(border, len(data)) for border in borders)})
    return (data[start:stop] for start, stop in pairwise(at))


def read(data: bytes, borders: Iterable[int] = ()) -> list[Piece]:
    reader = Reader()
    return [piece for part in cut(data, borders) for piece in reader.feed(part)]


def joined(pieces: Iterable[Piece]) -> dict[str, Any]:
    """Put pieces together as their docstring says, by other means than a document does. A member that begins again replaces the first."""
    found: dict[str, Any] = {}
    open_: list[Piece] = []
    for piece in pieces:
        if piece.form == "value":
            found[piece.member] = json.loads(piece.text)
        elif piece.form != "end":
            assert piece.place == len(open_)
            open_.append(piece)
        else:
            assert {each.member for each in open_} == {piece.member}
            assert piece.place == len(open_)
            texts = [each.text for each in open_]
            found[piece.member] = "".join(texts) if open_[0].form == "text" else [json.loads(text) for text in texts]
            open_ = []
    assert not open_
    return found


def going_on(document: dict[str, Any], begun: dict[str, int], texts: dict[str, str]) -> dict[str, Any]:
    """The call of an agent that goes on with what it has begun, and hands on what it has not. ``texts``: of the texts what was told."""
    told = {name: len(texts[name]) if name in texts else count for name, count in begun.items()}
    rest = {name: value[told[name] :] if told.get(name) else value for name, value in document.items()}
    return {RESUME: {name: count for name, count in begun.items() if count}, **rest}
