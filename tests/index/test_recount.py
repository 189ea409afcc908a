"""What was told is counted again from the same bytes, or they are said to be gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from finestream.index import measure, recount
from finestream.index.sources import RUNS
from finestream.journal import EVENTS, FOLDER
from finestream.journal.reading import open_part
from finestream.workflow.folder import RUNS as WHERE_RUNS_ARE
from tests.figures.test_handoffs import run
from tests.index.files import EVER, lines, measured, write_run


def test_runs_are_where_runs_are_kept() -> None:
    assert FOLDER / RUNS == WHERE_RUNS_ARE


def test_counting_again_from_the_same_bytes_finds_the_same(folder: Path) -> None:
    (folder / f"{EVENTS}.1").write_bytes(b"".join(lines(6)) + b"torn")
    (folder / EVENTS).write_bytes(b"".join(lines(6, 6)) + b'{"half')
    write_run(folder, run())
    found = measure(folder, EVER)
    with (folder / EVENTS).open("ab") as file:
        file.write(b"\n" + b"".join(lines(3, 12)))
    (folder / f"{EVENTS}.1").replace(folder / f"{EVENTS}.2")
    (folder / EVENTS).replace(folder / f"{EVENTS}.1")
    (folder / EVENTS).write_bytes(lines(1)[0])
    again = recount(folder, EVER, found.sources)
    assert (again.agents, again.damaged, again.gone) == (found.agents, found.damaged, [])
    (folder / f"{EVENTS}.2").unlink()
    assert recount(folder, EVER, found.sources).gone == [EVENTS]
    assert recount(folder, EVER, [{"file": EVENTS, "bytes": "many"}, {"file": EVENTS, "bytes": 4, "head": "x"}]).gone == [EVENTS] * 2


def test_no_file_stays_open(folder: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(2)))

    def handles() -> Iterator[str]:
        for name in Path("/dev/fd").iterdir():
            with suppress(OSError):
                yield str(name.readlink())

    measured(folder)
    assert not [name for name in handles() if str(folder) in name]
    assert open_part(folder / "none") is None
