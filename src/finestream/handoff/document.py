"""The document that an agent hands on, in one call or in many: pieces -> numbered parts. PURE.

Its one law: the parts tell everything. Whoever has taken all of them in order has the document, and what is the same is never told twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, NamedTuple

from finestream.handoff.reading import Form, Piece


class Part(NamedTuple):
    """A piece with its place in the order in which receivers are told. ``number``: from 1.

    ``replaces``: the number of the first part that it makes void; with an ``end`` everything of its member from ``place`` on is void.
    """

    number: int
    member: str
    form: Form
    place: int
    text: str
    replaces: int | None = None

    @property
    def is_chunk(self) -> bool:
        """Whether it carries text: the end of a list or of a text has none, and is shown to nobody."""
        return self.form != "end"

    @property
    def size(self) -> int:
        """Bytes of its text."""
        return len(self.text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Member:
    """What holds of one member now: the parts by index, and how many there are once that is known."""

    parts: dict[int, Part] = field(default_factory=dict)
    count: int | None = None

    @property
    def form(self) -> Form | None:
        return next((part.form for part in self.parts.values()), None)

    @property
    def is_closed(self) -> bool:
        """Whether all of it is there."""
        return self.count is not None and self.count <= len(self.parts)

    def set(self, part: Part) -> None:
        if _changes_form(self, part.form):
            self.parts.clear()
            self.count = None
        if part.form == "value":
            self.count = 1
        elif self.count is not None and part.place >= self.count:
            self.count = None  # it has become longer
        self.parts[part.place] = part

    def end(self, count: int) -> None:
        self.count = count
        self.parts = {index: part for index, part in self.parts.items() if index < count}

    def reach(self) -> int:
        """How many parts are there without a gap."""
        return next(place for place in range(len(self.parts) + 1) if place not in self.parts)

    def value(self) -> Any:
        parts = [self.parts[index] for index in range(self.count or 0)]
        if self.form == "text":
            return "".join(part.text for part in parts)
        values = [json.loads(part.text) for part in parts]
        return values[0] if self.form == "value" else values


class Document:
    """All that one agent has handed on."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self.parts: list[Part] = []
        self.members: dict[str, Member] = {}
        """In the order in which they were begun."""
        for part in parts:
            self.keep(part)

    @property
    def chunks(self) -> list[Part]:
        """The parts that carry text, void or not."""
        return [part for part in self.parts if part.is_chunk]

    def judge(self, piece: Piece) -> Part | None:
        """Return the part to be told of ``piece``, None when it says what is known. Nothing changes until the part is kept."""
        member = self.members.get(piece.member, Member())
        replaces = min((part.number for part in _void(member, piece)), default=None)
        if replaces is None and _is_known(member, piece):
            return None
        return Part(len(self.parts) + 1, *piece, replaces)

    def keep(self, part: Part) -> None:
        """Add the next part.

        Raises:
            ValueError: It is not the next one.
        """
        if part.number != len(self.parts) + 1:
            raise ValueError(f"part {part.number} cannot follow part {len(self.parts)}")
        self.parts.append(part)
        member = self.members.setdefault(part.member, Member())
        if part.form == "end":
            member.end(part.place)
        else:
            member.set(part)

    def value(self) -> dict[str, Any]:
        """Return the members that are complete, in the order in which they were begun."""
        return {name: member.value() for name, member in self.members.items() if member.is_closed}

    def begun(self) -> dict[str, int]:
        """Return the members that are not complete, each with the number of its pieces that are there without a gap."""
        return {name: member.reach() for name, member in self.members.items() if not member.is_closed}


def _changes_form(member: Member, form: Form) -> bool:
    return member.form not in (None, form) and form != "end"


def _void(member: Member, piece: Piece) -> Iterator[Part]:
    if piece.form == "end":
        yield from (part for index, part in member.parts.items() if index >= piece.place)
    elif _changes_form(member, piece.form):
        yield from member.parts.values()
    elif piece.place in member.parts and not _is_same(member.parts[piece.place], piece):
        yield member.parts[piece.place]


def _is_known(member: Member, piece: Piece) -> bool:
    if piece.form == "end":
        return member.count == piece.place
    return piece.place in member.parts and not _changes_form(member, piece.form)


def _is_same(part: Part, piece: Piece) -> bool:
    """Whether both say the same. JSON may be spelled in other ways, and JavaScript keeps of a number what a double holds."""
    if part.text == piece.text or piece.form == "text":
        return part.text == piece.text
    return _parsed(piece.text, _exact) in (_parsed(part.text, _exact), _parsed(part.text, _as_double))


def _parsed(text: str, number: Callable[[str], Decimal]) -> Any:
    """Parse JSON. A number becomes a tuple, which is equal to no other value, as 1 is to true."""
    return json.loads(text, parse_int=lambda digits: (number(digits),), parse_float=lambda digits: (number(digits),))


def _exact(digits: str) -> Decimal:
    return Decimal(digits, Context(traps=[]))  # an exponent beyond all measure makes it no number, and so equal to none


def _as_double(digits: str) -> Decimal:
    return Decimal(repr(float(digits)))
