"""Scenarios 1 to 6: paced as the mission waits, cut where it says, and played so that nobody begins with what it was not told."""

from __future__ import annotations

import json

import pytest

from finestream.demo.transfers import FIRST_TOKEN, Chunk, Transfer, transfers
from finestream.handoff import Document, read_whole
from finestream.handoff.messages import Delivery, Task, delivered, opening
from finestream.simulator.author import write
from finestream.simulator.script import ToolUse
from tests.demo.shipped import SHIPPED_AGENTS, SHIPPED_TRACKS

ALL = list(transfers().values())
BY_NUMBER = pytest.mark.parametrize("transfer", ALL, ids=lambda each: str(each.number))


def test_they_have_the_mission_s_numbers() -> None:
    assert {number: transfer.number for number, transfer in transfers().items()} == {number: number for number in range(1, 7)}


@BY_NUMBER
def test_generation_takes_as_long_as_the_mission_waits(transfer: Transfer) -> None:
    tokens = len(json.dumps(transfer.document)) / 4
    assert FIRST_TOKEN + tokens / transfer.tokens_per_second(1) == pytest.approx(transfer.claim.buffered)
    assert transfer.tokens_per_second(3) == pytest.approx(3 * transfer.tokens_per_second(1))


@BY_NUMBER
def test_each_chunk_ends_with_a_text_that_stands_there_only_once(transfer: Transfer) -> None:
    whole = json.dumps(transfer.document)
    places = [whole.index(chunk.last_text(transfer.document)) for chunk in transfer.chunks]
    assert places == sorted(set(places)), "and they come in their order"
    assert all(whole.count(chunk.last_text(transfer.document)) == 1 for chunk in transfer.chunks)


def test_a_chunk_ends_with_an_item_a_list_or_a_value() -> None:
    document = {"list": ["a", {"b": 'c "d"'}, "e"], "value": {"f": "g", "h": "i"}, "text": "j"}
    found = [Chunk("", "", (), *end) for end in (("list", 1), ("list", None), ("value", None), ("text", None))]
    assert [(chunk.place(document), chunk.last_text(document)) for chunk in found] == [(1, 'c \\"d\\"'), (2, "e"), (0, "i"), (0, "j")]


@BY_NUMBER
def test_the_readers_of_each_chunk_hear_from_the_sender(transfer: Transfer) -> None:
    plan = transfer.plan(SHIPPED_AGENTS, SHIPPED_TRACKS, is_streaming=True)
    assert all(transfer.sender in plan.assignments[reader].needs for chunk in transfer.chunks for reader in chunk.readers)
    assert transfer.receiver in transfer.chunks[transfer.begins_with - 1].readers
    assert len(transfer.claim.chunks) <= len(transfer.chunks) == len(transfer.replies)


@BY_NUMBER
def test_buffered_nothing_goes_on_before_it_is_whole(transfer: Transfer) -> None:
    streamed, buffered = (transfer.plan(SHIPPED_AGENTS, SHIPPED_TRACKS, is_streaming=each) for each in (True, False))
    assert streamed.assignments[transfer.sender].priority in ("high", "medium")
    assert {each.priority for each in buffered.assignments.values()} == {"low"}
    assert all(each.is_shipped for each in streamed.assignments.values())


def test_the_sixth_has_all_ten_agents() -> None:
    transfer = transfers()[6]
    plan = transfer.plan(SHIPPED_AGENTS, SHIPPED_TRACKS, is_streaming=True)
    assert plan.assignments.keys() == SHIPPED_AGENTS.keys()
    assert len(plan.assignments) == 10
    assert transfer.documents(plan).keys() == plan.assignments.keys()


@BY_NUMBER
def test_the_receiver_writes_each_part_when_it_was_told_what_that_rests_on(transfer: Transfer) -> None:
    """And the sender writes all of its document at once."""
    plan = transfer.plan(SHIPPED_AGENTS, SHIPPED_TRACKS, is_streaming=True)
    script = transfer.script(plan, 10)
    assert (script.first_token, script.tokens_per_second) == (FIRST_TOKEN / 10, transfer.tokens_per_second(10))
    authors = {route.match: route.author for route in script.routes}
    task: Task = plan.task(transfer.receiver)
    sender, receiver = (authors[f'step="{step}"'] for step in (transfer.sender, transfer.receiver))
    assert sender
    assert receiver
    assert 'step="' + transfer.receiver + '"' in opening(task)
    (turn,) = write(sender, [{"role": "user", "content": "begin"}])
    assert turn.blocks == (ToolUse(sender.tool, transfer.document),)
    for chunk, members in zip(transfer.chunks, transfer.replies, strict=True):
        (turn,) = write(receiver, [{"role": "user", "content": f"{opening(task)}\n{told(transfer, chunk)}"}])
        calls = [block.input or {} for block in turn.blocks if isinstance(block, ToolUse)]
        assert list(members) == [name for call in calls for name in call if name in members]
        before = [name for reply in transfer.replies[: transfer.chunks.index(chunk) + 1] for name in reply]
        assert [name for call in calls for name in call] == before, "and nothing that rests on what is still to come"


def told(transfer: Transfer, chunk: Chunk) -> str:
    """What a receiver was told when the chunk has just arrived."""
    document = Document()
    for piece in read_whole(transfer.document):
        part = document.judge(piece)
        assert part
        document.keep(part)
        if (part.member, part.place) == (chunk.member, chunk.place(transfer.document)) and part.form != "end":
            return delivered([Delivery(transfer.sender, document.parts)], "m")
    raise AssertionError(chunk)
