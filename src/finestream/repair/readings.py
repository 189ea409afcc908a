"""The readings of a text, and the choice between them. PURE. Its one law: two readings are none.

First the rules that cannot change content, alone. Where they get stuck, the fault says which kinds of damage could have caused it; each
kind is one more pass over the text. So the cost is that of a handful of passes, whatever the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from finestream.repair.backslash import find_suspect
from finestream.repair.coercion import coerce
from finestream.repair.cursor import strings_of
from finestream.repair.edits import Draft, Edit, apply, correct
from finestream.repair.findings import find, is_doubtful
from finestream.repair.foreign import is_markup, read_markup
from finestream.repair.frame import read_text
from finestream.repair.literal import GEMMA_QUOTE
from finestream.repair.locate import Path
from finestream.repair.outcome import Fault, Intact, Refused, Repaired, Stuck
from finestream.repair.proposal import propose
from finestream.repair.rules import REASONS, keeps_content
from finestream.repair.schema import Json, Schema
from finestream.repair.strict import NotJson, encodable, has_repeated_names, parse_strictly

_GUESSES: Final[Mapping[str, Sequence[str]]] = {
    "bare_value": ("add_quotes", "open_quotes"),
    "bare_name": ("open_names",),
    "missing_colon": ("add_colons",),
    "missing_closer": ("close_objects",),
    "wrong_closer": ("replace_closers", "insert_closer", "drop_closer"),
    "text_after_value": ("add_braces",),
    "surplus_closer": ("drop_surplus",),
    "unexpected_text": ("keep_quotes", "add_commas", "quote_json", "unquote_json"),
}
"""What may be wrong where a reading got stuck."""

_BY_SCHEMA: Final = frozenset(
    ("open_names", "add_colons", "quote_json", "unquote_json", "close_objects", "insert_closer", "drop_closer", "drop_surplus", "proposal")
)
"""Guesses that nothing in the text can prove: only a schema that declares every member can."""

_MOVABLE: Final[Mapping[str, bool]] = {"close_objects": True, "insert_closer": True, "drop_closer": False, "drop_surplus": False}
"""Guesses about one bracket, and whether it is missing (or too many)."""

_TORN: Final = re.compile(r"<\|[\"'\\]")


class _Guess(NamedTuple):
    """A reading that supposes one kind of damage."""

    name: str
    edits: list[Edit]


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
        if isinstance(result, Repaired) and _is_borne_out(guess, result.value, schema):
            found.setdefault(json.dumps(result.value), result)
    if len(found) == 1:
        return next(iter(found.values()))
    return _refused(Fault("ambiguous", fault.offset) if found else fault)


def _guesses(text: str, schema: Schema | None, fault: Fault) -> Iterator[_Guess]:
    for name in _GUESSES.get(fault.rule, ()):
        if schema is not None or name not in _BY_SCHEMA:
            with suppress(Stuck):
                yield _Guess(name, read_text(text, name))
    if fault.rule == "bare_name":
        with suppress(ValueError):
            yield from _unescaped(text, encodable(json.loads(f'"{text.strip()}"')))
    proposed = propose(text) if schema is not None else None
    if schema is not None and proposed and all(schema.types(path) == {"string"} for path in proposed.bare):
        yield _Guess("proposal", proposed.edits)


def _unescaped(text: str, inner: str) -> Iterator[_Guess]:
    """Read the text as the inside of a string: a model that escaped everything once too often. Or only the quotes: then paths tell."""
    if find_suspect(inner, strings_of(inner, 0, len(inner))) is None:
        yield _Guess("unescape", [Edit("unescaped_once", 0, len(text), inner)])


def _is_borne_out(guess: _Guess, value: object, schema: Schema | None) -> bool:
    """Say whether the schema, if it declares members at all, knows what a guess has found; some guesses need that it does."""
    declared = schema.declared() if schema else None
    if schema is None or declared is None:
        return guess.name not in _BY_SCHEMA
    if not isinstance(value, dict) or not value.keys() <= declared.keys():
        return False
    if guess.name in _MOVABLE and any(_may_move(part, path, schema, is_missing=_MOVABLE[guess.name]) for path, part in _objects(value)):
        return False
    return guess.name != "close_objects" or _is_whole(value, len(guess.edits[-1].after), schema)


def _may_move(value: dict[str, object], path: Path, schema: Schema, *, is_missing: bool) -> bool:
    """Say whether the brace may be missing, or too many, somewhere inside: the members behind it would belong elsewhere, and may."""
    behind: set[str] = set()
    outer = schema.declared(path)
    for name, inner in reversed(value.items()):
        if isinstance(inner, dict):
            home = outer if is_missing else schema.declared((*path, name))
            moved, known = (inner.keys(), value) if is_missing else (behind, inner)
            if any(other not in known for other in (moved if home is None else home.keys() & moved)):
                return True
        behind.add(name)
    return False


def _objects(value: object) -> Iterator[tuple[Path, dict[str, object]]]:
    """Go through all objects of a value, without recursion."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict):
            yield path, part
            waiting += [((*path, name), inner) for name, inner in part.items()]
        elif isinstance(part, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(part)]


def _is_whole(value: object, depth: int, schema: Schema) -> bool:
    """Say whether nothing more could have come in the containers that were open at the end, so that closing them hides nothing."""
    path: tuple[str, ...] = ()
    for _ in range(depth):
        declared = schema.declared(path)
        if not isinstance(value, dict) or declared is None or not declared.keys() <= value.keys() or not schema.is_closed(path):
            return False
        last = list(value)[-1]
        value, path = value[last], (*path, last)
    return True


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
