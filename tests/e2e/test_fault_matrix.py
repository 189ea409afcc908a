"""Every way to break a stream, at every place, with every character of the model: the client gets what was meant, and notices nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, product
from pathlib import Path

from finestream.simulator.script import Character, Kind
from tests.e2e.cases import EVERYBODY, KINDS, LARGE, LISTS, SMALL, cut, document, edits, keep, place_names, source, write
from tests.e2e.harness import SETTINGS, STALLING, Case, Session, recovered


def sessions(kind: Kind, cases: Sequence[Case], parts: int) -> Iterator[Session]:
    """Deal cases to several sessions: a conversation grows with each case, every request repeats it, and the client has a limit."""
    waits = kind == "stall"
    for part in range(parts):
        yield Session(cases[part::parts], STALLING if waits else SETTINGS, waits=waits)


def count(value: object) -> range:
    """The places of an input, by number."""
    return range(len(place_names(value)))


def written(kind: Kind, size: int, combinations: Iterable[tuple[int, Sequence[Character]]]) -> Iterator[Case]:
    """A file for each combination of a place and characters."""
    names = place_names({"file_path": "", "content": source(size)})
    for number, (place, characters) in enumerate(combinations):
        label = f"{number:03} {kind} {names[place]}, {'+'.join(characters)}.py"
        yield write(label, source(size), faults=cut(kind, place), characters=characters)


def begun_at(start: int) -> Iterator[Sequence[Character]]:
    """All characters without end, the first one another for each kind: so every character meets every place."""
    return cycle([*EVERYBODY[start:], *EVERYBODY[:start], *LISTS])


async def test_write_at_every_place_with_every_character(claude: Path, tmp_path: Path) -> None:
    places = count({"file_path": "", "content": source(SMALL)})
    combinations = [*product(places, EVERYBODY), *zip(places, cycle(LISTS), strict=False)]
    cases = {kind: list(written(kind, SMALL, combinations)) for kind in KINDS}
    await recovered(claude, tmp_path, *(session for kind in KINDS for session in sessions(kind, cases[kind], 4)))


async def test_a_large_file_at_every_place(claude: Path, tmp_path: Path) -> None:
    places = count({"file_path": "", "content": source(LARGE)})
    cases = {kind: list(written(kind, LARGE, zip(places, begun_at(2 * number), strict=False))) for number, kind in enumerate(KINDS)}
    await recovered(claude, tmp_path, *(session for kind in KINDS for session in sessions(kind, cases[kind], 2)))


async def test_edit_at_every_place(claude: Path, tmp_path: Path) -> None:
    old = [f"# part {number:03}\n{source(1500, number)}\n" for number in range(60)]
    places = count({"file_path": "", "old_string": old[0], "new_string": source(2500)})
    new = [f"# edited {number:03}\n{source(2500, 100 + number)}\n" for number in places]
    played: list[Session] = []
    for number, kind in enumerate(KINDS):
        each = zip(places, begun_at(number), strict=False)
        broken = [{"faults": cut(kind, place), "characters": characters} for place, characters in each]
        played += sessions(kind, list(edits(f"{kind}.py", old[: len(new)], new, broken)), 1)
    await recovered(claude, tmp_path, *played)


async def test_a_nested_document_at_every_place(claude: Path, tmp_path: Path) -> None:
    await recovered(claude, tmp_path, *(session for kind in KINDS for session in sessions(kind, list(kept(kind)), 2)))


def kept(kind: Kind) -> Iterator[Case]:
    """Documents of two sizes for the MCP server, the small one at every place with two characters."""
    characters = begun_at(KINDS.index(kind))
    for number, size, step in ((1, SMALL, 1), (2, SMALL, 1), (3, LARGE, 2)):
        names = place_names({"id": "", "document": document(size)})
        for place, some in zip(range(0, len(names), step), characters, strict=False):
            label = f"{number} {kind} {names[place]}, {'+'.join(some)}"
            yield keep(label, document(size), faults=cut(kind, place), characters=some)
