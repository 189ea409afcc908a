"""What a repair can come to. PURE. Its one law: nothing here can be changed after it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Change:
    """One correction.

    ``rule`` names it (the table is in ``rules``), ``offset`` counts characters of the original text, ``path`` says which value it is
    about (``$.edits[0].oldText``; ``$`` is the whole input), ``before`` and ``after`` are exact.
    """

    rule: str
    offset: int
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The text had exactly one reading: ``text`` is that reading as JSON and ``value`` what it parses to."""

    text: str
    value: object
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The text does not parse and has no reading that is certain. ``reason`` is a sentence for the user, ``offset`` counts characters."""

    rule: str
    reason: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class Intact:
    """The text parses and is left as it is. ``findings`` say what looks wrong all the same, each as ``rule: sentence``."""

    value: object
    findings: tuple[str, ...] = ()


class Fault(NamedTuple):
    """Where a reading got stuck, and on which rule."""

    rule: str
    offset: int | None


class Stuck(Exception):
    """A reading cannot go on. It never leaves the package: a turn of the search, no error."""

    def __init__(self, rule: str, offset: int) -> None:
        super().__init__(rule)
        self.fault = Fault(rule, offset)
