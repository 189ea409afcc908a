"""Documents and authors for a run without a model. PURE. Its one law: the same plan, the same documents, valid and of the expected size.

Each author writes one part after the other, and the part that stands at half of its document needs half of each document that it reads: so
what overlaps in a run of real models overlaps here.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from finestream.handoff.messages import TOOL
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Author, Portion, Route, Script
from finestream.workflow.plan import Assignment, Plan

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What each step hands on."""

_WORDY = 12  # words in a text, where there is room
_WORDS = (
    *("service", "request", "tenant", "invoice", "queue", "retry", "schema", "index", "token", "session", "report", "gateway", "limit"),
    *("audit", "rollout", "metric", "cache", "event", "replica", "contract", "review", "policy", "ledger", "window", "quota", "backup"),
)


def sample(assignment: Assignment, size: int) -> dict[str, Any]:
    """Return a document as the assignment's schema says, of about ``size`` bytes; of the least that it allows, where that is more.

    It grows as documents do: with the items of its lists, and only where there are none with the length of its texts.
    """
    schema = {**assignment.schema, "properties": assignment.schema.get("properties") or {"document": {"type": "string"}}}

    def written(items: int, words: int) -> dict[str, Any]:
        return {name: _value(part, f"{assignment.step} {name}", _Extent(items, words)) for name, part in schema["properties"].items()}

    usual = _WORDY if _size(written(1, _WORDY)) <= size else 1
    items = _largest(lambda number: written(number, usual), size)
    words = _largest(lambda number: written(items, number), size)
    return min(written(items, words), written(items, words + 1), key=lambda document: abs(_size(document) - size))


class _Extent(NamedTuple):
    """How many items a list has, and how many words a text."""

    items: int
    words: int


def _largest(made: Callable[[int], object], size: int) -> int:
    """Return the largest number, from 1, whose document has at most ``size`` bytes; 1 where it does not grow."""
    if _size(made(1)) == _size(made(2)):
        return 1
    high = 1
    while _size(made(high)) <= size:
        high *= 2
    return max(1, bisect_left(range(high), size, key=lambda number: _size(made(number)), lo=1) - 1)


def _size(document: object) -> int:
    return len(json.dumps(document))


def _value(schema: Mapping[str, Any], about: str, extent: _Extent) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    make = _MAKERS.get(str(schema.get("type")))
    return make(schema, about, extent) if make else _text(schema, about, extent)


def _text(schema: Mapping[str, Any], about: str, extent: _Extent) -> str:
    # The words follow from what it is about, so no two texts are the same and each can be found again.
    first = sum(about.encode())
    said = " ".join(_WORDS[(first + 7 * number) % len(_WORDS)] for number in range(extent.words))
    return f"{about}: {said}."


def _list(schema: Mapping[str, Any], about: str, extent: _Extent) -> list[Any]:
    items = schema.get("items", {"type": "string"})
    # A list inside of an item is short, however long the one around it is.
    inside = extent._replace(items=min(2, extent.items))
    return [_value(items, f"{about} {number}", inside) for number in range(1, extent.items + 1)]


def _object(schema: Mapping[str, Any], about: str, extent: _Extent) -> dict[str, Any]:
    parts = schema.get("properties") or _any_names(schema, extent)
    return {name: _value(part, f"{about} {name}", extent) for name, part in parts.items()}


def _any_names(schema: Mapping[str, Any], extent: _Extent) -> dict[str, Any]:
    """Name members where the schema leaves their names to the author."""
    part = schema.get("additionalProperties")
    return {f"part_{number}": part for number in range(1, extent.items + 1)} if isinstance(part, Mapping) else {}


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, _Extent], Any]] = {
    "object": _object,
    "array": _list,
    "integer": lambda schema, about, extent: 1,
    "number": lambda schema, about, extent: 1.5,
    "boolean": lambda schema, about, extent: True,
    "null": lambda schema, about, extent: None,
}


def script_of(plan: Plan, documents: Documents, *, first_token: float = 0.0, tokens_per_second: float = 0.0) -> Script:
    """Return what the simulated model plays when the agents of ``plan`` write ``documents``."""
    routes = tuple(
        Route(match=f'step="{step}"', author=Author(TOOL, tuple(portions(documents, step, assignment.needs))))
        for step, assignment in plan.assignments.items()
    )
    return Script(routes, first_token=first_token, tokens_per_second=tokens_per_second, input_tokens=CALM)


def portions(documents: Documents, step: str, needs: tuple[str, ...]) -> Iterator[Portion]:
    """Cut a document into its members, each with what must have been read before it can be written."""
    members = documents[step]
    for place, (name, value) in enumerate(members.items()):
        after = [_last_text(documents[sender], needed(place, len(members), len(documents[sender]))) for sender in needs]
        yield Portion({name: value}, tuple(filter(None, after)))


def needed(place: int, count: int, others: int) -> int:
    """Return how many members of a document of ``others`` must be there before a reader can write its own number ``place`` of ``count``."""
    return max(1, round((place + 1) / count * others))


def _last_text(document: Mapping[str, Any], members: int) -> str:
    """Return a text that stands at the end of the first ``members`` of a document, as it is written in JSON."""
    values = list(document.values())[:members]
    texts = [text for value in values for text in texts_in(value)]
    return json.dumps(texts[-1], ensure_ascii=False)[1:-1] if texts else ""


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
