"""Malformed inputs as tables: our own, and the real ones of the shared folder where it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.repair import Intact, Refused, Repaired, repair
from finestream.repair.rules import REASONS, RULES

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "fixtures" / "malformed.jsonl"
REAL = ROOT.parent / "shared" / "data" / "malformed-tool-inputs.jsonl"

STRING = {"type": "string"}
NUMBER = {"type": "number"}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def tool(**required: object) -> dict[str, object]:
    return {"type": "object", "properties": required, "required": list(required), "additionalProperties": False}


def list_of(**members: object) -> dict[str, object]:
    return {"type": "array", "items": {"type": "object", "properties": members, "required": list(members)[:1]}}


QUESTIONS = list_of(question=STRING, header=STRING, options={"type": "array"})
# The schema that the tool of the thread has, by the class and the names of the row. Without one these parse, and stay as they are.
NATURAL: dict[tuple[str, str], dict[str, object]] = {
    ("double-encoded", "city"): tool(city=STRING),
    ("leaked-markup", "content"): tool(content=STRING, metadata={"type": "object"}),
    ("object-for-string", "params"): tool(params=STRING),
    ("scalar-as-string", "pull_number"): tool(pull_number=NUMBER),
    ("stringified", "script"): tool(script=STRING, args={"type": ["object", "array"]}),
    ("stringified", "path"): tool(path=STRING, edits=list_of(oldText=STRING, newText=STRING)),
    ("stringified", "questions"): tool(questions=QUESTIONS),
    ("stringified", "todos"): tool(todos=list_of(content=STRING, status=STRING)),
    ("stringified+corrupt", "questions"): tool(questions=QUESTIONS),
    ("wrong-shape", "questions"): tool(questions=QUESTIONS),
}
# What a row that must be refused could be validated against, so that a schema does not make it acceptable.
TEMPTING: dict[str, dict[str, object]] = {
    "truncated": {"type": "object", "properties": {"commands": {"type": "array"}, "path": STRING, "content": STRING, "a": STRING}},
    "unescaped-quote-ambiguous": tool(foo=STRING),
    "over-escaped": tool(path=STRING, edits=list_of(oldText=STRING, newText=STRING)),
    "valid-but-incomplete": tool(file_path=STRING, content=STRING),
    "lost-chunk": tool(todos=list_of(content=STRING)),
    "concatenated": tool(entity=STRING, relationship=STRING, target=STRING),
    "invalid-escape": tool(file_path=STRING, content=STRING),
    "missing-close-brace": tool(location=STRING),
    "foreign-syntax": tool(todos=list_of(content=STRING)),
}


def rules_of(result: Repaired | Refused | Intact) -> list[str]:
    if isinstance(result, Repaired):
        return [change.rule for change in result.changes]
    return [result.rule] if isinstance(result, Refused) else [finding.partition(":")[0] for finding in result.findings]


@pytest.mark.parametrize("row", rows(OWN), ids=lambda row: row["name"])
def test_our_own_cases(row: dict[str, Any]) -> None:
    result = repair(row["raw"], row.get("schema"))
    assert type(result).__name__.lower() == row["outcome"]
    if not isinstance(result, Refused):
        assert json.dumps(result.value) == json.dumps(row["expected"])
    if "rules" in row:
        found = rules_of(result)
        assert set(row["rules"]) <= set(found) if isinstance(result, Repaired) else row["rules"] == found
    if isinstance(result, Refused):
        assert result.reason.startswith(REASONS[result.rule])
        assert result.offset is None or 0 <= result.offset <= len(row["raw"])


@pytest.mark.parametrize("row", rows(OWN), ids=lambda row: row["name"])
def test_what_is_reported_is_what_was_done(row: dict[str, Any]) -> None:
    result = repair(row["raw"], row.get("schema"))
    if isinstance(result, Repaired):
        assert json.loads(result.text) == result.value
        assert result.changes
        for change in result.changes:
            assert change.rule in RULES
            assert change.path.startswith("$")
            assert row["raw"][change.offset :].startswith(change.before) or change.rule in LATER_ROUND


# These may stand in a text that a correction of an earlier round has made.
LATER_ROUND = {"parsed_string", "mended_string", "quoted_value", "moved_parameters"}


def test_a_repaired_input_needs_no_further_repair() -> None:
    for row in rows(OWN):
        result = repair(row["raw"], row.get("schema"))
        if isinstance(result, Repaired):
            assert repair(result.text, row.get("schema")) == Intact(result.value, repair_findings(result, row))


def repair_findings(result: Repaired, row: dict[str, Any]) -> tuple[str, ...]:
    again = repair(result.text, row.get("schema"))
    assert isinstance(again, Intact)
    return again.findings


if REAL.exists():

    @pytest.mark.parametrize("row", rows(REAL), ids=lambda row: f"{row['class']}: {row['source'][:40]}")
    def test_real_cases(row: dict[str, Any]) -> None:
        expected, raw = row["expected_or_null"], row["raw"]
        name = next(iter(expected), "") if isinstance(expected, dict) else ""
        schema = NATURAL.get((row["class"], name))
        plain = repair(raw)
        if expected is None:
            assert not isinstance(plain, Repaired)
            assert not isinstance(repair(raw, TEMPTING.get(row["class"], {"type": "object"})), Repaired)
        elif schema is None:
            assert not isinstance(plain, Refused)
            assert json.dumps(plain.value) == json.dumps(expected)
        else:
            assert isinstance(plain, Intact)
            result = repair(raw, schema)
            assert isinstance(result, Repaired)
            assert json.dumps(result.value) == json.dumps(expected)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("empty-input", "empty_input"),
        ("over-escaped", "swallowed_members"),
        ("replacement-char", "replacement_character"),
        ("lost-content", "ends_abruptly"),
        ("leaked-markup", "leaked_markup"),
        ("double-encoded", "double_encoded"),
    ],
)
def test_real_damage_that_parses_is_reported(name: str, rule: str) -> None:
    for row in rows(REAL):
        if row["class"] == name:
            assert rules_of(repair(row["raw"])) == [rule]
