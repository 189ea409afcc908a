"""What is told of a scenario. PURE. Its one law: every figure comes from the journal, the simulator's record or the disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from finestream.demo.performance import Json, Performance
from finestream.demo.scenarios import Scenario

SHOWN = 72  # characters of a long value
# Of a line of the log, what a reader wants to see.
FIELDS = (
    *("timestamp", "agent_from", "agent_to", "error", "tool", "tokens_used", "tokens_needed", "bytes_received", "checkpoint", "path"),
    *("auto_fixed", "location", "action", "attempt", "outcome", "INVALID_JSON"),
)

# For a terminal that is not UTF-8.
ASCII = str.maketrans({"✓": "+", "✗": "!", "→": "->", "…": "...", "─": "-"})


def tell(played: Performance) -> Iterator[str]:
    """Tell a scenario as the mission does: what streamed, what broke, what was done, the log, what came of it."""
    scenario = played.scenario
    yield f"Scenario {scenario.number}: {scenario.title}"
    yield f"{scenario.sender} → {scenario.receiver}: {scenario.file}, {len(scenario.document):,} characters"
    yield ""
    yield from _streamed(played)
    yield ""
    for row in played.errors:
        yield "  streaming-errors.log"
        chosen = {name: row[name] for name in FIELDS if row.get(name) is not None}
        yield from (f"    {line}" for line in json.dumps(shortened(chosen), indent=2, ensure_ascii=False).splitlines())
        yield ""
    yield from _compared(played)


def _streamed(played: Performance) -> Iterator[str]:
    """The handoff as it came, chunk by chunk, and between the chunks what broke and what was done about it."""
    stream = next((record["stream"] for _, record in played.events if record.get("tool") == "Agent"), None)
    own = [(seconds, record) for seconds, record in played.events if record.get("stream") == stream and record["event"] in _TOLD]
    began, spans = _beginning(own)
    told = 0
    for seconds, record in own:
        arrived = record.get("bytes_received", record.get("bytes"))
        before = [span for span in spans[told:] if span[2] <= arrived]
        yield from (_chunk(played.scenario, number, span) for number, span in enumerate(before, told + 1))
        told += len(before)
        if record["event"] != "tool_input":
            yield f"  {max(0.0, seconds - began):4.1f} s  ✗ {_broken(record, len(played.scenario.text.encode()))}"
            yield from (f"          ✓ {line}" for line in _done(played, record, told))


_TOLD = ("cut", "correction", "tool_input")


def _beginning(own: Sequence[tuple[float, Json]]) -> tuple[float, Sequence[Any]]:
    """When the handoff began to come, and its chunks: its one record, written at its end, tells both."""
    for seconds, record in own:
        if record["event"] == "tool_input":
            return seconds - record["duration_ms"] / 1000, record["spans"]
    return min((seconds for seconds, _ in own), default=0.0), ()


def _chunk(scenario: Scenario, number: int, span: Sequence[Any]) -> str:
    path, start, end, _, passed = span
    return f"  {passed / 1000:4.1f} s  ✓ chunk {number}: {_label(scenario, path, scenario.text.encode()[start:end])}"


def _label(scenario: Scenario, path: Sequence[object], text: bytes) -> str:
    names = re.findall(scenario.item, text.decode("utf-8", "replace"))
    where = ".".join(map(str, path))
    if not names:
        return where
    return f"{where}, {names[0]}" if len(names) == 1 else f"{where}, {names[0]} to {names[-1]}"


def _broken(record: Json, size: int) -> str:
    what = {
        "incomplete_json": f"the output limit of {record.get('tokens_used')} tokens is reached",
        "malformed_json": f"malformed JSON at {record.get('location')}: {record.get('reason')}",
    }.get(str(record["error"]), f"the connection is lost ({record['error']})")
    return f"{what}; {record['bytes_received']:,} of {size:,} bytes arrived"


def _done(played: Performance, record: Json, chunks: int) -> Iterator[str]:
    if record["event"] == "correction":
        for change in record.get("changes", ()):
            yield f"corrected, {change['rule']} at {change['path']}: {cut(change['before'])} → {cut(change['after'])}"
        yield "checked against the tool's schema; what had gone out is a prefix of it"
        return
    kept, size = record["checkpoint"], len(played.scenario.text.encode())
    yield f"kept up to byte {kept:,}: {chunks} chunks, and what is certain of {record['path']}; about {1 - kept / size:.0%} is missing"
    yield f'wrapped for the model: {{"INVALID_JSON": {json.dumps(cut(record["INVALID_JSON"]), ensure_ascii=False)}}}'
    wait = f"after {record['delay']:g} s" if record["delay"] else "at once"
    limit = f", with max_tokens {played.continued_with[0]}" if played.continued_with and record["error"] == "incomplete_json" else ""
    yield f"attempt {record['attempt']}: {record['action']} {wait}{limit}"


def _compared(played: Performance) -> Iterator[str]:
    scenario = played.scenario
    yield _verdict(played.is_call_exact, f"the handoff that {scenario.sender} made, against the one it meant")
    yield _verdict(played.received, f"the document that {scenario.receiver} was given")
    difference = "" if played.is_file_exact else f" ({_difference(played.saved, scenario.document)})"
    yield _verdict(played.is_file_exact, f"{scenario.file} on disk{difference}")
    if played.code:
        yield _verdict(False, f"the end of the client: exit code {played.code} {played.stderr.strip()}")


def _verdict(is_exact: bool, what: str) -> str:
    return f"  ✓ exact: {what}" if is_exact else f"  ✗ DIFFERENT: {what}"


def _difference(saved: str | None, meant: str) -> str:
    if saved is None:
        return "it is not there"
    same = next(
        (place for place, (ours, theirs) in enumerate(zip(saved, meant, strict=False)) if ours != theirs), min(len(saved), len(meant))
    )
    return f"{len(saved):,} characters instead of {len(meant):,}, and not the same from character {same:,} on"


def summary(everything: Iterable[Performance]) -> Iterator[str]:
    """Sum the scenarios up in a table."""
    rows: list[tuple[str, ...]] = [("", "handoff", "fault", "done", "outcome", "requests", "written/meant", "on disk")]
    rows += [_row(played) for played in everything]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    yield lines[0]
    yield "─" * max(map(len, lines))
    yield from lines[1:]


def _row(played: Performance) -> tuple[str, ...]:
    scenario, row = played.scenario, played.row
    done = str(row.get("auto_fixed") or row.get("action") or "nothing")
    return (
        str(scenario.number),
        f"{scenario.sender} → {scenario.receiver}",
        scenario.breaks,
        done,
        str(row.get("outcome", "")),
        str(played.requests),
        f"{played.share:.2f}",
        "exact" if played.is_exact else "DIFFERENT",
    )


def data(played: Performance) -> Json:
    """A scenario as data."""
    scenario = played.scenario
    return {
        "scenario": scenario.number,
        "title": scenario.title,
        "agent_from": scenario.sender,
        "agent_to": scenario.receiver,
        "fault": scenario.breaks,
        "continued_with": list(played.continued_with),
        "requests": played.requests,
        "generated": played.generated,
        "share": round(played.share, 3),
        "call_is_exact": played.is_call_exact,
        "received": played.received,
        "file": scenario.file,
        "file_is_exact": played.is_file_exact,
        "exact": played.is_exact,
        "log": [shortened(row) for row in played.errors],
    }


def shortened(row: Json) -> Json:
    """A line of the log, its long texts cut for the reader."""
    return {name: cut(value) if isinstance(value, str) else value for name, value in row.items() if value is not None}


def cut(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"
