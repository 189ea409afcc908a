"""The whole story of one call, in lines. PURE. Its one law: every line is safe to show, and a text is shown in part only where that is
said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from finestream.printable import printable, shortened
from finestream.quantities import counted
from finestream.story.moment import parse_moment
from finestream.story.naming import Names
from finestream.story.rows import duration
from finestream.story.story import Story, bounded, number

Clock = Callable[[float], str]
"""Seconds since 1970 -> the date and time of day as the reader's clock shows them."""

SHOWN_CHUNKS = 20
SHOWN_TEXT = 300  # characters of a text; `recover` gives all of it
SHOWN_CHANGES = 20
Record = Mapping[str, Any]


def tell(records: Sequence[Record], names: Names, clock: Clock) -> Iterator[str]:
    """Tell the story of the call whose records these are."""
    story = story_of(records)
    yield headline(story)
    facts = facts_of(story, names, clock)
    width = max(map(len, facts))
    yield from (f"  {name:{width}}  {value}" for name, value in facts.items() if value)
    yield ""
    moments = moments_of(records)
    for when, _, lines in moments:
        yield f"  {when - moments[0].when:+9.3f} s  {lines[0]}"
        yield from (f"               {line}" for line in lines[1:])


def story_of(records: Sequence[Record]) -> Story:
    """Join the records of one call."""
    story = Story(str(records[0].get("tool_use_id")))
    for record in records:
        story.add(record)
    return story


def headline(story: Story) -> str:
    """Say in a line what became of a call."""
    return printable(f"{story.tool or 'a tool'} {story.target or ''}".rstrip() + f": {_in_words(story)}")


def moments_of(records: Sequence[Record]) -> list[Moment]:
    """Return what happened to a call, in the order of time."""
    found = (moment for record in records for moment in _moments(record, records))
    return sorted(found, key=lambda moment: (moment.when, moment.rank))


class Moment(NamedTuple):
    """``rank`` orders what is told of the same moment: the beginning, its chunks, what was written of it."""

    when: float
    rank: int
    lines: list[str]


def facts_of(story: Story, names: Names, clock: Clock) -> dict[str, str]:
    """Return what is known of a call by what it is called; what is not known is the empty text."""
    speaker, receiver = names.name(story.agent_from), names.name(story.agent_to)
    agent_id = f" (agent {story.agent_id})" if story.agent_id else ""
    facts = {
        "call": story.tool_use_id,
        "agents": (speaker or "not known") + agent_id + (f" → {receiver}" if receiver else ""),
        "session": story.session_id,
        "stream": story.stream,
        "began": None if story.began is None else clock(story.began),
        "input": ", ".join(_figures(story)) or None,
        "tool ran": duration(story.running) or None,
    }
    return {name: printable(value or "") for name, value in facts.items()}


def _figures(story: Story) -> Iterator[str]:
    for count, noun in ((story.size, "byte"), (story.deltas, "delta"), (story.chunks, "chunk"), (story.attempts or None, "attempt")):
        if count is not None:
            yield counted(count, noun)
    if story.streaming is not None:
        yield f"streamed in {duration(story.streaming)}"
    if story.first_chunk is not None:
        yield f"first chunk after {duration(story.first_chunk)}"


def _in_words(story: Story) -> str:
    run_outcome = None if story.refused else story.run_outcome
    said = [_WORDS.get(word, word) for word in (story.input_outcome, run_outcome) if word]
    if story.refused:
        said.append(f"the client did not run it ({story.refused})")
    elif story.error_class:
        said.append(story.error_class)
    return "; ".join(said) or _WORDS[story.outcome]


_WORDS = {
    "complete": "its input came whole",
    "continued": "its input was cut and continued",
    "corrected": "its input was malformed and corrected",
    "surfaced": "its input could not be mended, and the client saw it as it came",
    "cut": "its input was cut and could not be continued",
    "blind": "its input was passed on unwatched",
    "client_left": "the client left while its input came",
    "ok": "the tool ran",
    "failed": "the tool ran and failed",
    "running": "the tool was started; its end is not in the journal",
    "recovering": "a recovery is under way, or its end is not in the journal",
    "unknown": "how it ended is not in the journal",
}


def _moments(record: Record, records: Sequence[Record]) -> Iterator[Moment]:
    when = parse_moment(record.get("timestamp")) or 0.0
    event = str(record.get("event"))
    if event == "tool_input":
        yield from _input_moments(record, when, records)
    else:
        lines = _LINES[event](record) if event in _LINES else _any(record)
        yield Moment(when, 2, [printable(line) for line in lines])


