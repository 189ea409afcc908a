"""Tool calls as the page shows them: stories -> JSON values. PURE. Its one law: it says what `finestream logs` says, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from finestream.story import Names, Row, Stories, Story, row_of_record, row_of_story
from finestream.story.telling import Clock, facts_of, headline, moments_of, story_of
from finestream.web.shown import key_of

Json = dict[str, Any]
Record = Mapping[str, Any]

MOST_ROWS = 300
MOST_CHUNKS = 400
MOST_CHANGES = 100
BESIDE_SEAM = 1200  # characters that are shown on either side


def rows_of(records: Iterable[dict[str, Any]], names: Names, *, words: str = "", is_trouble: bool = False) -> list[Json]:
    """Return a row for each call, the newest first; ``is_trouble``: only of those that did not simply go well."""
    stories = Stories(names)
    for record in records:
        stories.add(record)
    found: list[Json] = []
    for entry in reversed(stories.entries):
        row, session = _row(entry, names)
        if (row.mood == "well" and is_trouble) or not _has(row, words):
            continue
        found.append({**row._asdict(), "key": _key(entry), "session": session})
        if len(found) == MOST_ROWS:
            break
    return sorted(found, key=lambda row: row["when"] or 0.0, reverse=True)  # the journal has them in the order of their ends


def _row(entry: Story | Record, names: Names) -> tuple[Row, str]:
    if isinstance(entry, Story):
        return row_of_story(entry, names), key_of(entry.session_id or "")
    return row_of_record(entry, names), ""


def _key(entry: Story | Record) -> str:
    return key_of(entry.tool_use_id) if isinstance(entry, Story) else ""


def _has(row: Row, words: str) -> bool:
    told = " ".join((row.agents, row.what, row.outcome, row.id)).casefold()
    return all(word in told for word in words.casefold().split())


def story_data(records: Sequence[Record], names: Names, clock: Clock) -> Json:
    """Tell the whole story of the call whose records these are."""
    story = story_of(records)
    moments = moments_of(records)
    row = row_of_story(story, names)
    return {
        "title": headline(story),
        "mood": row.mood,
        "outcome": row.outcome,
        "facts": [{"name": name, "value": value} for name, value in facts_of(story, names, clock).items() if value],
        "moments": [{"after": moment.when - moments[0].when, "lines": list(moment.lines)} for moment in moments],
        "chunks": _chunks(records),
        "corrections": [_correction(record) for record in records if record.get("event") == "correction"],
        "seams": [_seam(record, story) for record in records if record.get("event") == "recovery"],
    }


def _chunks(records: Sequence[Record]) -> list[Json]:
    """Return what was complete in itself: from which byte to which, after how many milliseconds."""
    told = [record.get("spans") for record in records if record.get("event") == "tool_input"]
    spans: list[Any] = next((each for each in told if isinstance(each, list)), [])
    return [chunk for span in spans[:MOST_CHUNKS] if (chunk := _chunk(span))]


def _chunk(span: object) -> Json | None:
    match span:
        case [list() as path, int() as first, int() as last, form, int() | float() as ms]:
            return {"path": ".".join(map(str, path)), "first": first, "last": last, "form": form, "ms": ms}
    return None


def _correction(record: Record) -> Json:
    """Return a correction with the text before and after, as far as they were kept."""
    changes = record.get("changes")
    known = [change for change in changes if isinstance(change, Mapping)] if isinstance(changes, list) else []
    return {
        "outcome": record.get("outcome"),
        "rules": record.get("auto_fixed"),
        "refused": record.get("refused"),
        "location": record.get("location"),
        "before": _kept(record.get("INVALID_JSON")),
        "after": _kept(record.get("after")),
        "changes": [{name: change.get(name) for name in ("rule", "path", "offset", "before", "after")} for change in known[:MOST_CHANGES]],
        "changes_in_total": record.get("changes_in_total"),
    }


def _seam(record: Record, story: Story) -> Json:
    """Return what had arrived when a stream broke, and how much came behind the place where it was continued."""
    text, checkpoint = _kept(record.get("INVALID_JSON")), record.get("checkpoint")
    before, behind = _parted(text, checkpoint if type(checkpoint) is int else None)
    return {
        "error": record.get("error"),
        "outcome": record.get("outcome"),
        "attempt": record.get("attempt"),
        "received": record.get("bytes_received"),
        "checkpoint": checkpoint,
        "path": record.get("path"),
        "whole": story.size if story.mended else None,
        "before": before,
        "behind": behind,
    }


def _parted(text: str | None, checkpoint: int | None) -> tuple[str | None, str | None]:
    """Return the end of what was kept, and what came behind the checkpoint, which is in bytes."""
    if text is None or checkpoint is None:
        return text and text[-BESIDE_SEAM:], None
    data = text.encode("utf-8", "surrogatepass")
    kept, behind = (part.decode("utf-8", "replace") for part in (data[:checkpoint], data[checkpoint:]))
    return kept[-BESIDE_SEAM:], behind[:BESIDE_SEAM]


def _kept(text: object) -> str | None:
    """Return a text of the journal; None: it was told to keep none."""
    return text if isinstance(text, str) else None
