"""A scenario told: the chunks as they came, and what came of it beside what the mission says. PURE. Its one law: it tells, and computes
nothing but reductions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from finestream.demo.dealing import KB, weight
from finestream.demo.measuring import Figures, Moments
from finestream.demo.transfers import Chunk, Transfer

Json = dict[str, Any]


class Comparison(NamedTuple):
    """The same scenario, buffered and streamed."""

    transfer: Transfer
    pace: float
    buffered: Figures
    streamed: Figures

    @property
    def is_exact(self) -> bool:
        """Whether everything that was received and kept is what was meant, in both."""
        return self.buffered.is_exact and self.streamed.is_exact

    @property
    def is_reduced(self) -> bool:
        """Whether the receiver could begin earlier."""
        return self.streamed.first < self.buffered.first


def tell(found: Comparison) -> Iterator[str]:
    """Tell a scenario as the mission does."""
    transfer = found.transfer
    yield f"Scenario {transfer.number}: {transfer.title}"
    yield f"{transfer.sender} → {transfer.receiver}: {weight(transfer.document) / KB:.1f} KB, {_pacing(found)}"
    yield f"User: {transfer.request}"
    yield ""
    yield f"Buffered: {transfer.receiver} is given the whole document {found.buffered.first:.1f} s after the first token, and begins"
    yield ""
    yield "Streamed, in seconds after the first token:"
    for number, (chunk, moments) in enumerate(zip(transfer.chunks, found.streamed.chunks, strict=True), 1):
        yield from _chunk(transfer, number, chunk, moments)
    yield ""
    yield from _table(_rows(found))
    yield ""
    yield from _remark(found).splitlines()
    yield ""
    yield from _verdicts(found)


def _pacing(found: Comparison) -> str:
    speed = f"{found.transfer.tokens_per_second(found.pace):.0f} tokens a second"
    if found.pace == 1:
        return f"{speed}, as many as give the mission's {found.transfer.claim.buffered:.1f} s"
    return f"{speed}, {found.pace:g} times as many as give the mission's {found.transfer.claim.buffered:.1f} s"


def _chunk(transfer: Transfer, number: int, chunk: Chunk, moments: Moments) -> Iterator[str]:
    claimed = _claimed(transfer, number)
    mission = f" (mission: {claimed:.1f} s)" if claimed is not None else ""
    yield f"  chunk {number}: {chunk.content}{mission}"
    yield f"    {moments.written:5.1f} s  written by {transfer.sender}"
    yield f"    {moments.told:5.1f} s  told to {', '.join(chunk.readers)}: {_quoted(chunk.use)}"
    if moments.begun is not None:
        written = ", ".join(transfer.replies[number - 1])
        yield f"    {moments.begun:5.1f} s  ✓ {transfer.receiver} writes {written}"


def _quoted(use: str) -> str:
    return use if use.startswith("(") else f'"{use}"'


def _claimed(transfer: Transfer, number: int) -> float | None:
    return dict(enumerate(transfer.claim.chunks, 1)).get(number)


class _Row(NamedTuple):
    """A line of the table. ``mission``: what it says of both; None where it says nothing."""

    name: str
    key: str
    buffered: float
    streamed: float
    mission: tuple[float, float] | None = None


def _rows(found: Comparison) -> list[_Row]:
    receiver, claim, (buffered, streamed) = found.transfer.receiver, found.transfer.claim, found[2:]
    return [
        _Row(f"until {receiver} has its first usable chunk", "first", buffered.first, streamed.first, (claim.buffered, claim.started)),
        _Row("until it has the whole document", "complete", buffered.complete, streamed.complete, (claim.buffered, claim.complete)),
        _Row("until its own document is whole", "own", buffered.own, streamed.own),
        _Row("until the run has ended", "total", buffered.total, streamed.total),
    ]


def reduction(before: float, after: float) -> float:
    """Return by which share ``after`` is less."""
    return 1 - after / before


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    cells = [("", "buffered", "streamed", "less", "the mission says"), *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for place, row in enumerate(cells):
        first, *figures, mission = row
        columns = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip_longest(figures, widths[1:-1])), mission]
        yield "  ".join(columns).rstrip()
        if place == 0:
            yield "─" * (sum(widths) + 2 * (len(widths) - 1))


def _cells(row: _Row) -> tuple[str, ...]:
    mission = "" if row.mission is None else f"{row.mission[0]:.1f} s → {row.mission[1]:.1f} s, {_percent(*row.mission)}"
    return (row.name, f"{row.buffered:.1f} s", f"{row.streamed:.1f} s", _percent(row.buffered, row.streamed), mission)


def _percent(before: float, after: float) -> str:
    return f"{round(reduction(before, after), 2) + 0:.0%}"  # and never -0%


def _remark(found: Comparison) -> str:
    claim = found.transfer.claim
    return (
        f"No document is complete before it is generated: at the pace that makes it {claim.buffered:.1f} s, no transmission makes it "
        f"{claim.complete:.1f} s.\nWhat streaming gains is the start."
    )


def _verdicts(found: Comparison) -> Iterator[str]:
    for name, figures in (("buffered", found.buffered), ("streamed", found.streamed)):
        yield f"  {'✓ exact' if figures.is_exact else '✗ DIFFERENT'}: what was received and kept, {name}, against what was meant"
    if not found.is_reduced:
        yield f"  ✗ NOT EARLIER: {found.transfer.receiver} could not begin before the whole document was there"


def data(found: Comparison) -> Json:
    """A scenario as data; seconds count from the sender's first token."""
    transfer = found.transfer
    return {
        "scenario": transfer.number,
        "title": transfer.title,
        "agent_from": transfer.sender,
        "agent_to": transfer.receiver,
        "bytes": weight(transfer.document),
        "pace": found.pace,
        "tokens_per_second": round(transfer.tokens_per_second(found.pace), 1),
        "chunks": [_chunk_data(found, place) for place in range(len(transfer.chunks))],
        "figures": {row.key: _row_data(row) for row in _rows(found)},
        "exact": found.is_exact,
        "reduced": found.is_reduced,
    }


def _chunk_data(found: Comparison, place: int) -> Json:
    chunk, moments = found.transfer.chunks[place], found.streamed.chunks[place]
    rounded = {name: None if value is None else round(value, 3) for name, value in moments._asdict().items()}
    claimed = _claimed(found.transfer, place + 1)
    return {"content": chunk.content, "use": chunk.use, "readers": list(chunk.readers), **rounded, "claimed": claimed}


def _row_data(row: _Row) -> Json:
    measured = {"buffered": round(row.buffered, 3), "streamed": round(row.streamed, 3)}
    claimed = dict(zip(("buffered", "streamed"), row.mission, strict=True)) if row.mission else None
    return {**measured, "reduction": round(reduction(row.buffered, row.streamed), 3), "claimed": claimed}
