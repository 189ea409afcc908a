"""The journal: what happened, one JSON object a line. SHELL. Its one law: the disk's trouble is told once and never costs a session."""

from finestream.journal.journal import ERRORS, EVENTS, FOLDER, Journal, open_journal
from finestream.journal.reading import Damage, parse_line, read_records
from finestream.journal.scrubbing import redact
from finestream.journal.tail import Tail, last_lines

__all__ = [
    "ERRORS",
    "EVENTS",
    "FOLDER",
    "Damage",
    "Journal",
    "Tail",
    "last_lines",
    "open_journal",
    "parse_line",
    "read_records",
    "redact",
]
