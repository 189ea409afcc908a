"""What a schema may cost. PURE. Its one law: no schema takes longer than its budget, whoever wrote it; past that it says nothing.

A schema is foreign text: that of a tool comes from whoever serves the tool, that of a document from a project. Ten lines of references can
stand for a billion checks, and a pattern for a search without end, in which nothing else in this process would move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

STEPS: Final = 50_000
"""Keywords applied to values; half a second. What agents write needs some thousands."""
_MANY: Final = 2_000
"""Values for which that is enough; for each one beyond, which somebody has to write first, there is `_EACH` more."""
_EACH: Final = 4
_LONGEST: Final = 200
"""Characters that a pattern is searched in, and items that are compared with each other."""
_REPEATS: Final = 2
"""Of a pattern that have no near end: the time of a search is that power of the length, or one more."""
_NEAR: Final = 8


class Exhausted(Exception):
    """The budget is used up, or cannot be kept."""


class Budget:
    """Counts what is done for one question."""

    def __init__(self) -> None:
        self.left = STEPS

    def allow(self, value: Any, steps: int = STEPS) -> None:
        """Begin a question about ``value``: long lists need no more for each item than short ones do."""
        self.left = steps + _EACH * max(0, _values(value) - _MANY)

    def bounded(self, kind: Any, schema: Mapping[str, Any], registry: Any) -> Any:
        """Return a validator of the class ``kind`` that keeps to this budget.

        Raises:
            Exhausted: Somewhere in the schema another class is named, which would keep to none.
        """
        from jsonschema.validators import extend

        own = {name: rule for name, rule in schema.items() if name != "$schema"}
        if _names_another(own):
            raise Exhausted
        counted = {name: self._counted(_BOUNDED.get(name, keyword)) for name, keyword in kind.VALIDATORS.items()}
        return extend(kind, counted)(own, registry=registry)  # type: ignore[no-untyped-call]  # the library is typed but for this

    def _counted(self, keyword: Callable[..., Any]) -> Callable[..., Any]:
        def apply(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
            self.left -= 1 + (len(rule) // 64 if isinstance(rule, (list, dict)) else 0)
            if self.left < 0:
                raise Exhausted
            return keyword(validator, rule, value, schema)

        return apply


def _values(value: Any) -> int:
    """Count the values in a value, itself among them, without recursion."""
    found, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        found += 1
        waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return found


def _names_another(schema: Any) -> bool:
    """Look without recursion: a schema may be nested as deeply as JSON may."""
    waiting = [schema]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict) and isinstance(found.get("$schema"), str):
            return True
        waiting += found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return False


def _pattern(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
    from jsonschema._keywords import pattern

    return pattern(validator, rule, value, schema) if isinstance(value, str) and _is_quick(rule, value) else None


def _pattern_properties(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
    from jsonschema._keywords import patternProperties

    if not isinstance(value, dict) or not all(_is_quick(each, name) for each in rule for name in value):
        return None
    return patternProperties(validator, rule, value, schema)


def _additional_properties(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
    """What no pattern matches is additional; where the patterns are not asked, nothing is known to be."""
    from jsonschema._keywords import additionalProperties

    patterns = schema.get("patternProperties", ())
    if isinstance(value, dict) and not all(_is_quick(each, name) for each in patterns for name in value):
        return None
    return additionalProperties(validator, rule, value, schema)


def _unique_items(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
    from jsonschema._keywords import uniqueItems

    return uniqueItems(validator, rule, value, schema) if isinstance(value, list) and len(value) <= _LONGEST else None


_BOUNDED: Final[Mapping[str, Callable[..., Any]]] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}


def _is_quick(pattern: str, text: str) -> bool:
    return len(text) <= _LONGEST and _is_plain(pattern)


@lru_cache(maxsize=256)
def _is_plain(pattern: str) -> bool:
    """Say whether a search for a pattern takes no longer than it looks: nothing that is repeated repeats something or has a choice in it.

    Raises:
        re.error: It is no pattern.
    """
    from re import _parser  # type: ignore[attr-defined]  # the only one who knows what a pattern means

    return 0 <= _repeats(_parser.parse(pattern), is_inside=False) <= _REPEATS


def _repeats(parsed: Any, *, is_inside: bool) -> int:
    """Count the repeats without a near end; a number below zero: it may take longer than that says."""
    total = 0
    for kind, value in parsed:
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            inner = -1 if is_inside else _repeats(value[2], is_inside=True)
            total += -1000 if inner < 0 else int(value[1] > _NEAR)
        elif name == "BRANCH":
            total += -1000 if is_inside else sum(_repeats(each, is_inside=False) for each in value[1])
        elif name == "SUBPATTERN":
            total += _repeats(value[3], is_inside=is_inside)
        elif name not in ("LITERAL", "NOT_LITERAL", "IN", "ANY", "AT"):
            total += -1000
    return total
