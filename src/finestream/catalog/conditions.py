"""Conditions of steps: ``when: request contains "hipaa" or architect.deployment == kubernetes``. PURE: text -> condition -> yes or no.

Its one law: a condition never fails. What is not there is nothing, and nothing is false, equal to nothing and contained in nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

REQUEST = "request"
"""What the user asked for, as a text."""


@dataclass(frozen=True, slots=True)
class Term:
    """``subject`` alone asks whether something is there. ``path``: what to look for inside the document of a step."""

    subject: str
    path: tuple[str, ...]
    operator: Literal["", "==", "!=", "contains"] = ""
    value: Any = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Terms, all of which or one of which must hold."""

    text: str
    terms: tuple[Term, ...]
    needs_all: bool

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps whose documents it looks into."""
        return tuple(dict.fromkeys(term.subject for term in self.terms if term.subject != REQUEST))

    def holds(self, request: str, documents: Mapping[str, Any]) -> bool:
        """Judge; ``documents``: what each step has handed on so far."""
        return (all if self.needs_all else any)(_holds(term, {**documents, REQUEST: request}) for term in self.terms)


_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|==|!=|[^\s"=!]+)')
_SUBJECT = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_JOINTS = ("and", "or")


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ValueError: Its text says what is wrong.
    """
    words = _tokens(text)
    joints = {word for word in words if word in _JOINTS}
    if len(joints) > 1:
        raise ValueError(f"mixes 'and' with 'or': '{text}'")
    groups: list[list[str]] = [[]]
    for word in words:
        if word in _JOINTS:
            groups.append([])
        else:
            groups[-1].append(word)
    return Condition(text, tuple(_term(group, text) for group in groups), joints != {"or"})


def _tokens(text: str) -> list[str]:
    words, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot be read from '{text[at:][:40].strip()}' on")
        words.append(match[1])
        at = match.end()
    return words


def _term(words: list[str], text: str) -> Term:
    is_negated = words[:1] == ["not"]
    match words[is_negated:]:
        case [subject] if _SUBJECT.fullmatch(subject):
            name, *path = subject.split(".")
            return Term(name, tuple(path), is_negated=is_negated)
        case [subject, ("==" | "!=" | "contains") as operator, value] if _SUBJECT.fullmatch(subject):
            name, *path = subject.split(".")
            return Term(name, tuple(path), operator, _value(value), is_negated)
    raise ValueError(f"must be such as 'request contains \"hipaa\"' or 'architect.overview', not '{text}'")


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except (ValueError, RecursionError):  # a bare word
        return word


def _holds(term: Term, documents: Mapping[str, Any]) -> bool:
    found = documents.get(term.subject)
    for key in term.path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if term.operator == "":
        is_so = bool(found)
    elif term.operator == "contains":
        is_so = _contains(found, term.value)
    else:
        is_so = (found == term.value) == (term.operator == "==")
    return is_so != term.is_negated


def _contains(found: Any, value: Any) -> bool:
    """Look into a text without regard to case, into a list for an item, into a mapping for a key."""
    if isinstance(found, str):
        return str(value).casefold() in found.casefold()
    if isinstance(found, Mapping):
        return str(value) in found
    return isinstance(found, list) and value in found
