"""The readings of a text, and the choice between them. PURE. Its one law: two readings are none.

First the rules that cannot change content, alone. Where they get stuck, the fault says which kinds of damage could have caused it; each
kind is one more pass over the text. So the cost is that of a handful of passes, whatever the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from finestream.repair.backslash import find_suspect
from finestream.repair.coercion import coerce
from finestream.repair.cursor import strings_of
from finestream.repair.edits import Draft, Edit, apply, correct
from finestream.repair.evidence import BY_SCHEMA, Guess, is_borne_out
from finestream.repair.findings import find, is_doubtful
from finestream.repair.foreign import is_markup, read_markup
from finestream.repair.frame import read_text
from finestream.repair.literal import GEMMA_QUOTE
from finestream.repair.outcome import Fault, Intact, Refused, Repaired, Stuck
from finestream.repair.proposal import propose
from finestream.repair.rules import REASONS, keeps_content
from finestream.repair.schema import Json, Schema
from finestream.repair.strict import NotJson, encodable, has_repeated_names, parse_strictly

_GUESSES: Final[Mapping[str, Sequence[str]]] = {
    "bare_value": ("add_quotes", "open_quotes", "drop_signs", "quote_strings"),
    "bare_name": ("open_names",),
    "missing_colon": ("add_colons", "close_names"),
    "missing_closer": ("close_objects",),
    "wrong_closer": ("replace_closers", "insert_closer", "insert_brace", "drop_closer"),
    "text_after_value": ("add_braces",),
    "surplus_closer": ("drop_surplus",),
    "unexpected_text": ("keep_quotes", "add_commas", "quote_json", "unquote_json"),
}
"""What may be wrong where a reading got stuck."""

_DOUBLED: Final = re.compile(r"\s*(\{)\s*(\{.*\})\s*(\})\s*", re.DOTALL)
_TORN: Final = re.compile(r"<\|[\"'\\]")


def repair(text: str, schema: Json | None = None, *, keep: str = "") -> Repaired | Refused | Intact:
    """Correct one tool input where it has exactly one reading. Never raises on any text.

    Args:
        text: As it came. The block that held it was ended by the server itself: whether a text was cut cannot be seen in the text.
        schema: The tool's ``input_schema``.
        keep: What has already been sent on: a correction must begin with it.
    Returns:
        ``Intact`` where it parses and nothing certain can be done about it (what looks wrong is in its findings), ``Repaired`` where it
        has one reading, ``Refused`` where it has none or several.
    """
    checked = Schema(schema) if schema is not None else None
    result = _repair(text, checked)
    if isinstance(result, Repaired) and not result.text.startswith(keep):
        return _refused(Fault("already_forwarded", result.changes[0].offset))
    return result


def _repair(text: str, schema: Schema | None) -> Repaired | Refused | Intact:
    try:
        value = parse_strictly(text)
    except NotJson as error:
        return _refused(Fault(error.rule, error.offset)) if error.rule else _mend(text, schema)
    # The client takes a byte order mark, but the places in the text are counted without it.
    draft = correct(Draft(text), [Edit("dropped_byte_order_mark", 0, 1, "")] if text.startswith("\ufeff") else [])
    coerced = coerce(draft, schema, repair) if schema else None
    result = _kept(coerced) if coerced is not None and coerced is not draft else None
    return result if isinstance(result, Repaired) else Intact(value, find(text, value, schema))


def _mend(text: str, schema: Schema | None) -> Repaired | Refused:
    """Find the one reading of a text that does not parse."""
    hopeless = _hopeless(text)
    if hopeless:
        return _refused(hopeless)
    try:
        edits = [_markup(text, schema)] if is_markup(text) else read_text(text)
    except Stuck as stuck:
        return _choose(text, schema, stuck.fault)
    return _judged(text, edits, schema)


def _bared(text: str, schema: Schema | None) -> Iterator[Guess]:
    """Take off a second pair of braces around the input."""
    doubled = _DOUBLED.fullmatch(text)
    if doubled and schema is not None:
        with suppress(NotJson):
            if parse_strictly(doubled[2]):
                yield Guess("drop_braces", [Edit("dropped_braces", *doubled.span(place), "") for place in (1, 3)])


def _judged(text: str, edits: Sequence[Edit], schema: Schema | None) -> Repaired | Refused:
    draft = check_reading(text, edits)
    if isinstance(draft, Fault):
        return _refused(draft)
    fitted = _fitted(draft, schema)
    if fitted is None:
        return _refused(Fault("schema", None))
    return _kept(fitted)


def _kept(draft: Draft) -> Repaired | Refused:
    """Accept a draft whose strings show no damage: it may be old, but a correction would pass it off as sound."""
    value = parse_strictly(draft.text)
    if not isinstance(value, dict | list):
        return _refused(Fault("not_an_object", None))
    if has_repeated_names(draft.text):
        return _refused(Fault("repeated_name", None))
    if is_doubtful(value):
        return _refused(Fault("damaged_content", None))
    return Repaired(draft.text, value, draft.changes)


def _hopeless(text: str) -> Fault | None:
    """Say whether content is lost for certain, whatever else is wrong."""
    if not text.strip():
        return Fault("empty", 0)
    if "\ufffd" in text:
        return Fault("lost_characters", text.index("\ufffd"))
    # What is left of Gemma's quotes where streaming tore them apart (vllm-project/vllm#38946).
    torn = _TORN.search(text.replace(GEMMA_QUOTE, " " * len(GEMMA_QUOTE)))
    return Fault("torn_markup", torn.start()) if torn else None


def _markup(text: str, schema: Schema | None) -> Edit:
    members = (schema.declared() if schema else None) or {}
    types = {name: schema.types((name,)) for name in members} if schema else {}
    strings = [name for name, named in types.items() if named == {"string"}]
    return read_markup(text, strings, [name for name, named in types.items() if named and "string" not in named])


def _choose(text: str, schema: Schema | None, fault: Fault) -> Repaired | Refused:
    """Take the guesses that can explain the fault, each alone, and accept what they agree on."""
    found: dict[str, Repaired] = {}
    for guess in _guesses(text, schema, fault):
        result = _judged(text, guess.edits, schema)
        if isinstance(result, Refused) and result.rule == "damaged_content":
            return result  # it is a reading all the same, so any other would be the second
        if isinstance(result, Repaired) and is_borne_out(guess, result, schema):
            found.setdefault(json.dumps(result.value), result)
    if len(found) == 1:
        return next(iter(found.values()))
    return _refused(Fault("ambiguous", fault.offset) if found else fault)


def _guesses(text: str, schema: Schema | None, fault: Fault) -> Iterator[Guess]:
    for name in _GUESSES.get(fault.rule, ()):
        if schema is not None or name not in BY_SCHEMA:
            with suppress(Stuck):
                yield Guess(name, read_text(text, name))
    if fault.rule == "bare_name":
        with suppress(ValueError):
            yield from _unescaped(text, encodable(json.loads(f'"{text.strip()}"')))
        yield from _bared(text, schema)
    proposed = propose(text) if schema is not None else None
    if schema is not None and proposed and all(schema.types(path) == {"string"} for path in proposed.bare):
        yield Guess("proposal", proposed.edits)


def _unescaped(text: str, inner: str) -> Iterator[Guess]:
    """Read the text as the inside of a string: a model that escaped everything once too often. Or only the quotes: then paths tell."""
    if find_suspect(inner, strings_of(inner, 0, len(inner))) is None:
        yield Guess("unescape", [Edit("unescaped_once", 0, len(text), inner)])


def check_reading(text: str, edits: Sequence[Edit]) -> Draft | Fault:
    """Carry out a reading's edits, and check what comes out as if it came from a stranger."""
    corrected = apply(text, edits)
    unlawful = next((edit for edit in edits if not keeps_content(edit.rule, text[edit.start : edit.end], edit.after)), None)
    try:
        parse_strictly(corrected)
    except NotJson as error:
        return Fault(error.rule or "ambiguous", None)
    fault = Fault("ambiguous", unlawful.start) if unlawful else Fault("repeated_name", None) if has_repeated_names(corrected) else None
    return fault or correct(Draft(text), edits)


def _fitted(draft: Draft, schema: Schema | None) -> Draft | None:
    """Return the draft if the schema holds for it, or what can be coerced of it."""
    if schema is None or schema.misfits(parse_strictly(draft.text)) is None:
        return draft
    return coerce(draft, schema, repair)


def _refused(fault: Fault) -> Refused:
    return Refused(fault.rule, REASONS[fault.rule], fault.offset)
