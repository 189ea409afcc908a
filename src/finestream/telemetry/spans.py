"""Ending spans as what they have turned out to be. SHELL."""

from __future__ import annotations

from opentelemetry.trace import Span, Status, StatusCode

from finestream.telemetry.values import SpanValue, spelled


def finish(span: Span, value: SpanValue) -> None:
    """Give a span its name and attributes, and end it."""
    span.update_name(spelled(value.name))
    span.set_attributes(value.attributes)
    if value.error:
        span.set_attribute("error.type", value.error)
        span.set_status(Status(StatusCode.ERROR))
    span.end(nanoseconds(value.end))


def nanoseconds(seconds: float) -> int:
    """Return a moment as OpenTelemetry counts it."""
    return round(seconds * 1_000_000_000)
