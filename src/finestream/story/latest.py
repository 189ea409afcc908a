"""The last thing that was mended or lost, in one short line for a status line. PURE. Its one law: it says nothing that is not so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from finestream.printable import shortened
from finestream.story.joining import Stories
from finestream.story.naming import Names
from finestream.story.story import Story

_LONGEST = 60  # characters of a target
_SAID = {
    "surfaced": "could not mend",
    "cut": "lost",
    "blind": "did not watch",
    "refused": "refused by the client:",
    "recovering": "mending",
}


def latest(records: Iterable[dict[str, Any]], session: str | None, now: float) -> str:
    """Tell the last outcome that is worth telling of a session, or of all where none is named."""
    stories = Stories(Names())
    for record in records:
        if session is None or record.get("session_id") in (None, session):
            stories.add(record)
    told = [entry for entry in stories.entries if isinstance(entry, Story) and (entry.mended or entry.outcome in _SAID)]
    if not told:
        return "finestream: nothing to mend"
    story = max(told, key=lambda each: each.ended or 0.0)
    return f"finestream: {_said(story)}{_ago(story.ended, now)}"


def _said(story: Story) -> str:
    what = shortened(" ".join(filter(None, (story.tool, story.target))), _LONGEST)
    attempts = f" ({story.attempts} attempt{'s' * (story.attempts > 1)})" if story.attempts and story.outcome != "refused" else ""
    return f"{story.mended or _SAID[story.outcome]} {what}{attempts}"


def _ago(moment: float | None, now: float) -> str:
    if moment is None:
        return ""
    seconds = max(0, int(now - moment))
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f" {seconds // unit} {name} ago"
    return f" {seconds} s ago"
