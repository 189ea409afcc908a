"""What a check has found. PURE. Its one law: what is not fine says what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["fine", "warning", "broken"]
Mend = Callable[[], str] | None
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend``: repairs it and says what was done, where that is ours to do; ``facts``: what was measured, for programs."""

    severity: Severity
    message: str
    fix: str = ""
    mend: Mend = None
    facts: dict[str, object] = field(default_factory=dict)


def fine(message: str, **facts: object) -> Finding:
    """Nothing is wrong."""
    return Finding("fine", message, facts=facts)


def warning(message: str, fix: str, mend: Mend = None, facts: Facts | None = None) -> Finding:
    """It works, but not as it could."""
    return Finding("warning", message, fix, mend, dict(facts or {}))


def broken(message: str, fix: str, mend: Mend = None, facts: Facts | None = None) -> Finding:
    """It does not work."""
    return Finding("broken", message, fix, mend, dict(facts or {}))
