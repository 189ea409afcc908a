"""The journal of one project: ``events.jsonl`` for everything, ``streaming-errors.log`` for each row of the recovery ladder.

SHELL. Its one law: a record is scrubbed of credentials first, then cut to size, and only then near a disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from finestream.journal.lines import LineFile
from finestream.journal.scrubbing import Scrubber
from finestream.settings import Settings
from finestream_hooks.lines import check_folder, prepare

FOLDER = Path(".claude", "finestream")
EVENTS = "events.jsonl"
ERRORS = "streaming-errors.log"


def open_journal(
    project: Path, settings: Settings, on_trouble: Callable[[str], None], may_make: Callable[[], bool] = lambda: True
) -> Journal:
    """Return the journal of ``project``. Nothing is created before the first record."""
    return Journal(
        project / FOLDER,
        rotate=settings.journal_rotate,
        keep=settings.journal_keep,
        content=settings.journal_content,
        content_limit=settings.journal_content_limit,
        on_trouble=on_trouble,
        may_make=may_make,
    )


class Journal:
    """Two files in one folder, which several processes may share.

    A record that the disk refuses is dropped and counted; each new record tries again, and the first that gets through is followed by an
    event ``journal_gap`` with the number of the ``lost`` ones.

    Args:
        folder: Is made with its parent when the first record comes; a folder above them that has vanished is not made again.
        rotate: Bytes of a file before it becomes NAME.1.
        keep: How many rotated files stay.
        content: False: of the tool inputs only their size and hash are written.
        content_limit: Bytes of one tool input, or of one side of a correction.
        on_trouble: Is told each kind of trouble once, in a sentence.
        may_make: Whether the folder may be made where there is none; a record without a folder is nobody's, and is dropped.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rotate: int,
        keep: int,
        content: bool,
        content_limit: int,
        on_trouble: Callable[[str], None],
        may_make: Callable[[], bool] = lambda: True,
    ) -> None:
        self.trouble: str | None = None
        """What the disk said at the last record, or None: the record was written."""
        self.folder = folder
        self._scrubber = Scrubber(content, content_limit)
        self._files = {name: LineFile(folder / name, rotate=rotate, keep=keep) for name in (EVENTS, ERRORS)}
        self._on_trouble = on_trouble
        self._may_make = may_make
        self._told: set[str] = set()
        self._lost = 0
        self._is_prepared = False

    def event(self, record: Mapping[str, object]) -> None:
        """Append one line to ``events.jsonl``; ``timestamp`` is added where the record has none."""
        self._record(EVENTS, record)

    def error(self, record: Mapping[str, object]) -> None:
        """Append one line to ``streaming-errors.log``; ``timestamp`` is added where the record has none."""
        self._record(ERRORS, record)

    def _record(self, name: str, record: Mapping[str, object]) -> None:
        line = _line({"timestamp": _now(), **self._scrubber.scrub(record)})
        try:
            self._append(name, line)
        except OSError as error:
            self._suffer(error)
        else:
            self._rejoice()

    def _append(self, name: str, line: bytes) -> None:
        if not self._is_prepared and not self._prepare():
            return
        try:
            check_folder(str(self.folder))
            self._files[name].append(line)
        except FileNotFoundError:  # somebody deleted the folder while the session runs
            if self._prepare():
                self._files[name].append(line)

    @property
    def is_wanted(self) -> bool:
        """Whether there is a place for records, or may be made one."""
        return self.folder.is_dir() or self._may_make()

    def _prepare(self) -> bool:
        if not self.is_wanted:
            return False
        prepare(str(self.folder))
        self._is_prepared = True
        return True

    def _suffer(self, error: OSError) -> None:
        self._lost += 1
        self.trouble = f"the journal in {self.folder} cannot be written ({error.strerror or error}); the session goes on without it"
        if self.trouble not in self._told:
            self._told.add(self.trouble)
            self._on_trouble(self.trouble)

    def _rejoice(self) -> None:
        if self._lost:
            gap = {"event": "journal_gap", "lost": self._lost, "trouble": self.trouble}
            self.trouble, self._lost = None, 0
            self.event(gap)


def _line(record: Mapping[str, object]) -> bytes:
    try:
        text = json.dumps(record, ensure_ascii=False)
        # A reader may split at these too; inside JSON they can only stand in strings, where their escape is the same.
        for mark in ("\u0085", "\u2028", "\u2029"):
            text = text.replace(mark, f"\\u{ord(mark):04x}")
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can say it, UTF-8 cannot
        return json.dumps(record).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
