"""What a run leaves on disk: ``.claude/finestream/runs/ID``. SHELL. Its one law: a file is whole, but for the last line of events.

A plan says what agents may do, and a database what they have done; a clone can bring both. So a plan that is gone on with is sealed with
the user's own key, and nothing is written where a link leads.

==================== ====================================================================================================
``plan.json``        what was asked for: enough to go on with the run
``events.jsonl``     every entry of every ledger, as it was written
``documents/``       what each step has handed on, as JSON
``transcripts/``     the conversations
``summary.json``     what came of it: states, seconds, usage and cost
``run.sqlite``       the run's database, unless another one was given
==================== ====================================================================================================
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import Any, TextIO

from finestream.errors import FinestreamError, JournalError
from finestream.plainfile import read_plain
from finestream.workflow.ledger import Entry, Ledger
from finestream.workflow.plan import Plan, parse_plan
from finestream_hooks.seals import is_sealed, sealed

RUNS = Path(".claude", "finestream", "runs")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one run."""

    path: Path

    @property
    def run(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def project(self) -> Path:
        """Where the agents work."""
        return self.path.parents[len(RUNS.parts)]

    @property
    def database(self) -> str:
        """The address of the database of its own."""
        return f"sqlite:///{self.path / 'run.sqlite'}"

    def begin(self, plan: Plan, how: Mapping[str, Any], *, key: bytes = b"") -> None:
        """Make it. ``how``: the choices with which it is made, to go on with the same ones; ``key``: the user's own, which seals it."""
        with _writing(self.path):
            self._check_links()
            self.path.mkdir(parents=True, mode=0o700)
        # What agents write is nobody else's, and no part of the project's history.
        _write(self.path.parent / ".gitignore", "*\n")
        _write_json(self.path / "plan.json", sealed({"run": self.run, "plan": plan.data(), "how": dict(how)}, key))

    def load(self) -> tuple[Plan, Json]:
        """Return the plan and how it is made, to be told.

        Raises:
            FinestreamError: There is no such run, or its plan cannot be read.
        """
        data = self._data()
        try:
            return parse_plan(data["plan"]), data["how"]
        except (KeyError, TypeError, AttributeError) as error:
            raise self._unreadable() from error

    def load_own(self) -> tuple[Plan, Json]:
        """Return the plan and how it is made, to be gone on with.

        Raises:
            FinestreamError: as `load`; or the run may be somebody else's.
        """
        data = self._data()
        if data.get("run") != self.run or not is_sealed(data):
            fix = "Begin a new run. It may have come with the project, or have been begun with another HOME or by an older finestream."
            raise JournalError("nothing shows that this run is your own", fix, path=str(self.path / "plan.json"))
        with _writing(self.path):
            self._check_links()
        return self.load()

    def _data(self) -> Json:
        try:
            data = json.loads(read_plain(self.path / "plan.json"))
        except FileNotFoundError as error:
            raise FinestreamError(f"there is no run '{self.run}' here", "See which there are: finestream run --list") from error
        except (OSError, ValueError, RecursionError) as error:
            raise self._unreadable() from error
        if not isinstance(data, dict):
            raise self._unreadable()
        return data

    def _unreadable(self) -> JournalError:
        return JournalError("this plan cannot be read", "Begin a new run.", path=str(self.path / "plan.json"))

    def _check_links(self) -> None:
        """See to it that everything stays in the project."""
        inner = (self.path / name for name in ("documents", "transcripts", "run.sqlite", "client"))
        for place in (*self.path.parents[: len(RUNS.parts)], self.path, *inner):
            if place.is_symlink():
                raise OSError(errno.ELOOP, f"{place} is a link, which a clone can bring, and so is not followed")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make sure that nobody else carries this run out.

        Raises:
            FinestreamError: Somebody does.
        """
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise FinestreamError(f"the run '{self.run}' is being carried out by another process", "Wait for its end.") from error
        finally:
            os.close(handle)

    @contextmanager
    def events(self, known: Mapping[str, Iterable[Entry]]) -> Iterator[Events]:
        """Write the events anew as far as they are ``known`` from the database, and then whatever comes."""
        # Those of one step stay in their order, whatever was done to the clock.
        listed = merge(*([(step, entry) for entry in entries] for step, entries in known.items()), key=lambda each: each[1]["at"])
        _write(self.path / "events.jsonl", "".join(_line(step, entry) for step, entry in listed))
        with (self.path / "events.jsonl").open("a", encoding="utf-8", errors="backslashreplace", buffering=1) as file:
            yield Events(file)

    def entries(self) -> dict[str, list[Entry]]:
        """Read the events back; a line that is not whole is passed over."""
        found: dict[str, list[Entry]] = {}
        with suppress(FileNotFoundError), (self.path / "events.jsonl").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                with suppress(ValueError, RecursionError):
                    match json.loads(line):
                        case {"step": str(step), "kind": str(), "at": float() | int()} as entry:
                            found.setdefault(step, []).append({name: value for name, value in entry.items() if name != "step"})
        return found

    def keep_document(self, ledger: Ledger) -> None:
        """Write what a step has handed on so far."""
        _write_json(self.path / "documents" / f"{ledger.step}.json", ledger.document.value())

    def keep_summary(self, summary: Mapping[str, Any]) -> None:
        """Write what came of the run."""
        _write_json(self.path / "summary.json", summary)


class Events:
    """The open file of events."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, step: str, entry: Entry) -> None:
        """Add one."""
        self._file.write(_line(step, entry))


def new_folder(project: Path) -> Folder:
    """Choose the folder of a new run; its name is the run's id and tells when it was begun."""
    return Folder(project / RUNS / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")


def find_folder(project: Path, run: str) -> Folder:
    """Return the folder of a run, which may be named by the beginning of its id or as ``last``.

    Raises:
        FinestreamError: There is none, or more than one.
    """
    known = list_folders(project)
    found = known[-1:] if run == "last" else [each for each in known if each.run.startswith(run)]
    exact = [each for each in found if each.run == run]
    if len(exact or found) == 1:
        return (exact or found)[0]
    what = "there is no run" if not found else "there are several runs"
    raise FinestreamError(f"{what} '{run}' in {project / RUNS}", "See which there are: finestream run --list")


def list_folders(project: Path) -> list[Folder]:
    """Return the runs of a project, the oldest first."""
    return [Folder(path.parent) for path in sorted((project / RUNS).glob("*/plan.json"))]


def _line(step: str, entry: Entry) -> str:
    return json.dumps({"step": step, **entry}, ensure_ascii=False) + "\n"


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    _write(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with _writing(path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # In JSON a half of a surrogate pair is written as such an escape, too.
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")
        beside.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "Make the folder writable, and see whether there is room on the disk."
        raise JournalError(f"this cannot be written: {error.strerror}", fix, path=str(path)) from error
