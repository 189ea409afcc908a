"""One line of a table for a story, or for a record that belongs to none. PURE. Its one law: every cell is safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from finestream.printable import shortened
from finestream.quantities import counted
from finestream.story.moment import parse_moment
from finestream.story.naming import Names
from finestream.story.story import Story, number

_LONGEST = 120  # characters of a cell
_DETAILS = ("reason", "error", "outcome", "error_class", "agent_type", "trouble", "hook", "phase", "action")


class Row(NamedTuple):
    """``mood`` is well, mended, or bad; ``when`` is in seconds since 1970."""

    when: float | None
    agents: str
    what: str
    size: str
    took: str
    outcome: str
    id: str
    mood: str


def row_of_story(story: Story, names: Names) -> Row:
    """Tell a call in a line."""
    return Row(
        story.began,
        _agents(story.agent_from, story.agent_to, names),
        shortened(" ".join(filter(None, (story.tool or "?", story.target))), _LONGEST),
        "" if story.size is None else f"{story.size:,}",
        duration(story.streaming),
        shortened(_outcome(story), _LONGEST),
        shortened(story.tool_use_id, _LONGEST),
        "bad" if not story.is_well else "mended" if story.mended else "well",
    )


def row_of_record(record: Mapping[str, Any], names: Names) -> Row:
    """Tell a record in a line."""
    size = next((record[name] for name in ("bytes", "bytes_received", "size") if type(record.get(name)) is int), None)
    event = str(record.get("event") or record.get("error") or "record")
    what = [event, *(str(record[name]) for name in ("tool", "target") if record.get(name))]
    took = next((found for name in ("duration_ms", "latency_ms") if (found := number(record, name)) is not None), None)
    details = [str(record[name]) for name in _DETAILS if record.get(name) and str(record[name]) not in (event, "")]
    is_bad = bool(record.get("error")) or event in ("fault", "hook_fault", "blind", "journal_gap", "loop_stopped", "monitor_lost")
    return Row(
        parse_moment(record.get("timestamp")),
        _agents(record.get("agent_from"), record.get("agent_to"), names),
        shortened(" ".join(what), _LONGEST),
        "" if size is None else f"{size:,}",
        duration(took),
        shortened(", ".join(details), _LONGEST),
        shortened(str(record.get("tool_use_id") or record.get("stream") or ""), _LONGEST),
        "mended" if record.get("outcome") in ("recovered", "corrected", "continued") else "bad" if is_bad else "well",
    )


def duration(milliseconds: float | None) -> str:
    """A duration for people, or nothing."""
    if milliseconds is None:
        return ""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _agents(speaker: object, receiver: object, names: Names) -> str:
    return shortened(" → ".join(filter(None, (names.name(speaker), names.name(receiver)))), _LONGEST)


def _outcome(story: Story) -> str:
    said = [story.outcome]
    if story.mended and story.outcome != story.mended:
        said.insert(0, story.mended)
    if story.mended == "continued" and story.attempts:
        said[0] += f" ({counted(story.attempts, 'attempt')})"
    if story.auto_fixed:
        said[0] += f" ({story.auto_fixed})"
    if story.error_class:
        said.append(story.error_class)
    elif not story.is_well:
        said += story.errors
    return ", ".join(said)
