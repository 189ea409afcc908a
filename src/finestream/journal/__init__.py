"""The journal: what happened, one JSON object a line. SHELL. Its one law: the disk's trouble is told once and never costs a session."""

from finestream.journal.journal import ERRORS, EVENTS, FOLDER, Journal, open_journal
from finestream.journal.reading import read_records
from finestream.journal.scrubbing import redact

__all__ = ["ERRORS", "EVENTS", "FOLDER", "Journal", "open_journal", "read_records", "redact"]
