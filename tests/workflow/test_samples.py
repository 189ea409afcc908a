"""Documents of simulated agents: as their schema says, as large as they are to be, and each text can be found again where it was said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.handoff import Document, Reader
from finestream.handoff.messages import TOOL, Delivery, delivered
from finestream.simulator.script import Author
from finestream.workflow.checking import problems_of
from finestream.workflow.plan import Plan
from finestream.workflow.samples import Documents, needed, portions, sample, script_of, texts_in
from tests.workflow.shipped import agents, alone, plans
from tests.workflow.telling import assignment

TEXT = {"type": "string"}
SIZES = (4096, 11_776, 18_944, 100_000)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("agent", sorted(agents()))
def test_documents_of_the_shipped_agents(agent: str, size: int) -> None:
    own = alone(agent)
    document = sample(own, size)
    assert document == sample(own, size)
    assert list(document) == list(own.parts)
    assert all(document.values()), "a part is empty"
    assert problems_of(document, own.schema) == []
    assert 0.95 * size <= len(json.dumps(document)) <= 1.05 * size
    written = list(said(own.schema, document))
    assert len(written) == len(set(written))


def said(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """The texts of a document that are not one of a few words."""
    if isinstance(value, str) and "enum" not in schema:
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from said(schema.get("properties", {}).get(name) or schema.get("additionalProperties", {}), each)
    elif isinstance(value, list):
        for each in value:
            yield from said(schema.get("items", {}), each)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["low", "high"]}, "low"),
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        (TEXT, "s part: gateway."),
        ({}, "s part: gateway."),
        ({"type": ["string", "null"]}, "s part: gateway."),
        ({"type": "array"}, ["s part 1: rollout."]),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "object"}, {}),
        ({"type": "object", "properties": {"a": TEXT, "b": {"type": "null"}}}, {"a": "s part a: replica.", "b": None}),
        ({"type": "object", "additionalProperties": {"type": "null"}}, {"part_1": None}),
        ({"type": "object", "additionalProperties": False}, {}),
    ],
)
def test_the_least_value_of_each_type(schema: Mapping[str, Any], value: Any) -> None:
    document = sample(replace(assignment("s"), schema={"type": "object", "properties": {"part": schema}}), 0)
    assert problems_of(document, {"properties": {"part": schema}}) == []
    found = document["part"]
    assert shape(found) == shape(value)
    assert list(texts_in(found)) == [text for text in texts_in(found) if text.startswith("s part") or text == "low"]


def shape(value: Any) -> Any:
    """A value without what its texts say."""
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return (type(value), len(value.split(":")) if isinstance(value, str) else value)


def test_an_agent_that_says_nothing_of_its_document_writes_a_text() -> None:
    document = sample(replace(assignment("s"), schema={"type": "object"}), 2000)
    assert list(document) == ["document"]
    assert 1900 <= len(json.dumps(document)) <= 2100


def test_a_schema_without_texts_is_no_reason_to_try_for_ever() -> None:
    numbers = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert sample(replace(assignment("s"), schema=numbers), 2000) == {"n": 1}


@pytest.mark.parametrize("name", sorted(plans()))
def test_what_an_author_waits_for_stands_where_the_part_stands_that_it_needs(name: str) -> None:
    plan = plans()[name]
    documents = {step: sample(own, 11_776) for step, own in plan.assignments.items()}
    for step, own in plan.assignments.items():
        written = list(portions(documents, step, own.needs))
        assert {member: value for portion in written for member, value in portion.members.items()} == documents[step]
        for place, portion in enumerate(written):
            assert len(portion.after) == len(own.needs)
            for sender, text in zip(own.needs, portion.after, strict=True):
                parts = [json.dumps(value) for value in documents[sender].values()]
                assert [text in part for part in parts].index(True) + 1 == needed(place, len(written), len(parts))
                assert sum(text in part for part in parts) == 1


def test_what_cannot_be_recognized_is_not_waited_for() -> None:
    documents: Documents = {"a": {"n": 1}, "b": {"first": "x", "second": [{"deep": ["y"]}, 2]}}
    assert [portion.after for portion in portions(documents, "b", ("a",))] == [(), ()]
    assert [portion.after for portion in portions(documents, "a", ("b",))] == [("y",)]
    quoted = {"a": {"t": 'say "ü"'}, "b": {"t": ""}}
    assert [portion.after for portion in portions(quoted, "b", ("a",))] == [(r"say \"ü\"",)]


@pytest.mark.parametrize("part", [TEXT, {"type": "array", "items": TEXT}])
def test_what_an_author_waits_for_is_heard_whatever_the_parts_are_called(part: Mapping[str, Any]) -> None:
    document = sample(replace(assignment("söhne"), schema={"type": "object", "properties": {"größe": part, 'a "b" <c>': part}}), 3000)
    reader, known = Reader(), Document()
    pieces = reader.feed(json.dumps(document, ensure_ascii=False).encode())
    heard = [(piece.member, delivered([Delivery("söhne", [told])], "m")) for piece in pieces if (told := known.judge(piece))]
    (first,), (second,) = [portion.after for portion in portions({"s": document, "r": {"one": "", "two": ""}}, "r", ("s",))]
    for text, member in [(first, "größe"), (second, 'a "b" <c>')]:
        assert [name for name, message in heard if text in message] == [member]


@given(st.integers(1, 40), st.integers(1, 40))
def test_who_has_written_all_has_read_all_and_nobody_begins_with_nothing(count: int, others: int) -> None:
    read = [needed(place, count, others) for place in range(count)]
    assert (min(read) >= 1, read[-1], read) == (True, others, sorted(read))


def test_every_step_is_played_by_an_author_of_its_own() -> None:
    one, two = assignment("one", receivers=("two",)), assignment("two", ("one",))
    plan = Plan("w", "r", {"one": one, "two": two})
    documents = {step: sample(own, 500) for step, own in plan.assignments.items()}
    script = script_of(plan, documents, first_token=0.5, tokens_per_second=100.0)
    assert (script.first_token, script.tokens_per_second) == (0.5, 100.0)
    assert [route.match for route in script.routes] == ['step="one"', 'step="two"']
    assert [route.author for route in script.routes] == [
        Author(TOOL, tuple(portions(documents, step, own.needs))) for step, own in plan.assignments.items()
    ]
