"""Every way to break a stream, at every place, with every character of the model: the client gets what was meant, and notices nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, product
from pathlib import Path

import pytest

from finestream.simulator.script import Character, Kind
from tests.e2e.cases import EVERYBODY, KINDS, LARGE, LISTS, SMALL, cut, document, edits, keep, place_names, source, write
from tests.e2e.harness import SETTINGS, STALLING, Case, Session, complaints, play_all

IN_A_SESSION = 54  # cases; the conversation grows with each, and every request repeats it

every_kind = pytest.mark.parametrize("kind", KINDS)


async def check(client: Path, tmp_path: Path, kind: Kind, cases: Sequence[Case], size: int = IN_A_SESSION) -> None:
    """Play the cases; whatever is wrong is told of all sessions together."""
    settings = STALLING if kind == "stall" else SETTINGS
    parts = [cases[start : start + size] for start in range(0, len(cases), size)]
    played = await play_all(client, tmp_path, [Session(part, settings) for part in parts])
    wrong = [complaint for one in played for complaint in complaints(one)]
    assert not wrong, "\n" + "\n".join(wrong)


def count(value: object) -> range:
    """The places of an input, by number."""
    return range(len(place_names(value)))


def written(kind: Kind, size: int, combinations: Iterable[tuple[int, Sequence[Character]]]) -> Iterator[Case]:
    """A file for each combination of a place and characters."""
    names = place_names({"file_path": "", "content": source(size)})
    for number, (place, characters) in enumerate(combinations):
        label = f"{number:03} {kind} {names[place]}, {'+'.join(characters)}.py"
        yield write(label, source(size), faults=cut(kind, place), characters=characters)


@every_kind
async def test_write_at_every_place_with_every_character(claude: Path, tmp_path: Path, kind: Kind) -> None:
    places = count({"file_path": "", "content": source(SMALL)})
    combinations = [*product(places, EVERYBODY), *zip(places, cycle(LISTS), strict=False)]
    await check(claude, tmp_path, kind, list(written(kind, SMALL, combinations)))


@every_kind
async def test_a_large_file_at_every_place(claude: Path, tmp_path: Path, kind: Kind) -> None:
    places = count({"file_path": "", "content": source(LARGE)})
    # Begun elsewhere for each kind: so every character meets every place.
    start = 2 * KINDS.index(kind)
    characters = cycle([*EVERYBODY[start:], *EVERYBODY[:start]])
    await check(claude, tmp_path, kind, list(written(kind, LARGE, zip(places, characters, strict=False))), 14)


@every_kind
async def test_edit_at_every_place(claude: Path, tmp_path: Path, kind: Kind) -> None:
    old = [f"# part {number:03}\n{source(1500, number)}\n" for number in range(60)]
    places = count({"file_path": "", "old_string": old[0], "new_string": source(2500)})
    broken = [{"faults": cut(kind, place), "characters": characters} for place, characters in zip(places, cycle(EVERYBODY), strict=False)]
    new = [f"# edited {number:03}\n{source(2500, 100 + number)}\n" for number in places]
    await check(claude, tmp_path, kind, list(edits(f"{kind}.py", old[: len(new)], new, broken)))


@every_kind
async def test_a_nested_document_at_every_place(claude: Path, tmp_path: Path, kind: Kind) -> None:
    start = KINDS.index(kind)
    characters = cycle([*EVERYBODY[start:], *EVERYBODY[:start], *LISTS])
    cases: list[Case] = []
    for size, step in ((SMALL, 1), (SMALL, 1), (LARGE, 2)):
        value = {"id": "0000", "document": document(size)}
        names = place_names(value)
        for place, some in zip(count(value)[::step], characters, strict=False):
            label = f"{len(cases):03} {kind} {names[place]}, {'+'.join(some)}"
            cases.append(keep(label, document(size), faults=cut(kind, place), characters=some))
    await check(claude, tmp_path, kind, cases, 30)
