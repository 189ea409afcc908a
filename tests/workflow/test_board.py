"""What agents see of each other: nothing before it is kept, everything after, and in the order of the sender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from finestream.workflow.board import Board
from finestream.workflow.desk import Blocked, Desk
from finestream.workflow.inbox import Inbox
from tests.workflow.telling import began, given, part, plain, plan

STEPS = ("architect", "developer", "qa")


class Disk:
    """A store that refuses when it is full."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Mapping[str, Any]]] = []
        self.is_full = False

    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        if self.is_full:
            raise OSError("full")
        self.kept.append((step, entry))


def board(disk: Disk | None = None, **entries: list[dict[str, Any]]) -> Board:
    return Board(STEPS, disk or Disk(), entries)


async def test_nobody_sees_what_is_not_kept() -> None:
    disk = Disk()
    told = board(disk)
    seen: list[tuple[str, str]] = []
    told.watch(lambda step, entry: seen.append((step, entry["kind"])))
    woken: list[int] = []
    told.listen(lambda: woken.append(len(disk.kept)))
    await told.record("qa", "skipped")
    disk.is_full = True
    with pytest.raises(OSError, match="full"):
        await told.record("architect", "done")
    told.notice("architect", plain("working", 1.0))
    assert (seen, woken) == ([("qa", "skipped"), ("architect", "working")], [1])
    assert [told.ledgers[step].state for step in STEPS] == ["waiting", "waiting", "skipped"]


async def test_the_first_reason_to_stop_is_the_one_that_is_told_and_whoever_waits_is_woken() -> None:
    told = board()
    desk = Desk(plan(), "developer", told)
    told.listen(desk.hear)
    told.stop("first")
    told.stop("second")
    with pytest.raises(Blocked, match="first"):
        await desk.pause(60.0)
    with pytest.raises(Blocked, match="first"):
        await desk.wait_until(lambda: False)
    told.ignore(desk.hear)
    await told.record("qa", "skipped")
    assert desk.queue.qsize() == 2  # the stops, but not the entry


async def test_who_waits_for_somebody_that_is_stuck_is_blocked() -> None:
    desk = Desk(plan(), "developer", board(architect=[plain("failed", 1.0, cause="c", fix="f")]))
    with pytest.raises(Blocked, match="it needs the document of architect"):
        await desk.wait_until(lambda: False)
    await desk.wait_until(lambda: True)
    await desk.pause(0.0)


async def test_an_agent_is_told_every_part_once_from_where_its_ledger_stands() -> None:
    known = [began(1.0), part(1.0, 1, "a"), part(2.0, 2, "b")]
    told = board(architect=known, developer=[began(2.0), given(2.0, {"architect": 1})])
    inbox = Inbox(Desk(plan(), "developer", told))
    inbox.refresh(10.0)
    assert inbox.is_due(10.0)
    (delivery,) = inbox.take(10.0, is_waiting=True)
    assert ([each.number for each in delivery.parts], delivery.outcome) == ([2], None)
    inbox.refresh(11.0)
    assert (inbox.is_due(11.0), inbox.take(11.0, is_waiting=True), inbox.deadline, inbox.is_exhausted) == (False, [], None, False)
    await told.record("architect", "done")
    inbox.refresh(12.0)
    assert inbox.is_due(12.0)
    (last,) = inbox.take(12.0, is_waiting=True)
    assert (last.parts, last.outcome) == ([], "done")
    await told.record("developer", "given", upto={}, outcomes={"architect": "done"}, marker="m")
    assert (inbox.is_exhausted, inbox.is_due(13.0)) == (True, False)


async def test_that_one_of_several_senders_is_through_is_not_worth_a_turn() -> None:
    told = board(architect=[plain("skipped", 1.0)])
    inbox = Inbox(Desk(plan(), "qa", told))
    inbox.refresh(1.0)
    assert not inbox.is_due(1.0)
    await told.record("developer", "done")
    inbox.refresh(2.0)
    assert inbox.is_due(2.0)
    assert [(each.sender, each.outcome) for each in inbox.take(2.0, is_waiting=True)] == [("architect", "skipped"), ("developer", "done")]
