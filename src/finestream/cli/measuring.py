"""The figures of a project, as the commands that show them get them. SHELL. Its one law: whoever asks for a span gets the same values."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from finestream.cli.config import load_settings
from finestream.cli.journals import iso
from finestream.cli.running import tell
from finestream.errors import JournalError
from finestream.figures import Report, Span, Trend, period_of, span_of
from finestream.index import Measured, measure
from finestream.journal import FOLDER
from finestream.quantities import seconds
from finestream.settings import Settings

SINCE = "24h"


@dataclass(frozen=True, slots=True)
class Reading:
    """A report, and the files that it was counted from."""

    report: Report
    sources: list[dict[str, Any]]

    def data(self) -> dict[str, Any]:
        """Return both as JSON values."""
        return {**self.report.data(utc), "sources": self.sources}


def utc(moment: float) -> str:
    """Write a moment as the journal does."""
    return iso(moment) or ""


def parse_since(text: str) -> float:
    """Read a length of time from the command line."""
    try:
        return seconds("1m", "3650d")(text)
    except ValueError as error:
        raise click.UsageError(f"--since {error}") from None


def limits_of(project: Path) -> dict[str, float]:
    """Return the limits of figures that raise an alert; warnings of settings are told."""
    settings, warnings = load_settings(project)
    for warning in warnings:
        tell(warning)
    return limits(settings)


def limits(settings: Settings) -> dict[str, float]:
    """Return the limits by the name of the figure."""
    return {
        "first_chunk_seconds": settings.alert_latency,
        "incomplete_json_rate": settings.alert_incomplete,
        "fallback_rate": settings.alert_fallback,
    }


def folder_of(project: Path) -> Path:
    """Return where the journal of a project is.

    Raises:
        JournalError: It has none.
    """
    folder = project / FOLDER
    if not folder.is_dir():
        fix = "Name the project with --project, or run a session with 'finestream claude'."
        raise JournalError("there is no journal yet", fix, path=str(folder))
    return folder


def read(folder: Path, since: float, alert_limits: dict[str, float]) -> Reading:
    """Measure the time from so many seconds ago until now."""
    return read_span(folder, span_of(time.time(), since), alert_limits)


def read_trend(folder: Path, since: float, alert_limits: dict[str, float]) -> tuple[Reading, Trend]:
    """Measure the time from so many seconds ago until now, and how it came about: both from the same look."""
    span = span_of(time.time(), since)
    every = period_of(span)
    measured = measure(folder, span, every)
    return _reading(measured, span, alert_limits), Trend(span, every, measured.periods)


def read_span(folder: Path, span: Span, alert_limits: dict[str, float]) -> Reading:
    """Measure a span.

    Raises:
        JournalError: The journal cannot be read.
    """
    return _reading(measure(folder, span), span, alert_limits)


def _reading(measured: Measured, span: Span, alert_limits: dict[str, float]) -> Reading:
    return Reading(Report(span, measured.agents, alert_limits, measured.begins, measured.damaged), measured.sources)
