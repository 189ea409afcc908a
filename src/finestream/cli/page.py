"""What the page shows of a project, from where the other commands have it. SHELL. Its one law: it only reads."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finestream.errors import JournalError
from finestream.journal import EVENTS, FOLDER
from finestream.web.backstage import Backstage

if TYPE_CHECKING:
    from finestream.web.site import Site

MOST_RUNS = 100
_WATCHED_RUNS = 3  # the latest; older ones do not change
Json = dict[str, Any]


def backstage_of(project: Path) -> Backstage:
    """Return what makes the page of a gateway. No file of the project shadows a module (-P)."""
    return Backstage([sys.executable, "-P", "-m", "finestream", "dashboard", "--project", str(project), "--backstage"], os.environ)


def site_of(project: Path) -> Site:
    """Return the page of a project."""
    from finestream.watch.reading import gateways
    from finestream.web.live import Live
    from finestream.web.site import Site

    return Site(ProjectSources(project), Live(lambda: gateways(project)))


class ProjectSources:
    """One project, read anew at each question."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._folder = project / FOLDER

    def about(self) -> Json:
        """Say whose page it is."""
        from finestream import __version__

        return {"project": str(self._project), "name": self._project.name, "version": __version__, "has_journal": self._folder.is_dir()}

    def marks(self) -> Json:
        """Return what differs when there is something new to read."""
        runs = sorted((self._folder / "runs").glob(f"*/{EVENTS}"))[-_WATCHED_RUNS:]
        return {"journal": _mark(self._folder / EVENTS), "runs": [_mark(path) for path in runs]}

    def figures(self, since: float) -> Json:
        """Return what `finestream metrics --json` prints, how it came about, and the limits."""
        from finestream.cli.config import load_settings
        from finestream.cli.measuring import folder_of, limits, read_trend, utc

        known = limits(load_settings(self._project)[0])
        reading, trend = read_trend(folder_of(self._project), since, known)
        return {"report": reading.data(), "trend": trend.data(utc), "limits": known}

    def calls(self, since: float, *, words: str, is_trouble: bool) -> Json:
        """Return the latest calls, or among all of them those that are looked for."""
        from finestream.cli.journals import ProjectJournal
        from finestream.cli.latest import of_trouble, recent, with_words
        from finestream.cli.measuring import folder_of
        from finestream.story import Choice
        from finestream.web.calls import rows_of

        folder_of(self._project)
        journal, start = ProjectJournal(self._project), time.time() - since
        names, choice = journal.names(), Choice(since=start)
        found = of_trouble(journal) if is_trouble else with_words(journal, words, names) if words else recent(journal, start)
        wanted = (record for record in found if choice.wants_record(record, names))
        rows = rows_of(wanted, names, words=words, is_trouble=is_trouble)
        for row in rows:
            row["what"] = row["what"].replace(f"{self._project}{os.sep}", "")
        return {"rows": rows, "damaged_lines": journal.damage.lines}

    def call(self, name: str, session: str) -> Json:
        """Tell the story of a call."""
        from finestream.cli.journals import ProjectJournal, date_and_time
        from finestream.cli.logs import calls_of
        from finestream.web.calls import story_data

        [records, *_], names = calls_of(ProjectJournal(self._project), name)
        own = [record for record in records if record.get("session_id") in (session, None)] if session else records
        return story_data(own or records, names, date_and_time)

    def runs(self) -> Json:
        """Return the latest runs, the newest first."""
        from finestream.cli.run import described
        from finestream.web.shown import key_of
        from finestream.workflow.folder import list_folders

        folders = list_folders(self._project)
        latest = [{**described(folder), "key": key_of(folder.run)} for folder in reversed(folders[-MOST_RUNS:])]
        return {"runs": latest, "more": max(0, len(folders) - MOST_RUNS)}

    def run(self, name: str) -> Json:
        """Return a run in the course of time."""
        from finestream.cli.latest import of_sessions
        from finestream.cli.run import described
        from finestream.web.timeline import timeline
        from finestream.workflow.folder import find_folder

        folder = find_folder(self._project, name)
        plan, _ = folder.load()
        entries = folder.entries()
        sessions = {str(entry["session"]) for own in entries.values() for entry in own if entry["kind"] == "began" and entry.get("session")}
        try:
            lanes = timeline(plan, entries, of_sessions(self._project, sessions), self._until(folder.path / EVENTS))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise JournalError("the entries of this run cannot be read", "See its documents.", path=str(folder.path / EVENTS)) from error
        return {"summary": described(folder), **lanes}

    def _until(self, path: Path) -> float:
        """Return until when whoever works in a run has worked: now, where somebody carries it out. Its lock is not asked: whoever wants to
        go on with it must not find it held.
        """
        from finestream.watch.reading import gateways

        with suppress(OSError):
            written = path.stat().st_mtime
            if any(entry.kind == "run" and entry.began <= written for entry in gateways(self._project)):
                return time.time()
        return 0.0


def _mark(path: Path) -> list[int]:
    with suppress(OSError):
        status = path.stat()
        return [status.st_ino, status.st_size, status.st_mtime_ns]
    return []
