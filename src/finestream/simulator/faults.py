"""Where an answer breaks. PURE. Its one law: of all faults that are due, the one that strikes first decides, and nothing follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from finestream.simulator.conversation import Reading
from finestream.simulator.model import Part
from finestream.simulator.script import Fault, Script

CHARACTERS_A_TOKEN = 4

# The stages of one block, in the order in which they come.
STARTED, INSIDE, WRITTEN, STOPPED = range(4)

Key = tuple[object, ...]


class Armed(NamedTuple):
    """A fault that can strike in this answer, and the key under which its strikes are counted."""

    fault: Fault
    key: Key


class Cut(NamedTuple):
    """Where an answer ends early: block, stage, and for INSIDE the offset in the block's text. Before the message the block is negative."""

    part: int
    stage: int
    offset: int
    armed: Armed | None = None  # None: the request's own max_tokens

    @property
    def kind(self) -> str:
        return "max_tokens" if self.armed is None else self.armed.fault.kind


BEFORE_HEADERS, BEFORE_MESSAGE = -2, -1


def arm(script: Script, reading: Reading, struck: Mapping[Key, int]) -> list[Armed]:
    """Collect the faults that are due in an answer, given how often each has struck."""
    if reading.kind == "other":
        return []
    own = reading.now.faults if reading.now is not None else ()
    numbered = [(("turn", index), fault) for index, fault in enumerate(own)]
    numbered += [(("script", index), fault) for index, fault in enumerate(script.faults)]
    armed = [Armed(fault, (reading.route, reading.turn, *name)) for name, fault in numbered if fault.concerns(reading.kind)]
    return [one for one in armed if one.fault.limit is None or struck.get(one.key, 0) < one.fault.limit]


def find_cut(parts: Sequence[Part], armed: Sequence[Armed], max_tokens: int) -> Cut | None:
    """Find the first strike in an answer, the request's own limit included. None: the answer is whole."""
    cuts = [_place(parts, one) for one in armed]
    budget = max_tokens * CHARACTERS_A_TOKEN
    if sum(len(part.text) for part in parts) > budget:
        cuts.append(_generated(parts, budget, None))
    return min((cut for cut in cuts if cut is not None), key=lambda cut: cut[:3], default=None)


def _place(parts: Sequence[Part], armed: Armed) -> Cut | None:
    fault = armed.fault
    if fault.kind == "status" or fault.at == "before_headers":
        return Cut(BEFORE_HEADERS, STARTED, 0, armed)
    characters = fault.every if fault.every is not None else fault.after
    if characters is not None:
        return _generated(parts, characters, armed)
    if fault.at == "before_message":
        return Cut(BEFORE_MESSAGE, STARTED, 0, armed)
    if fault.at == "before_message_stop":
        return Cut(len(parts), STARTED, 0, armed)
    return next(_inside(parts, armed), None)


def _generated(parts: Sequence[Part], characters: int, armed: Armed | None) -> Cut | None:
    """The place at which so many characters of the answer have been generated, None where it is shorter."""
    for index, part in enumerate(parts):
        if characters <= len(part.text):
            return Cut(index, INSIDE, characters, armed)
        characters -= len(part.text)
    return None


def _inside(parts: Sequence[Part], armed: Armed) -> Iterator[Cut]:
    fault = armed.fault
    stages = {"before_input": STARTED, "after_input": WRITTEN, "after_block": STOPPED}
    kinds = {"in_text": "text", "in_thinking": "thinking"}
    for index, part in enumerate(parts):
        if isinstance(fault.at, int) and part.ordinal == fault.block:
            offset = part.offset(fault.at)
            if offset is not None:
                yield Cut(index, INSIDE, offset, armed)
        elif part.ordinal == fault.block and fault.at in stages:
            yield Cut(index, stages[str(fault.at)], 0, armed)
        elif part.kind == kinds.get(str(fault.at)):
            yield Cut(index, INSIDE, len(part.text) // 2, armed)
