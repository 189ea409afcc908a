"""Definition files on disk, and how they are printed. SHELL. Its one law: a file that cannot be read is a finding, never an end.

A definition is looked for in the project first, then among those that are shipped; the first one of a name is used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from finestream.catalog import Agent, Finding, Workflow, has_errors, parse_agent, parse_workflow
from finestream.catalog.findings import finding
from finestream.catalog.tree import CHARACTERS
from finestream.errors import FinestreamError
from finestream.printable import printable
from finestream.quantities import counted
from finestream.shipped import folder

# An agent's text may be longer than its keys; past this it is no definition, and not worth the memory.
_BYTES = 16 * CHARACTERS
_LEAST = 12  # columns for the last column of a table
_T = TypeVar("_T", bound="_Named")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class Kind(NamedTuple, Generic[_T]):
    """One of the two kinds of definitions: where they are, and how they are read."""

    word: str
    in_project: Path
    shipped: str
    endings: tuple[str, ...]
    parse: Callable[[str, str], tuple[_T | None, tuple[Finding, ...]]]


AGENTS: Kind[Agent] = Kind("agent", Path(".claude", "agents"), "agents", (".md",), parse_agent)
WORKFLOWS: Kind[Workflow] = Kind("workflow", Path(".claude", "finestream", "workflows"), "workflows", (".yaml", ".yml"), parse_workflow)


@dataclass(frozen=True)
class Volume(Generic[_T]):
    """One file: what it defines, unless there are errors in it."""

    path: Path
    origin: str  # project, shipped, or named: by the user
    definition: _T | None
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        return self.definition.name if self.definition else self.path.stem


def load_shelf(kind: Kind[_T], project: Path) -> list[Volume[_T]]:
    """Read every definition that counts in ``project``; one of the project hides a shipped one of its name."""
    own = [_load(kind, path, "project") for path in _files(kind, project / kind.in_project)]
    taken = {volume.name for volume in own}
    return own + [volume for volume in load_shipped(kind) if volume.name not in taken]


def load_shipped(kind: Kind[_T]) -> list[Volume[_T]]:
    """Read those that come with finestream."""
    return [_load(kind, path, "shipped") for path in _files(kind, folder(kind.shipped))]


def load_named(kind: Kind[_T], paths: Iterable[Path]) -> list[Volume[_T]]:
    """Read files, and those in folders, that the user has named.

    Raises:
        FinestreamError: There is nothing of that name.
    """
    found = []
    for path in paths:
        if not path.exists():
            raise FinestreamError(f"{path} is not there", f"Give the path of a file or a folder that holds {kind.word}s.")
        found += [_load(kind, each, "named") for each in (_files(kind, path) if path.is_dir() else [path])]
    return found


def find_volume(volumes: Sequence[Volume[_T]], kind: Kind[_T], name: str) -> Volume[_T]:
    """Return the one of that name.

    Raises:
        FinestreamError: There is none.
    """
    from finestream.catalog.record import nearest

    for volume in volumes:
        if volume.name == name:
            return volume
    names = [volume.name for volume in volumes]
    near = nearest(name, names)
    raise FinestreamError(f"there is no {kind.word} '{name}'", f"Did you mean '{near}'?" if near else f"There are: {', '.join(names)}.")


def definitions(volumes: Iterable[Volume[_T]]) -> dict[str, _T]:
    """Return what can be used, by name; of two with one name the first."""
    found: dict[str, _T] = {}
    for volume in volumes:
        if volume.definition is not None:
            found.setdefault(volume.definition.name, volume.definition)
    return found


def _files(kind: Kind[_T], place: Path) -> Iterator[Path]:
    # Below subfolders too, as Claude Code looks for agents.
    yield from sorted(path for path in place.rglob("*") if path.suffix in kind.endings and path.is_file())


def _load(kind: Kind[_T], path: Path, origin: str) -> Volume[_T]:
    shown = _shown(path)
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES + 1)
        if len(data) > _BYTES:
            return _failed(path, origin, finding("too-big", shown, 1, f"this is larger than {_BYTES // 2**20} MB"))
        definition, findings = kind.parse(data.decode("utf-8"), shown)
    except OSError as error:
        return _failed(path, origin, finding("unreadable", shown, 1, f"this cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _failed(path, origin, finding("not-utf8", shown, line, "this is not UTF-8 text"))
    return Volume(path, origin, definition, findings)


def _failed(path: Path, origin: str, fault: Finding) -> Volume[_T]:
    return Volume(path, origin, None, (fault,))


def _shown(path: Path) -> str:
    """Return ``path`` as it is told: from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def tell_findings(findings: Sequence[Finding], checked: str, *, as_json: bool) -> int:
    """Print what was found and return the exit code: 1 where there is an error."""
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            write(str(each))
        errors = sum(each.severity == "error" for each in findings)
        write(f"{checked}: {count(errors, 'error')}, {count(len(findings) - errors, 'warning')}")
    return int(has_errors(findings))


def count(number: int, noun: str) -> str:
    """Write ``3 errors``, ``1 error`` or ``no errors``."""
    return counted(number, noun) if number else f"no {noun}s"


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print ``rows`` in columns as wide as they need; the last one is cut where a terminal ends.

    Where it ends before that column could begin, a row has as many lines as it takes.
    """
    import shutil

    from rich.cells import cell_len

    from finestream.show.look import Look

    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    is_narrow = sum(widths) + 2 * len(widths) + _LEAST > room
    look = Look(room, encoding=sys.stdout.encoding or "ascii")
    for row in rows:
        cells = [look.padded(cell, width) for cell, width in zip(row, widths, strict=False)]
        for line in _folded(row, room) if is_narrow else ("  ".join([*cells, row[-1]]).rstrip(),):
            write(look.line(line).plain)


def _folded(row: Sequence[str], room: int) -> Iterator[str]:
    """Lay the cells of a row one behind the other, on as many lines as they need."""
    from rich.cells import cell_len

    line, *rest = row
    for cell in filter(None, rest):
        if cell_len(line) + 2 + cell_len(cell) > room:
            yield line
            line = ""
        line += f"  {cell}"
    yield line


def print_json(value: object) -> None:
    """Print one JSON value."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


# For a terminal that is not UTF-8.
_ASCII = str.maketrans({"●": "*", "│": "|", "─": "-", "├": "+", "┤": "+", "└": "+", "┘": "+", "┼": "+", "┴": "+", "…": "~", "←": "<-"})


def write(line: str) -> None:
    """Print a line in whatever the terminal can show; what it would obey, as foreign text may have, is spelled out."""
    line = printable(line, lines=True)
    encoding = sys.stdout.encoding or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    print(line)
