"""What the monitor tells its shell to do. PURE. Decisions are carried out in order; nothing follows `Abort` or `End`."""

from __future__ import annotations

from typing import NamedTuple

from finestream.events import Json


class Forward(NamedTuple):
    """Send these bytes to the client, at once and unchanged."""

    data: bytes


class Note(NamedTuple):
    """Write this to the journal: ``kind`` names the record, ``record`` holds its fields, ``is_error`` sends it to streaming-errors.log as
    well.
    """

    kind: str
    record: Json
    is_error: bool = False


class Resend(NamedTuple):
    """Close the connection to upstream, send this request body there, and feed its answer to the monitor."""

    body: Json


class Abort(NamedTuple):
    """Break the client's connection without a clean end: only that makes Claude Code ask again with a stream (facts 2.3)."""

    reason: str


class End(NamedTuple):
    """End the client's response cleanly, as upstream did."""


Decision = Forward | Note | Resend | Abort | End
