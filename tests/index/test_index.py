"""The index says what the files say: read bit by bit or at once, rotated, damaged, shared, deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.figures import Span, Sums
from finestream.index import measure
from finestream.journal import EVENTS, FOLDER, open_journal
from finestream.journal.journal import _line
from finestream.settings import Settings
from tests.figures.test_handoffs import run
from tests.index.files import EVER, a_call, anew, lines, measured, write_run
from tests.story.records import hook, tool_input


def test_there_is_nothing_where_nothing_was_written(folder: Path) -> None:
    assert measure(folder, EVER).agents == {}
    assert measure(folder, EVER).begins is None
    assert measure(folder / "nowhere", EVER).agents == {}


def test_what_is_new_is_added_to_what_was_known(folder: Path) -> None:
    whole = b"".join(lines(40))
    with (folder / EVENTS).open("ab") as file:
        for start in range(0, len(whole), 777):  # in the middle of lines
            file.write(whole[start : start + 777])
            file.flush()
            measured(folder)
    found, damaged = measured(folder)
    assert (found, damaged) == anew(folder)
    assert (found["main"].inputs + found["qa"].inputs, damaged) == (40, 0)
    assert found["main"].size == sum(range(0, 40, 2))


def test_only_what_is_new_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(40)))
    measured(folder)
    # What was read is spoilt without anything to be seen of it: a second reading would tell.
    path = folder / EVENTS
    status = path.stat()
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[: middle - 200] + b"x" * 400 + data[middle + 200 :])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert measured(folder)[1] == 0
    with path.open("ab") as file:
        file.write(lines(1, 40)[0])
    assert (measured(folder)[0]["main"].inputs, measured(folder)[1]) == (21, 0)
    assert anew(folder)[1] > 0


def test_parts_that_move_keep_what_was_counted_and_take_it_along_when_they_go(folder: Path) -> None:
    journal = open_journal(folder.parents[1], Settings(journal_rotate=4096, journal_keep=2), pytest.fail)
    for number in range(60):
        journal.event(a_call(number))
        if number % 7 == 0:
            measured(folder)
    assert len(list(folder.glob(f"{EVENTS}*"))) == 3
    found = measured(folder)
    assert found == anew(folder)
    assert 0 < found[0]["main"].inputs < 30


@given(cuts=st.lists(st.integers(0, 100), max_size=4), moves=st.lists(st.booleans(), min_size=5, max_size=5))
def test_reading_in_any_pieces_is_reading_at_once(tmp_path_factory: pytest.TempPathFactory, cuts: list[int], moves: list[bool]) -> None:
    folder = tmp_path_factory.mktemp("project") / FOLDER
    folder.mkdir(parents=True)
    written = lines(10)
    whole = b"".join(written)
    places = [0, *sorted(cut * len(whole) // 100 for cut in cuts), len(whole)]
    for start, end, is_moved in zip(places, places[1:], moves, strict=False):
        with (folder / EVENTS).open("ab") as file:
            file.write(whole[start:end])
        measured(folder)
        if is_moved and whole[:end].endswith(b"\n"):
            for index in range(9, 0, -1):
                older = folder / (f"{EVENTS}.{index - 1}" if index > 1 else EVENTS)
                if older.exists():
                    older.replace(folder / f"{EVENTS}.{index}")
    found = measured(folder)
    assert found == anew(folder)
    assert found[0]["qa"].inputs == 5


def test_damage_costs_its_line_and_is_counted_once(folder: Path) -> None:
    first, second, third, fourth = lines(2)
    path = folder / EVENTS
    path.write_bytes(first + b'{"event": "tool_inp\n' + b"\n" + second + b"\xff\xfe nonsense\n" + third[:-30])
    assert (measured(folder)[0]["main"].inputs, measured(folder)[1]) == (1, 2)
    with path.open("ab") as file:
        file.write(third[-30:] + fourth[:50] + b"\n")
    found = measured(folder)
    assert (found[0]["qa"].inputs, found[1]) == (1, 3)
    assert found == anew(folder)


def test_half_a_line_of_a_part_that_was_moved_away_is_damage(folder: Path) -> None:
    first, _, third, _ = lines(2)
    (folder / EVENTS).write_bytes(first + third[:-30])
    assert measured(folder)[1] == 0
    (folder / EVENTS).replace(folder / f"{EVENTS}.1")
    (folder / EVENTS).write_bytes(third)
    assert measured(folder) == anew(folder)
    assert measured(folder)[1] == 1


CHANGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "shortened": lambda path: path.write_bytes(path.read_bytes()[:-700]),
    "another one": lambda path: path.rename(path.with_name("old")).with_name(EVENTS).write_bytes(b"".join(lines(9, 50))),
    "changed at its beginning": lambda path: path.write_bytes(path.read_bytes().replace(b'"main"', b'"mine"', 1) + lines(1, 9)[0]),
    "changed before its end": lambda path: path.write_bytes(b'"qa2"'.join(path.read_bytes().rsplit(b'"qa"', 1)) + lines(1, 9)[0]),
    "changed and no longer": lambda path: path.write_bytes(path.read_bytes().replace(b'"bytes": 4,', b'"bytes": 5,')),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_does_not_fit_any_more_is_counted_anew(folder: Path, change: Callable[[Path], object]) -> None:
    path = folder / EVENTS
    path.write_bytes(b"".join(lines(6)))
    before = measured(folder)
    os.utime(path, ns=(1, 1))
    measured(folder)
    change(path)
    found = measured(folder)
    assert found != before
    assert found == anew(folder)


def test_a_span_holds_its_own_minutes(folder: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    minute = measure(folder, EVER).begins
    assert minute is not None
    assert measured(folder, Span(minute, minute)) == measured(folder)
    assert measured(folder, Span(minute + 1, minute + 9))[0] == measured(folder, Span(minute - 9, minute - 1))[0] == {}


def test_agents_are_told_by_their_names(folder: Path) -> None:
    named = [_line(hook(1, "subagent_started", agent_id=agent, agent_type="writer")) + b"\n" for agent in ("a1", "a2")]
    inputs = [_line(tool_input(1, agent_from=agent, agent_id=agent)) + b"\n" for agent in ("a1", "a2", "a3")]
    (folder / EVENTS).write_bytes(b"".join([*inputs, *named]))
    assert {agent: sums.inputs for agent, sums in measured(folder)[0].items()} == {"writer": 2, "a3": 1}


def test_a_run_is_counted_when_its_document_is_whole_and_once(folder: Path) -> None:
    entries = run()
    done = entries["first"].pop()
    write_run(folder, entries)
    assert measured(folder)[0] == {}
    entries["first"].append(done)
    path = write_run(folder, entries)
    write_run(folder, entries, "two")
    assert measured(folder)[0]["first"].handoffs == 2
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": "second", "kind": "turn", "at": 130}) + "\n" + "{}\n" + '{"step": "sec')
    found = measured(folder)
    assert (found[0]["first"], found[1]) == (Sums(handoffs=2, first=4_000_000, saved=16_000_000, whole=20_000_000), 1)
    assert found == anew(folder)


def test_the_periods_of_a_span_add_up_to_it(folder: Path) -> None:
    records = [tool_input(1, timestamp=f"2026-11-25T10:{minute:02}:07.000Z", tool_use_id=f"t{minute}") for minute in (0, 1, 4, 5, 9)]
    (folder / EVENTS).write_bytes(b"".join(_line(record) + b"\n" for record in records))
    begins = measure(folder, EVER).begins
    assert begins is not None
    found = measure(folder, Span(begins, begins + 8), 2)
    assert {number: sums.inputs for number, sums in found.periods.items()} == {0: 2, 2: 2}
    assert sum(sums.inputs for sums in found.agents.values()) == 4
    assert measure(folder, EVER).periods == {}
