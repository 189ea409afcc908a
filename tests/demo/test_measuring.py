"""Figures are folded from entries, and a run is exact only if everything that was kept and told is what was meant."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from finestream.demo.measuring import Figures, Moments, Play, is_exact, measure
from finestream.demo.transfers import Transfer, transfers
from finestream.handoff import Document, read_whole
from finestream.workflow.ledger import Entry, part_entry
from tests.demo.shipped import SHIPPED_AGENTS, SHIPPED_TRACKS

TRANSFER = transfers()[2]
START = 1000.0


def parts_of(document: Any) -> Document:
    found = Document()
    for piece in read_whole(document):
        part = found.judge(piece)
        assert part
        found.keep(part)
    return found


SENT, REPLY = parts_of(TRANSFER.document), parts_of(TRANSFER.reply)
NUMBERS = [
    next(part.number for part in SENT.parts if (part.member, part.place) == (chunk.member, chunk.place(TRANSFER.document)))
    for chunk in TRANSFER.chunks
]


def played(transfer: Transfer = TRANSFER) -> Play:
    """The sender writes part N after N seconds; each chunk is told half a second later, and answered a second later still."""
    entries: list[tuple[str, Entry]] = [
        ("architect", {"kind": "began", "at": START - 3, "session": "s", "is_fresh": True}),
        ("developer", {"kind": "began", "at": START - 2, "session": "t", "is_fresh": True}),
        ("architect", {"kind": "handing", "at": START}),
    ]
    entries += [("architect", {**part_entry(part), "at": START + part.number}) for part in SENT.parts]
    entries.append(("architect", {"kind": "done", "at": START + len(SENT.parts) + 1}))
    for number, members in zip(NUMBERS, transfer.replies, strict=True):
        entries.append(("developer", told(number, START + number + 0.5)))
        entries += [
            ("developer", {**part_entry(part), "at": START + number + 1.5 + part.number / 100})
            for part in REPLY.parts
            if part.member in members
        ]
    entries.append(("developer", told(len(SENT.parts), START + len(SENT.parts) + 2, "done")))
    entries.append(("developer", {"kind": "done", "at": START + 200}))
    plan = transfer.plan(SHIPPED_AGENTS, SHIPPED_TRACKS, is_streaming=True)
    heard = json.dumps([part.text for part in SENT.parts], ensure_ascii=False)
    return Play(plan, entries, {"architect": transfer.document, "developer": transfer.reply}, {"developer": heard})


def told(upto: int, at: float, outcome: str = "") -> Entry:
    return {
        "kind": "given",
        "at": at,
        "upto": {"architect": upto},
        "outcomes": {"architect": outcome} if outcome else {},
        "marker": str(upto),
    }


def test_seconds_count_from_the_first_token_of_the_sender() -> None:
    found = measure(TRANSFER, played())
    assert isinstance(found, Figures)
    assert found.first == NUMBERS[0] + 0.5
    assert found.complete == len(SENT.parts) + 2
    assert found.total == 200
    assert found.own == pytest.approx(NUMBERS[-1] + 1.5 + len(REPLY.parts) / 100)
    assert found.is_exact
    assert played().troubles == []
    for moments, number in zip(found.chunks, NUMBERS, strict=True):
        assert (moments.written, moments.told) == (number, number + 0.5)
        assert moments.begun is not None
        assert moments.begun > moments.told


def test_a_chunk_with_which_nothing_is_written_has_no_beginning() -> None:
    entries = [(step, {**entry, "member": "x"} if entry.get("member") == "interfaces" else entry) for step, entry in played().entries]
    found = measure(TRANSFER, replace(played(), entries=entries))
    assert found.chunks[1] == Moments(NUMBERS[1], NUMBERS[1] + 0.5, None)


def test_a_chunk_is_told_when_the_last_of_its_readers_is() -> None:
    chunks = (replace(TRANSFER.chunks[0], readers=("qa", "developer")), *TRANSFER.chunks[1:])
    entries = [*played().entries, ("qa", told(NUMBERS[0], START + 90)), ("qa", told(NUMBERS[1], START + 95))]
    found = measure(replace(TRANSFER, chunks=chunks), replace(played(), entries=entries))
    assert found.chunks[0].told == 90


def test_a_run_that_has_not_come_to_its_end_says_why() -> None:
    entries = [*played().entries[:-1], ("developer", {"kind": "failed", "at": START + 200, "cause": "it is ill", "fix": "wait"})]
    assert replace(played(), entries=entries).troubles == ["developer: it is ill"]
    assert replace(played(), entries=played().entries[:1]).troubles == ["architect: working", "developer: waiting"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"saved": {"architect": TRANSFER.document}},
        {"saved": {"architect": TRANSFER.document, "developer": {**TRANSFER.reply, "overview": "Another."}}},
        {"heard": {}},
        {"heard": {"developer": json.dumps([part.text for part in SENT.parts[:-2]])}},
        {"entries": played().entries[:-2]},  # the last part was never told
    ],
)
def test_what_is_missing_or_other_is_not_exact(wrong: dict[str, Any]) -> None:
    assert is_exact(TRANSFER, played())
    assert not is_exact(TRANSFER, replace(played(), **wrong))
