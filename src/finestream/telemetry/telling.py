"""Spans and measurements, given to the SDK as things happen. SHELL.

Its one law: a fault in here costs nobody a stream: it is said once, and telemetry is silent from then on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import default_getter
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from finestream.telemetry import streams
from finestream.telemetry.instruments import INSTRUMENTS, Instrument
from finestream.telemetry.running import Run
from finestream.telemetry.sdk import Sdk, Tell
from finestream.telemetry.spans import finish, nanoseconds
from finestream.telemetry.values import EventValue, Measure, Record

_MOST_EVENTS = 100  # of one stream that wait for the span they belong to
_CARRIER = TraceContextTextMapPropagator()
_P = ParamSpec("_P")


class Book(Protocol):
    """Where records are written, whoever else hears of them."""

    def event(self, record: Mapping[str, Any], /) -> None: ...
    def error(self, record: Mapping[str, Any], /) -> None: ...


def _guarded(method: Callable[Concatenate[Telemetry, _P], None]) -> Callable[Concatenate[Telemetry, _P], None]:
    """Let nothing out of a method that somebody calls in the middle of a stream."""

    @wraps(method)
    def guarded(self: Telemetry, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if self.is_silent:
            return
        try:
            method(self, *args, **kwargs)
        except Exception as fault:  # ours, or the SDK's: the stream that is being told of must go on
            self.is_silent = True
            self._tell(f"telemetry has failed and is silent from now on: {type(fault).__name__}")

    return guarded


class Telemetry:
    """The observer of a gateway, and of the runs in its process."""

    def __init__(self, sdk: Sdk, tell: Tell, name: Callable[[str], str | None] = lambda _: None) -> None:
        self.is_silent = False
        self._tell = tell
        self._name = name
        self._tracer = sdk.tracer
        self._streams: dict[str, _Stream] = {}
        self._runs: list[Run] = []
        self._record = {name: _recorder(sdk.meter, name, instrument) for name, instrument in INSTRUMENTS.items()}

    # -- streams ---------------------------------------------------------------------------------------------------------------------------

    @_guarded
    def began(self, record: Record) -> None:
        """Take note of a response that begins."""
        parent = _CARRIER.extract(record["carrier"], getter=default_getter)
        step = next((span for run in self._runs if (span := run.step_of(record.get("session_id"), record.get("agent_from")))), None)
        has_parent = trace.get_current_span(parent).get_span_context().is_valid
        links = [Link(step.get_span_context())] if step and has_parent else []
        context = parent if has_parent or step is None else trace.set_span_in_context(step, Context())
        span = self._tracer.start_span("chat", context, SpanKind.CLIENT, links=links, start_time=nanoseconds(record["at"]))
        self._streams[record["stream"]] = _Stream(span, record)
        self._record["finestream.streams.open"](1, {})

    @_guarded
    def ended(self, record: Record) -> None:
        """Take note of its end."""
        stream = self._streams.pop(record["stream"], None)
        if stream is None:
            return
        self._record["finestream.streams.open"](-1, {})
        named = self._named(record)
        for at, event, _ in stream.events:
            stream.span.add_event(event.name, event.attributes, nanoseconds(at))
        finish(stream.span, streams.request_span(stream.began, named))
        self.measure(streams.response_measures(stream.began, named))

    @_guarded
    def record(self, record: Record) -> None:
        """Take note of what the gateway has written into the journal."""
        named = {**self._named(record), "at": time.time()}
        self.measure(streams.record_measures(named))
        stream = self._streams.get(str(record.get("stream")))
        if stream is None:
            return
        event = streams.event_of(named)
        if event and len(stream.events) < _MOST_EVENTS:
            stream.events.append((named["at"], event, named.get("tool_use_id")))
        if record.get("event") == "tool_input":
            self._tell_input(stream, named)

    def hearing(self, book: Book) -> Told:
        """Return a book that writes into another, and tells of it."""
        return Told(book, self)

    def _tell_input(self, stream: _Stream, record: Record) -> None:
        value = streams.input_span(record)
        span = self.begin(value.name, stream.span, value.start)
        own = [each for each in stream.events if each[2] == record.get("tool_use_id")]
        for at, event, _ in own:
            span.add_event(event.name, event.attributes, nanoseconds(at))
        stream.events = [each for each in stream.events if each not in own]
        finish(span, value)

    def _named(self, record: Record) -> dict[str, Any]:
        agent_id = record.get("agent_id")
        name = self._name(agent_id) if agent_id and record.get("agent_from") == agent_id else None
        return {**record, "agent_from": name} if name else dict(record)

    # -- runs ------------------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def run(self, run: str, workflow: str, agents: Mapping[str, str]) -> Iterator[Callable[[str, Record], None]]:
        """Tell of a run as long as the context lasts. ``agents``: by step. Yields what is to hear of each entry."""
        told = Run(self, run, workflow, agents)
        self._runs.append(told)
        try:
            self._do(told.begin)
            yield lambda step, entry: self._do(told.take, step, entry)
        finally:
            self._do(told.end)
            self._runs.remove(told)

    @_guarded
    def _do(self, work: Callable[..., None], *about: object) -> None:
        work(*about)

    # -- the SDK ---------------------------------------------------------------------------------------------------------------------------

    def begin(self, name: str, parent: Span | None, at: float, links: list[Span] | None = None) -> Span:
        """Begin a span of what happens in this process."""
        context = trace.set_span_in_context(parent, Context()) if parent else Context()
        there = [Link(span.get_span_context()) for span in links or []]
        return self._tracer.start_span(name, context, SpanKind.INTERNAL, links=there, start_time=nanoseconds(at))

    def measure(self, measures: Iterator[Measure]) -> None:
        """Record measurements."""
        for measure in measures:
            self._record[measure.instrument](measure.value, measure.attributes)


class _Stream:
    """A response that is open: its span, how it began, and what happened and belongs to no tool input yet."""

    def __init__(self, span: Span, began: Record) -> None:
        self.span = span
        self.began = began
        self.events: list[tuple[float, EventValue, object]] = []


class Told:
    """A book whose records are told, too."""

    def __init__(self, book: Book, telemetry: Telemetry) -> None:
        self._book = book
        self._telemetry = telemetry

    def event(self, record: Mapping[str, Any], /) -> None:
        """Write one line, and tell of it."""
        self._book.event(record)
        self._telemetry.record(record)

    def error(self, record: Mapping[str, Any], /) -> None:
        """Write one line; each of these is one of the events as well."""
        self._book.error(record)


def _recorder(meter: Any, name: str, instrument: Instrument) -> Callable[[float, Mapping[str, Any]], None]:
    """Make an instrument, and return how a value gets into it."""
    make = {"histogram": meter.create_histogram, "counter": meter.create_counter, "up_down": meter.create_up_down_counter}[instrument.kind]
    more = {"explicit_bucket_boundaries_advisory": instrument.buckets} if instrument.buckets else {}
    made = make(name, unit=instrument.unit, description=instrument.description, **more)
    record: Callable[[float, Mapping[str, Any]], None] = made.record if instrument.kind == "histogram" else made.add
    return record
