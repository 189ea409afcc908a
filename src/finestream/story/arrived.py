"""What arrived of a tool input, from the records of its call. PURE. Its one law: never more than arrived, and never without saying what
is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OMITTED = re.compile(r"\.\.\.\[(\d+) bytes omitted\]\Z")
_REDACTED = "[redacted]"
_OF_CUTS = ("cut", "recovery", "tool_input")  # everything else that holds a text is about one that ended by itself
_KEY = re.compile(r'\s*("(?:[^"\\]++|\\.)*+")\s*:\s*', re.DOTALL)
_COMMA = re.compile(r"\s*,")
_BEGIN = re.compile(r"\ufeff?\s*\{")
_SOUND = re.compile(r'(?:[^"\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_decode = json.JSONDecoder(strict=False).raw_decode


@dataclass(frozen=True, slots=True)
class Arrived:
    """``text``: what arrived, as it came. ``corrected``: the whole input as it was corrected, if it was. ``remarks``: sentences for the
    reader, what is missing first.
    """

    text: str
    corrected: str | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing can be given, and why."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of one member, as text; ``is_whole`` says whether it ended."""

    value: str
    is_whole: bool


def arrived(records: Sequence[Mapping[str, Any]]) -> Arrived | Missing:
    """Find the longest text of the input that the records of one call hold."""
    held = [(record, _text(record)) for record in records]
    texts = [(record, text) for record, text in held if text]
    if not texts:
        return _nothing(records)
    record, text = max(texts, key=lambda pair: len(pair[1]))
    kept = _OMITTED.sub("", text)
    after = next((str(each["after"]) for each in reversed(records) if isinstance(each.get("after"), str)), None)
    corrected = after if after and not _OMITTED.search(after) else None
    remarks = [*_extent(records, record, kept), *_shortening(text, record, kept), *_fate(records, corrected)]
    return Arrived(kept, corrected, tuple(remarks))


def _text(record: Mapping[str, Any]) -> str:
    held = record.get("INVALID_JSON")
    return held if isinstance(held, str) else ""


def _nothing(records: Sequence[Mapping[str, Any]]) -> Missing:
    for record in records:
        held = record.get("INVALID_JSON")
        if isinstance(held, Mapping) and held.get("omitted"):
            known = f"{held.get('bytes')} bytes with the SHA-256 {held.get('sha256')}"
            return Missing(
                f"the journal was told to keep no content; of this input it knows only that {known} arrived",
                "Set 'journal: {content: on}' in the settings, for the next time.",
            )
    return Missing(
        "nothing of this input is in the journal: what reaches the client whole is not written down",
        "The client has it: see its transcript, or the file that the tool wrote.",
    )


def _extent(records: Sequence[Mapping[str, Any]], record: Mapping[str, Any], kept: str) -> Iterator[str]:
    size = _received(record, kept)
    error, reason = record.get("error"), record.get("reason") or "no reason is told"
    if record.get("event") in _OF_CUTS or error == "incomplete_json":
        yield f"this is incomplete: {size:,} bytes had arrived when it was cut ({error or record.get('outcome') or reason})"
        yield _missing(records, record, size)
    elif error == "unparsed_json":  # a hook was given too little of it to say more
        yield f"{size:,} bytes had arrived, which do not parse; whether they were cut is not known"
    else:
        yield f"all of it had arrived, {size:,} bytes, but it was wrong ({error}: {reason})"


def _missing(records: Sequence[Mapping[str, Any]], record: Mapping[str, Any], size: int) -> str:
    whole = [each["bytes"] for each in records if each.get("outcome") == "continued" and type(each.get("bytes")) is int]
    used, needed = record.get("tokens_used"), record.get("tokens_needed")
    if whole and whole[-1] > size:
        return f"{whole[-1] - size:,} bytes are missing"
    if type(used) is int and type(needed) is int and needed > used > 0:
        return f"about {1 - used / needed:.0%} is missing"
    return "how much is missing is not known"


def _shortening(text: str, record: Mapping[str, Any], kept: str) -> Iterator[str]:
    size, received = _size(kept), _received(record, kept)
    if omitted := _OMITTED.search(text):
        yield f"the journal kept only the first {size:,} bytes (journal.content_limit): {int(omitted[1]):,} more had arrived"
    elif received > size and _REDACTED not in kept:
        yield f"the journal has only the first {size:,} of {received:,} bytes that had arrived"
    if _REDACTED in kept:
        yield f"credentials were taken out of it ({kept.count(_REDACTED)}, each marked {_REDACTED})"


def _fate(records: Iterable[Mapping[str, Any]], corrected: str | None) -> Iterator[str]:
    outcomes = {str(record.get("outcome")) for record in records if record.get("event") == "tool_input"}
    if "continued" in outcomes:
        yield "the call itself was continued, and reached the client whole"
    elif "corrected" in outcomes:
        yield "the call itself was corrected, and reached the client whole"
        if not corrected:
            yield "the corrected text is not in the journal as a whole (journal.content_limit)"


def _received(record: Mapping[str, Any], kept: str) -> int:
    received = record.get("bytes_received", record.get("bytes"))
    return received if type(received) is int else _size(kept)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def parameter(text: str, name: str) -> Parameter | list[str]:
    """Give the value of the top-level member ``name`` of a text that may be cut or malformed; where there is none, its names.

    A string is decoded, up to its end or to the first thing in it that cannot be read; anything else is given as it is spelled.
    """
    names = []
    found: Parameter | None = None
    for key, start, end in _members(text):
        names.append(key)
        if key == name:
            found = Parameter(_value(text[start:end]), True) if end is not None else _open_value(text[start:])
    return names if found is None else found


def _members(text: str) -> Iterator[tuple[str, int, int | None]]:
    """Yield (name, start, end) of the values; the end of one that does not end is None, and nothing is looked for behind it."""
    begin = _BEGIN.match(text)
    pos = begin.end() if begin else -1
    while begin and (key := _KEY.match(text, pos)):
        name = _value(key[1])
        try:
            _, end = _decode(text, key.end())
        except (ValueError, RecursionError):
            yield name, key.end(), None
            return
        behind = text[end : end + 64].lstrip()[:1]
        is_open = (end == len(text) and text[end - 1] not in '"}]') or behind not in ("", ",", "}")  # it may have gone on, or does
        yield name, key.end(), None if is_open else end
        comma = _COMMA.match(text, end)
        if comma is None:
            return
        pos = comma.end()


def _value(spelled: str) -> str:
    try:
        value = json.loads(spelled, strict=False)
    except ValueError:
        return spelled
    return value if isinstance(value, str) else spelled.rstrip()


def _open_value(spelled: str) -> Parameter:
    if not spelled.startswith('"'):
        return Parameter(spelled, False)
    sound = _SOUND.match(spelled, 1)
    inner = sound[0] if sound else ""
    value = str(json.loads(f'"{inner}"', strict=False))
    return Parameter(value[:-1] if "\ud800" <= value[-1:] <= "\udbff" else value, False)
