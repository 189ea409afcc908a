"""The rule table: each rule has a folder in which a definition breaks it, in the line that says so, and breaks nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from finestream.catalog import RULES, Agent, Finding, check_agents, check_workflow, has_errors, parse_agent, parse_workflow
from finestream.catalog.findings import finding
from tests.data import FIXTURES

ROOT = Path(__file__).parents[2]
FOLDER = FIXTURES / "catalog"
OF_FILES = {"unreadable", "not-utf8"}  # about bytes on a disk: tests/cli/test_shelf.py


def shipped_agents() -> dict[str, Agent]:
    found = (parse_agent(path.read_text(encoding="utf-8"), path.name)[0] for path in sorted((ROOT / "agents").glob("*.md")))
    return {agent.name: agent for agent in found if agent}


def findings_of(folder: Path) -> list[Finding]:
    findings: list[Finding] = []
    agents = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            agent, found = parse_agent(text, str(path))
            agents += [agent] if agent else []
        else:
            workflow, found = parse_workflow(text, str(path))
            found += tuple(check_workflow(workflow, shipped_agents())) if workflow else ()
        findings += found
    return [*findings, *check_agents(agents)]


def marked(folder: Path) -> list[tuple[str, int]]:
    """Where the marks are."""
    return [
        (str(path), number)
        for path in sorted(each for each in folder.rglob("*") if each.is_file())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "<- here" in line
    ]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in OF_FILES])
def test_a_rule_finds_its_fault_where_it_is_and_no_other(rule: str) -> None:
    folder = FOLDER / rule
    assert [(each.path, each.line, each.rule) for each in findings_of(folder)] == [(*place, rule) for place in marked(folder)]


def test_there_is_no_fixture_without_a_rule() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(set(RULES) - OF_FILES)


@pytest.mark.parametrize("rule", RULES)
def test_every_fix_says_what_to_do(rule: str) -> None:
    assert RULES[rule].fix[0].isupper()
    assert RULES[rule].fix[-1] in ".?"


def test_a_finding_reads_like_the_message_of_a_compiler() -> None:
    told = finding("bad-size", "a.md", 4, "it is wrong", fix="Write it so.")
    assert str(told) == "a.md:4: error: it is wrong [bad-size]\n  Write it so."
    assert finding("bad-size", "a.md", 4, "it is wrong").fix == RULES["bad-size"].fix


def test_only_errors_keep_a_definition_from_being_used() -> None:
    warning, error = (finding(rule, "a.md", 1, "") for rule in ("unknown-key", "bad-size"))
    assert [has_errors(found) for found in ([], [warning], [warning, error])] == [False, False, True]
