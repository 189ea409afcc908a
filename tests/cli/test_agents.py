from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finestream.cli.agents import command
from finestream.errors import FinestreamError
from tests.data import FIXTURES


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result


def test_the_list_is_a_table(tmp_path: Path) -> None:
    lines = run("list", "--project", str(tmp_path)).stdout.splitlines()
    assert lines[0].split() == ["AGENT", "PRIORITY", "SIZE", "FROM", "WHEN", "TO", "USE", "IT"]
    assert len(lines) == 11
    assert next(line for line in lines if line.startswith("developer")).split()[:4] == ["developer", "high", "5-10KB", "shipped"]


def test_the_list_names_what_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / ".claude" / "agents").mkdir(parents=True)
    (tmp_path / ".claude" / "agents" / "broken.md").write_text("nothing")
    lines = run("list", "--project", str(tmp_path)).stdout.splitlines()
    assert lines[1].split()[:2] == ["broken", "project"] and "has errors" in lines[1]
    listed = json.loads(run("list", "--json", "--project", str(tmp_path)).stdout)
    assert {**listed[0], "path": ""} == {"name": "broken", "path": "", "from": "project", "is_usable": False}


def test_the_list_for_programs(tmp_path: Path) -> None:
    listed = {each["name"]: each for each in json.loads(run("list", "--json", "--project", str(tmp_path)).stdout)}
    assert len(listed) == 10
    developer = listed["developer"]
    assert (developer["streaming_priority"], developer["expected_param_size"], developer["is_usable"]) == ("high", "5-10KB", True)
    assert developer["parts"] == list(developer["handoff_schema"]["properties"])


def test_an_agent_is_shown_with_its_parts_in_order(tmp_path: Path) -> None:
    out = run("show", "architect", "--project", str(tmp_path)).stdout
    assert out.startswith("architect (shipped: ")
    assert out.index("2. overview: The shape") < out.index("7. api_endpoints") < out.index("You are Winston")
    shown = json.loads(run("show", "architect", "--json", "--project", str(tmp_path)).stdout)
    assert shown["body"].startswith("You are Winston")


def test_an_agent_that_says_little_is_shown_too(tmp_path: Path) -> None:
    folder = tmp_path / ".claude" / "agents"
    folder.mkdir(parents=True)
    head = "---\nname: {}\ndescription: Use when needed.\n{}---\nDo it.\n"
    (folder / "plain.md").write_text(head.format("plain", ""))
    (folder / "parted.md").write_text(head.format("parted", "handoff_schema: {properties: {a: true, b: {type: string}, c: {}}}\n"))
    out = run("show", "plain", "--project", str(tmp_path)).stdout
    assert "tools      all\n" in out and "size       not said\n" in out and "hands on   a text\n" in out
    assert "  1. a: true\n  2. b: string\n  3. c: anything\n" in run("show", "parted", "--project", str(tmp_path)).stdout


def test_an_agent_with_errors_is_shown_as_its_findings(tmp_path: Path) -> None:
    folder = tmp_path / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "broken.md").write_text("nothing")
    result = run("show", "broken", "--project", str(tmp_path))
    assert result.return_value == 1
    assert "[no-frontmatter]" in result.stdout


def test_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FinestreamError, match="there is no agent 'nobody'"):
        run("show", "nobody", "--project", str(tmp_path))


def test_the_shipped_ones_are_without_fault(tmp_path: Path) -> None:
    result = run("check", "--project", str(tmp_path))
    assert (result.return_value, result.stdout) == (0, "10 agent files: no errors, no warnings\n")


def test_a_finding_names_rule_place_and_fix_and_an_error_is_exit_code_1() -> None:
    path = FIXTURES / "catalog" / "bad-size" / "reviewer.md"
    result = run("check", str(path))
    assert result.return_value == 1
    first, fix, total = result.stdout.splitlines()
    assert first.endswith(
        "reviewer.md:4: error: 'expected_param_size' must be a size such as 3KB or a range such as 5-10KB, not 'some KB' [bad-size]"
    )
    assert (fix, total) == ("  Write a size such as 3KB, or a range such as 5-10KB.", "1 agent file: 1 error, no warnings")


def test_a_warning_is_exit_code_0() -> None:
    result = run("check", str(FIXTURES / "catalog" / "duplicate-name"))
    assert result.return_value == 0
    assert result.stdout.splitlines()[-1] == "2 agent files: no errors, 1 warning"


def test_findings_for_programs() -> None:
    result = run("check", "--json", str(FIXTURES / "catalog" / "bad-size"))
    (found,) = json.loads(result.stdout)
    assert result.return_value == 1
    assert (found["rule"], found["severity"], found["line"]) == ("bad-size", "error", 4)
    assert set(found) == {"rule", "severity", "path", "line", "message", "fix"}
