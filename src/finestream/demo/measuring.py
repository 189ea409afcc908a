"""What was measured of a scenario: the entries of a run to figures. PURE. Its one law: each figure is the difference of two moments.

All seconds count from the first token of the sender.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from finestream.demo.transfers import Chunk, Transfer
from finestream.handoff import Document
from finestream.workflow.ledger import KINDS, Entry, Ledger
from finestream.workflow.plan import Plan

Json = Mapping[str, Any]
_SPEAKS = ("working", "handing", "part")  # the entries of a model that has begun to speak


@dataclass(frozen=True, slots=True)
class Play:
    """One run, and what is left of it. ``entries``: by their moments, those that are not kept as well; ``saved``: the documents on disk, by
    step; ``heard``: what the simulated model of each step was told, as JSON text.
    """

    plan: Plan
    entries: Sequence[tuple[str, Entry]]
    saved: Mapping[str, Json]
    heard: Mapping[str, str]

    def of(self, step: str, *kinds: str) -> list[Entry]:
        """Return the entries of a step, of some kinds."""
        return [entry for name, entry in self.entries if name == step and entry["kind"] in kinds]

    def ledger(self, step: str) -> Ledger:
        """Return what is known of a step."""
        return Ledger(step, self.of(step, *KINDS))

    @property
    def troubles(self) -> list[str]:
        """Why it has not come to its end; empty when it has."""
        ledgers = map(self.ledger, self.plan.assignments)
        return [f"{each.step}: {each.cause or each.state}" for each in ledgers if not each.is_over]


class Moments(NamedTuple):
    """Of a chunk: when it was written, when the last of its readers was told, when the receiver began what it writes with it."""

    written: float
    told: float
    begun: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """``first``: until the receiver was told the chunk with which it begins; ``complete``: until it was told everything; ``own``: until its
    own document was whole; ``total``: until the run had ended.
    """

    chunks: tuple[Moments, ...]
    first: float
    complete: float
    own: float
    total: float
    is_exact: bool


def measure(transfer: Transfer, play: Play) -> Figures:
    """Fold a run that has come to its end."""
    start = min(entry["at"] for entry in play.of(transfer.sender, *_SPEAKS))
    chunks = tuple(_moments(transfer, play, number, start) for number in range(len(transfer.chunks)))
    parts = play.of(transfer.sender, "part")
    return Figures(
        chunks,
        first=chunks[transfer.begins_with - 1].told,
        complete=_told(transfer.sender, play, transfer.receiver, parts[-1]["number"]) - start,
        own=play.of(transfer.receiver, "part")[-1]["at"] - start,
        total=max(entry["at"] for _, entry in play.entries) - start,
        is_exact=is_exact(transfer, play),
    )


def _moments(transfer: Transfer, play: Play, number: int, start: float) -> Moments:
    chunk, members = transfer.chunks[number], transfer.replies[number]
    last = _last_part(chunk, transfer.document, play.of(transfer.sender, "part"))
    told = max(_told(transfer.sender, play, reader, last["number"]) for reader in chunk.readers)
    begun = [part["at"] - start for part in play.of(transfer.receiver, "part") if part["member"] in members]
    return Moments(last["at"] - start, told - start, min(begun, default=None))


def _last_part(chunk: Chunk, document: Json, parts: Sequence[Entry]) -> Entry:
    place = chunk.place(document)
    return next(part for part in parts if (part["member"], part["place"]) == (chunk.member, place))


def _told(sender: str, play: Play, reader: str, number: int) -> float:
    """Return the moment at which a reader was told the part of that number."""
    return min(float(entry["at"]) for entry in play.of(reader, "given") if entry["upto"].get(sender, 0) >= number)


def is_exact(transfer: Transfer, play: Play) -> bool:
    """Whether every document on disk, and every one that was told to a reader, is the one that was meant."""
    meant = transfer.documents(play.plan)
    return dict(play.saved) == meant and all(_received(play, meant))


def _received(play: Play, meant: Mapping[str, Json]) -> Iterator[bool]:
    for step, assignment in play.plan.assignments.items():
        given = play.ledger(step).given
        for sender in assignment.needs:
            parts = play.ledger(sender).document.parts[: given.get(sender, 0)]
            yield Document(parts).value() == meant[sender]
            yield all(json.dumps(part.text, ensure_ascii=False)[1:-1] in play.heard.get(step, "") for part in parts)