def _input_moments(record: Record, end: float, records: Sequence[Record]) -> Iterator[Moment]:
    began = end - _seconds(record.get("duration_ms"))
    yield Moment(_no_later(began, 0, records), 0, ["the input begins"])
    spans = [span for span in _list(record.get("spans")) if isinstance(span, list) and len(span) == 5]
    for count, (path, first, last, kind, passed) in enumerate(spans[:SHOWN_CHUNKS], 1):
        where = ".".join(map(str, _list(path)))
        when = _no_later(began + _seconds(passed), last, records)
        yield Moment(when, 1, [printable(f"chunk {count}: {where}, {kind}, bytes {first} to {last}")])
    chunks = record.get("chunks")
    if isinstance(chunks, int) and chunks > SHOWN_CHUNKS:
        yield Moment(end, 1, [f"{chunks - min(len(spans), SHOWN_CHUNKS):,} more chunks until then"])
    text = record.get("INVALID_JSON")
    yield Moment(end, 2, [printable(f"the input ends: {record.get('outcome')}"), *([_text("arrived", text)] if text else [])])


def _no_later(when: float, size: object, records: Sequence[Record]) -> float:
    """A line is written a little after what it tells of, and the time of a chunk is told from the last one. So a chunk is put before the
    first line that counts its bytes among those that had arrived.
    """
    for record in records:
        received = record.get("bytes_received")
        written = parse_moment(record.get("timestamp"))
        if isinstance(received, int) and isinstance(size, int) and received >= size and written is not None:
            return min(when, written)
    return when


def _cut(record: Record) -> Iterator[str]:
    kept = f"kept up to byte {record.get('checkpoint')} at {record.get('path')}"
    yield f"cut: {record.get('error')}; {record.get('bytes_received')} bytes arrived, {kept}"
    yield f"attempt {record.get('attempt')}: {record.get('action')} after {record.get('delay')} s"


def _recovery(record: Record) -> Iterator[str]:
    yield f"attempt {record.get('attempt')} ({record.get('action')}): {record.get('outcome')}"
    yield _text("arrived before it", record.get("INVALID_JSON"))
    if record.get("tokens_needed") is not None:
        yield f"tokens: {record.get('tokens_used')} used of about {record.get('tokens_needed')} needed"


def _correction(record: Record) -> Iterator[str]:
    where = f"at byte {record.get('offset')}, {record.get('location')}: {record.get('reason')}"
    if record.get("outcome") != "corrected":
        yield f"{record.get('error')} {where}; not corrected: {record.get('refused') or 'repair is off'}"
        yield _text("arrived", record.get("INVALID_JSON"))
        return
    yield f"{record.get('error')} {where}; corrected: {record.get('auto_fixed')}"
    changes = [change for change in _list(record.get("changes")) if isinstance(change, Mapping)]
    for change in changes[:SHOWN_CHANGES]:
        before, after = (shortened(str(change.get(side, "")), 60) for side in ("before", "after"))
        yield f"{change.get('rule')} at {change.get('path')}, character {change.get('offset')}: “{before}” → “{after}”"
    total = record.get("changes_in_total")
    if isinstance(total, int) and total > SHOWN_CHANGES:
        yield f"{total - min(len(changes), SHOWN_CHANGES):,} more changes"
    yield _text("before", record.get("INVALID_JSON"))
    yield _text("after", record.get("after"))


def _started(record: Record) -> Iterator[str]:
    priority = f", priority {record['priority']}" if record.get("priority") else ""
    yield f"the tool is started{priority}"


def _ended(record: Record) -> Iterator[str]:
    latency = number(record, "latency_ms")
    took = "" if latency is None else f" after {duration(latency)}"
    error = f": {record['error_class']}" if record.get("error_class") else ""
    yield f"the call was turned down{error}" if record.get("error") else f"the tool ends{took}: {record.get('outcome')}{error}"


_QUIET = frozenset(
    (
        "timestamp",
        "event",
        "source",
        "stream",
        "session_id",
        "agent_id",
        "agent_from",
        "agent_to",
        "tool",
        "tool_use_id",
        "target",
        "INVALID_JSON",
    )
)


def _any(record: Record) -> Iterator[str]:
    """A record of any other kind: what it says, its texts in part."""
    name = str(record.get("event") or "record")
    told = {key: value for key, value in record.items() if key not in _QUIET and value is not None}
    said = [f"{key} {shortened(str(value), 60)}" for key, value in told.items()]
    yield f"{name}: {', '.join(said)}" if said else name
    if record.get("INVALID_JSON"):
        yield _text("arrived", record["INVALID_JSON"])


_LINES: dict[str, Callable[[Record], Iterator[str]]] = {
    "cut": _cut,
    "recovery": _recovery,
    "correction": _correction,
    "tool_started": _started,
    "tool_ended": _ended,
}


def _text(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return f"{name}: {value.get('bytes')} bytes, not kept (journal.content is off)"
    text = str(value)
    rest = len(text) - SHOWN_TEXT
    return f"{name}: {printable(text[:SHOWN_TEXT])}" + (f" … and {rest:,} characters more" if rest > 0 else "")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _seconds(milliseconds: object) -> float:
    return (bounded(milliseconds) or 0.0) / 1000
