"""One tool call, as far as the records tell of it. PURE. Its one law: a record adds what it knows, and an unknown one adds nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from finestream.story.moment import parse_moment

Record = Mapping[str, Any]


@dataclass(slots=True)
class Story:
    """What is known of one call. Sizes are bytes, durations milliseconds, moments seconds since 1970; None is not known.

    ``input_outcome`` says how its input ended (complete, continued, corrected, surfaced, cut, blind, client_left), ``run_outcome`` how its
    tool ran (ok, failed), ``refused`` why the client did not run it, which is a failure, too, where the input was good.
    """

    tool_use_id: str
    tool: str = ""
    target: str | None = None
    session_id: str | None = None
    stream: str | None = None
    agent_id: str | None = None
    agent_from: str | None = None
    agent_to: str | None = None
    began: float | None = None
    ended: float | None = None
    size: int | None = None
    deltas: int | None = None
    chunks: int | None = None
    first_chunk: float | None = None
    streaming: float | None = None
    running: float | None = None
    attempts: int = 0
    is_started: bool = False
    is_recovering: bool = False
    input_outcome: str | None = None
    run_outcome: str | None = None
    refused: str | None = None
    error_class: str | None = None
    errors: list[str] = field(default_factory=list)
    auto_fixed: str | None = None

    def add(self, record: Record) -> None:
        """Take one record in."""
        self._add_common(record)
        fold = _FOLDS.get(str(record.get("event")))
        if fold:
            fold(self, record)
        elif record.get("error"):  # a row of streaming-errors.log by whoever wrote it
            _fold_rejected(self, record)

    def _add_common(self, record: Record) -> None:
        for name in ("tool", "target", "session_id", "stream", "agent_id", "agent_to"):
            value = record.get(name)
            if isinstance(value, str) and value:
                setattr(self, name, getattr(self, name) or value)
        speaker = record.get("agent_from")
        if isinstance(speaker, str) and speaker and self.agent_from in (None, self.agent_id):  # a name says more than an id
            self.agent_from = speaker
        moment = parse_moment(record.get("timestamp"))
        if moment is not None:
            self.began = moment if self.began is None else min(self.began, moment)
            self.ended = moment if self.ended is None else max(self.ended, moment)

    @property
    def outcome(self) -> str:
        """How it went, in one word."""
        if self.run_outcome:
            return self.run_outcome
        if self.refused:
            return "refused"
        if self.input_outcome:
            return self.input_outcome
        return "recovering" if self.is_recovering else "running" if self.is_started else "unknown"

    @property
    def mended(self) -> str | None:
        """What was done to the input, when it reached the client whole."""
        return self.input_outcome if self.input_outcome in ("continued", "corrected") else None

    @property
    def is_well(self) -> bool:
        """Whether nothing went wrong that was not mended."""
        return self.outcome in ("ok", "complete", "continued", "corrected", "running", "recovering", "unknown")

    def data(self) -> dict[str, Any]:
        """The story as data."""
        return {
            "timestamp": self.ended,
            "event": "call",
            "tool_use_id": self.tool_use_id,
            **{name: getattr(self, name) for name in _TOLD},
            "outcome": self.outcome,
            "mended": self.mended,
            "bytes": self.size,
            "first_chunk_ms": self.first_chunk,
            "duration_ms": self.streaming,
            "latency_ms": self.running,
        }


_TOLD = (
    *("tool", "target", "session_id", "stream", "agent_id", "agent_from", "agent_to", "began", "deltas", "chunks", "attempts"),
    *("input_outcome", "run_outcome", "refused", "error_class", "errors", "auto_fixed"),
)


_MOST = 10**12  # 31 years: a record may say anything, and a moment so far back still has a date


def number(record: Record, name: str) -> float | None:
    """Return a number of a record; what is none is not known."""
    return bounded(record.get(name))


def bounded(value: object) -> float | None:
    """Return a value where it is a number that can be counted with."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and -_MOST <= value <= _MOST else None


def whole(record: Record, name: str) -> int | None:
    """Return a whole number of a record."""
    value = record.get(name)
    return value if type(value) is int else None


def text(record: Record, name: str) -> str | None:
    """Return a text of a record that is not empty."""
    value = record.get(name)
    return value if isinstance(value, str) and value else None


def _fold_input(story: Story, record: Record) -> None:
    story.size = whole(record, "bytes")
    story.deltas = whole(record, "deltas")
    story.chunks = whole(record, "chunks")
    story.first_chunk = number(record, "first_chunk_ms")
    story.streaming = number(record, "duration_ms")
    story.attempts = max(story.attempts, whole(record, "attempts") or 0)
    story.input_outcome = text(record, "outcome")
    story.is_recovering = False
    if story.streaming is not None and (end := parse_moment(record.get("timestamp"))) is not None:
        began = end - story.streaming / 1000
        story.began = began if story.began is None else min(story.began, began)


def _fold_cut(story: Story, record: Record) -> None:
    _note_error(story, record)
    story.is_recovering = True


def _fold_recovery(story: Story, record: Record) -> None:
    _note_error(story, record)
    story.is_recovering = False


def _fold_correction(story: Story, record: Record) -> None:
    _note_error(story, record)
    story.auto_fixed = text(record, "auto_fixed") or story.auto_fixed


def _note_error(story: Story, record: Record) -> None:
    error = text(record, "error")
    if error and error not in story.errors:
        story.errors.append(error)
    if record.get("source") != "hook":  # there it counts how often the model has failed in a row
        story.attempts = max(story.attempts, whole(record, "attempt") or 0)
    if story.size is None:
        story.size = whole(record, "bytes_received")


def _fold_started(story: Story, record: Record) -> None:
    story.is_started = True
    if story.size is None:
        story.size = whole(record, "size")


def _fold_ended(story: Story, record: Record) -> None:
    story.run_outcome = text(record, "outcome")
    story.running = number(record, "latency_ms")
    story.error_class = text(record, "error_class")
    story.refused = story.error_class if record.get("error") else None  # where there is one, nobody ran it
    if story.size is None:
        story.size = whole(record, "size")


def _fold_rejected(story: Story, record: Record) -> None:
    """What a hook found: an input that the client did not run."""
    _note_error(story, record)
    story.refused = text(record, "error") or text(record, "reason") or story.refused or "rejected"


_FOLDS: dict[str, Callable[[Story, Record], None]] = {
    "tool_input": _fold_input,
    "cut": _fold_cut,
    "recovery": _fold_recovery,
    "correction": _fold_correction,
    "tool_started": _fold_started,
    "tool_ended": _fold_ended,
    "input_rejected": _fold_rejected,
}
