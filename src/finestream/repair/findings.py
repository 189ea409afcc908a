"""What looks wrong in a value that parses. PURE. Its one law: it is said, never changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from finestream.repair.locate import Path, show
from finestream.repair.schema import Schema
from finestream.repair.strict import has_repeated_names

_SWALLOWED: Final = re.compile(r'[^"]*",\s*"[\w$-]+"\s*:')
_MARKUP: Final = re.compile(r"</?(?:antml:)?(?:parameter|invoke|function_calls|tool_call)\b")
_LOST_ESCAPE: Final = re.compile(r"(?:^|\W)[A-Za-z]:[\n\t\r\b\f]\w")

_CLOSING: Final = re.compile(r"</([\w:.-]++)>\s*+\Z")
_NEXT: Final = re.compile(r"</([\w:.-]++)>\s*+<(?:antml:)?parameter\s")
_LONGEST_TAG: Final = 200
_OURS: Final = ("parameter", "invoke", "function_calls", "tool_call")

# One of these is in every string that a check could find fault with.
_ANY: Final = re.compile("\ufffd" r'|</?[A-Za-z_]|",|:[\n\t\r\b\f]|:[ \n]*\Z')


def _breaks_off(string: str, name: str) -> bool:
    return string.rstrip(" \n").endswith(":") and string.endswith("\n")


_CHECKS: Final[Mapping[str, tuple[Callable[[str, str], object], str]]] = {
    "replacement_character": (lambda string, _: "\ufffd" in string, "characters were lost on the way (U+FFFD); what they were is gone"),
    "swallowed_members": (lambda string, _: _SWALLOWED.match(string), "the string holds what look like the members that should follow it"),
    "leaked_markup": (
        lambda string, name: _MARKUP.search(string) or (name and f"</{name}>" in string),
        "the string holds tool-call markup; parameters behind it may have been swallowed",
    ),
    "lost_backslash": (lambda string, _: _LOST_ESCAPE.search(string), "a path seems to have lost a backslash to an escape"),
    "ends_abruptly": (_breaks_off, "the text stops right behind a colon; something may be missing"),
}


def is_damaged(value: object) -> bool:
    """Say whether content is certainly lost, so that no correction of the rest is worth anything."""
    return any("\ufffd" in string or _SWALLOWED.match(string) for _, string in _strings(value))


def is_doubtful(value: object) -> bool:
    """Say whether content seems to be lost: a path lost a backslash, or the end of a parameter that begins elsewhere stands in one."""
    doubts = (_LOST_ESCAPE.search(string) or _is_left_over(string, path[-1] if path else "") for path, string in _strings(value))
    return any(doubts) or is_damaged(value)


def _is_left_over(string: str, name: str | int) -> bool:
    """Say whether the end of a parameter ends a string, or has the next one behind it."""
    last = _CLOSING.search(string, max(0, len(string) - _LONGEST_TAG))
    ends = (*_NEXT.finditer(string), *([last] if last else ()))
    return any((end[1] == name or end[1].removeprefix("antml:") in _OURS) and string.find(f"<{end[1]}", 0, end.start()) < 0 for end in ends)


def find(text: str, value: object, schema: Schema | None) -> tuple[str, ...]:
    """List what looks wrong, each as ``rule: path: sentence``."""
    return tuple(dict.fromkeys((*_whole(text, value, schema), *_parts(value), *_by_schema(value, schema))))


def _whole(text: str, value: object, schema: Schema | None) -> Iterator[str]:
    if has_repeated_names(text):
        yield "repeated_name: $: an object gives one name twice; only the last value counts"
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        yield "double_encoded: $: the whole input was sent as a string"
    elif not isinstance(value, dict):
        yield "not_an_object: $: a tool's input must be an object"
    elif not value and (schema is None or schema.required()):
        yield "empty_input: $: the input is empty; its text may never have arrived"


def _parts(value: object) -> Iterator[str]:
    for path, string in _strings(value):
        if not _ANY.search(string):
            continue
        name = path[-1] if path and isinstance(path[-1], str) else ""
        for rule, (check, sentence) in _CHECKS.items():
            if check(string, name):
                yield f"{rule}: {show(path)}: {sentence}"


def _by_schema(value: object, schema: Schema | None) -> Iterator[str]:
    misfits = schema.misfits(value) if schema else []
    if misfits is None:
        yield "schema_unusable: $: the tool's schema cannot be used, so the input was not checked against it"
    for misfit in misfits or ():
        yield f"schema_{misfit.keyword}: {show(misfit.path)}: {misfit.message}"


def _strings(value: object) -> Iterator[tuple[Path, str]]:
    """Go through all strings of a value, without recursion."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, str):
            yield path, part
        elif isinstance(part, dict):
            waiting += [((*path, name), inner) for name, inner in reversed(part.items())]
        elif isinstance(part, list):
            waiting += [((*path, index), part[index]) for index in reversed(range(len(part)))]
