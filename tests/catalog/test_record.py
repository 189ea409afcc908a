"""Records: what is wrong is noted with its line, and reading goes on."""

from __future__ import annotations

import pytest

from finestream.catalog.findings import Finding
from finestream.catalog.record import Record, nearest
from finestream.catalog.tree import Fields, parse_tree
from finestream.catalog.values import percentage


def record(text: str, path: str = "agents/one.md") -> tuple[Record, list[Finding]]:
    node = parse_tree(text)
    assert isinstance(node, Fields)
    findings: list[Finding] = []
    return Record(path, node, findings), findings


@pytest.mark.parametrize("path", ["one.md", "/a/b.c/one.md", r"C:\agents\one.md"])
def test_a_file_is_known_by_its_name_without_the_ending(path: str) -> None:
    assert record("a: 1", path)[0].stem == "one"


def test_a_text_is_given_without_blanks_around_it() -> None:
    read, findings = record("a: ' x '\nb:\nc: [1]\n")
    assert [read.text(key) for key in "abcd"] == ["x", None, None, None]
    assert [(each.line, each.message) for each in findings] == [(3, "'c' must be a text, not a list")]


def test_a_value_that_cannot_be_obeyed_is_noted() -> None:
    read, findings = record("a: 5%\nb: x\nexpected_param_size: 0\n")
    assert [read.value(key, percentage) for key in "abc"] == [5.0, None, None]
    assert read.size() is None
    assert [(each.rule, each.line) for each in findings] == [("bad-value", 2), ("impossible-size", 3)]


def test_words_are_a_list_or_a_text_with_commas() -> None:
    read, findings = record("a: Read, Write,\nb: [Read, Write]\nc: [[Read]]\nd: {}\ne:\nf: []\n")
    assert [read.words(key) for key in "abcdefg"] == [("Read", "Write"), ("Read", "Write"), None, None, (), (), None]
    assert [(each.rule, each.line) for each in findings] == [("wrong-type", 3), ("wrong-type", 4)]


def test_a_mapping_within() -> None:
    read, findings = record("a: {b: 1}\nc: 1\n")
    inner = read.record("a")
    assert inner and inner.text("b") == "1" and inner.findings is findings
    assert (read.record("c"), read.record("d")) == (None, None)
    assert [each.message for each in findings] == ["'c' must be a mapping, not a single value"]


@pytest.mark.parametrize(
    ("size", "priority", "is_noted"),
    [
        *(("6-9KB", "low", True), ("1-9KB", "low", False), ("100-200", "high", True), ("1-9KB", "high", False)),
        *(("100-200", "medium", False), ("6-9KB", "medium", False), ("", "low", False), ("6-9KB", "", False)),
    ],
)
def test_a_priority_that_does_no_good(size: str, priority: str, is_noted: bool) -> None:
    read, findings = record(f"expected_param_size: {size}\nstreaming_priority: {priority}\n")
    read.check_size(read.size(), read.priority())
    assert [each.rule for each in findings] == ["size-contradicts-priority"] * is_noted


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ("{type: object, properties: {a: {type: string}}, required: [a]}", None),
        ("{type: object, properties: {a: true}}", None),
        ("{}", "schema-without-parts"),
        ("{properties: {}}", "schema-without-parts"),
        ("{required: [a]}", "schema-requires-unknown"),
        ("{required: a}", "bad-schema"),
        ("{type: thing}", "bad-schema"),
        ("{properties: [a]}", "bad-schema"),
        ("object", "bad-schema"),
        ("[object]", "bad-schema"),
        ("true", "bad-schema"),
    ],
)
def test_schemas(schema: str, rule: str | None) -> None:
    read, findings = record(f"s: {schema}")
    assert isinstance(read.schema("s", "high"), dict) == schema.startswith("{")
    assert [each.rule for each in findings] == ([rule] if rule else [])
    assert read.schema("other", "high") is None


def test_a_document_that_is_handed_on_whole_needs_no_parts() -> None:
    read, findings = record("s: {type: object}")
    assert read.schema("s", "low") == {"type": "object"}
    assert findings == []


def test_unknown_keys() -> None:
    read, findings = record("name: 1\nnmae: 2\nother: 3\n")
    read.warn_of_unknown(["name", "size"])
    assert [(each.line, each.fix) for each in findings] == [(2, "Did you mean 'name'?"), (3, "Take it out; the keys here are name, size.")]
    findings.clear()
    read.warn_of_unknown(["name", "size"], only_near=True)
    assert [each.line for each in findings] == [2]


def test_a_near_word_is_near() -> None:
    assert [nearest(word, ["developer", "devops"]) for word in ("developper", "devop", "qa")] == ["developer", "devops", None]
