from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finestream.cli.repair import command
from finestream.errors import FinestreamError

SCHEMA = {"type": "object", "properties": {"n": {"type": "number"}, "tags": {"type": "array"}}, "required": ["n"]}


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def refused(*arguments: str, stdin: str | bytes = "") -> FinestreamError:
    error = run(*arguments, stdin=stdin).exception
    assert isinstance(error, FinestreamError)
    assert error.fix.endswith(".")
    return error


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA), encoding="utf-8")
    return str(path)


def test_the_corrected_json_goes_to_stdout_and_the_changes_to_stderr() -> None:
    result = run(stdin='{"path": "a",\n "text": "gr\u00fcn\tblau",}')
    assert result.exit_code == 0
    assert result.stdout == '{"path": "a",\n "text": "gr\u00fcn\\tblau"}\n'
    assert result.stderr.splitlines() == [
        'escaped_control_character: $.text, character 29: "\\t" -> "\\\\t"',
        'dropped_trailing_comma: $, character 35: "," -> ""',
    ]


def test_long_changes_are_shown_in_part() -> None:
    result = run(stdin="{'a': '" + "x" * 500 + "'}")
    assert json.loads(result.stdout) == {"a": "x" * 500}
    assert all(len(line) < 200 for line in result.stderr.splitlines())


def test_of_many_changes_some_are_told_and_the_others_counted() -> None:
    result = run(stdin='{"a": "' + "\t" * 500 + '"}')
    lines = result.stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 480 more changes; --json tells them all"


def test_what_parses_is_printed_unchanged_with_what_looks_wrong() -> None:
    text = '{"a":   "Example:\\n"}  \n\n'
    result = run(stdin=text)
    assert (result.exit_code, result.stdout) == (0, text)
    assert result.stderr.startswith("ends_abruptly: $.a: ")


def test_what_is_refused_exits_with_1_and_the_reason() -> None:
    result = run(stdin='{"id": 1}{"id": 2}')
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("different_objects: Two different objects")
    assert result.stderr.endswith('(character 10)\n  there: "{\\"id\\": 2}"\n')


def test_a_refusal_without_a_place_has_none(schema: str) -> None:
    result = run("--schema", schema, stdin='{"tags": [],}')
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "character" not in result.stderr
    assert "there" not in run(stdin='{"a": 1').stderr


def test_a_file_is_read_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    file.write_text("\ufeff{}{'n': 1}\n", encoding="utf-8")
    result = run(str(file))
    assert (result.exit_code, result.stdout) == (0, '{"n": 1}\n')
    assert file.read_text(encoding="utf-8") == "\ufeff{}{'n': 1}\n"


@pytest.mark.parametrize("wrap", [lambda schema: schema, lambda schema: {"name": "count", "input_schema": schema}])
def test_a_schema_or_a_tool_that_holds_one_is_obeyed(tmp_path: Path, wrap: type) -> None:
    file = tmp_path / "tool.json"
    file.write_text("\ufeff" + json.dumps(wrap(SCHEMA)), encoding="utf-8")
    result = run("-", "--schema", str(file), stdin='{"n": "12"}')
    assert result.stdout == '{"n": 12}\n'


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ('{"a": 1,}', 0, {"outcome": "repaired", "text": '{"a": 1}'}),
        ('{"a": 1}', 0, {"outcome": "intact", "text": '{"a": 1}', "findings": []}),
        ('{"a": 1', 1, {"outcome": "refused", "rule": "missing_closer", "offset": 7}),
    ],
)
def test_json_for_other_programs(text: str, code: int, expected: dict[str, object]) -> None:
    result = run("--json", stdin=text)
    assert (result.exit_code, result.stderr) == (code, "")
    printed = json.loads(result.stdout)
    assert {key: printed[key] for key in expected} == expected
    if expected["outcome"] == "repaired":
        assert printed["changes"] == [{"rule": "dropped_trailing_comma", "offset": 7, "path": "$", "before": ",", "after": ""}]


def test_input_that_is_no_text_is_said(tmp_path: Path) -> None:
    assert "byte 4" in refused(stdin=b'{"a\xff": 1}').message
    assert "cannot be read" in refused(str(tmp_path / "nothing.json")).message
    assert "cannot be read" in refused(str(tmp_path)).message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "holds no JSON object"),
        (b'{"input_schema": 1}', "holds no JSON object"),
        (b'{"type": 5}', "cannot be used as a JSON Schema"),
        (b'{"$ref": "https://example.org/other.json"}', "cannot be used as a JSON Schema"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_schema_file_is_said(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "schema.json"
    if content is not None:
        file.write_bytes(content)
    assert said in refused("--schema", str(file), stdin="{}").message
