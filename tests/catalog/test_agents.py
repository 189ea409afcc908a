"""Agents: the shipped ones by what the product needs of them, and those of users as Claude Code reads them."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog import Agent, Finding, check_agents, parse_agent
from finestream.catalog.values import SizeRange

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "agents").glob("*.md"))
HEAD = "---\nname: one\ndescription: Use when needed.\n"
BODY_LINES = 60

# Which parts a receiver can begin with, in this order; between them there may be others.
ORDER = {
    ("architect", "developer"): ["overview", "key_constraints", "api_endpoints", "database_schema", "code_examples"],
    ("architect", "security-architect"): ["overview", "attack_surface", "authentication_flow", "data_classification", "compliance"],
    ("architect", "devops"): ["topology", "scaling", "network_rules", "monitoring"],
    ("pm", "qa"): ["summary", "critical_features", "user_stories", "edge_cases", "non_functional"],
    ("orchestrator", "everybody"): ["goal", "steps", "analyst", "design", "delivery"],
    ("architect", "everybody"): ["system_type", "overview", "services"],
}


def load(path: Path) -> Agent:
    agent, findings = parse_agent(path.read_text(encoding="utf-8"), str(path))
    assert (findings, agent is not None) == ((), True)
    assert agent
    return agent


def parse(text: str) -> tuple[Agent, tuple[Finding, ...]]:
    agent, findings = parse_agent(text, "one.md")
    assert agent
    return agent, findings


def test_all_ten_are_shipped() -> None:
    names = {"orchestrator", "analyst", "pm", "ux-designer", "architect", "security-architect", "developer", "qa", "devops", "tech-writer"}
    assert {load(path).name for path in SHIPPED} == names == {path.stem for path in SHIPPED}
    assert list(check_agents(map(load, SHIPPED))) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_agent_says_when_what_and_how(path: Path) -> None:
    agent = load(path)
    assert agent.description.startswith("Use when ")
    assert agent.tools and "mcp__finestream__handoff" in agent.tools
    assert agent.model == "inherit"
    assert agent.expected_param_size and len(agent.parts) > 1
    assert len(agent.body.splitlines()) <= BODY_LINES
    assert {"## What you receive", "## What you hand on"} <= set(agent.body.splitlines())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_schema_stands_alone_and_demands_parts_that_it_describes(path: Path) -> None:
    schema = dict(load(path).handoff_schema or {})
    # In the handoff tool it stands inside another schema, where a reference to its own root would lead astray.
    assert "$ref" not in str(schema)
    assert schema["type"] == "object"
    assert set(schema["required"]) <= set(schema["properties"])
    assert all(part["description"] for part in schema["properties"].values())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema)


@pytest.mark.parametrize(("pair", "parts"), ORDER.items(), ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_parts_come_in_the_order_of_their_use(pair: tuple[str, str], parts: list[str]) -> None:
    found = load(ROOT / "agents" / f"{pair[0]}.md").parts
    assert [part for part in found if part in parts] == parts


def test_what_claude_code_reads() -> None:
    front = "tools: Read, Write\ndisallowedTools: [Bash]\nmodel: sonnet\neffort: low\npermissionMode: plan\nmaxTurns: 6\ncolor: red\n"
    agent, findings = parse(f"{HEAD}{front}---\n\nDo it.\n\n")
    assert findings == ()
    assert agent == Agent(
        name="one",
        description="Use when needed.",
        path="one.md",
        line=2,
        body="Do it.",
        tools=("Read", "Write"),
        disallowed_tools=("Bash",),
        model="sonnet",
        effort="low",
        permission_mode="plan",
        max_turns=6,
    )


def test_what_we_read() -> None:
    front = "streaming_priority: high\nexpected_param_size: 5-10KB\nhandoff_schema: {properties: {b: {}, a: {}}}\n"
    agent, findings = parse(f"{HEAD}{front}---\nDo it.")
    assert findings == ()
    assert (agent.streaming_priority, agent.expected_param_size, agent.parts) == ("high", SizeRange(5120, 10240), ("b", "a"))


def test_what_is_not_said() -> None:
    agent, _ = parse(f"{HEAD}---\nDo it.")
    assert (agent.tools, agent.model, agent.streaming_priority, agent.expected_param_size, agent.parts) == (
        None,
        "inherit",
        "medium",
        None,
        (),
    )


@pytest.mark.parametrize("text", [f"\ufeff{HEAD}---\nDo it.\n", f"{HEAD}---\nDo it.\n".replace("\n", "\r\n"), f"{HEAD}--- \nDo it."])
def test_marks_of_editors_do_not_matter(text: str) -> None:
    agent, findings = parse(text)
    assert (agent.name, agent.body, findings) == ("one", "Do it.", ())


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("description: Use when: the user says so", "Use when: the user says so"),
        (r"description: Use when: a\n<example>b</example>", "Use when: a\n<example>b</example>"),
        ("description: [Use] when asked", "[Use] when asked"),
        ('description: Use when "x": y <example>a: b</example>', 'Use when "x": y <example>a: b</example>'),
    ],
)
def test_what_only_claude_code_reads_is_read_as_there(line: str, description: str) -> None:
    agent, findings = parse(f"---\nname: one\n{line}\ntools: Read\n---\nDo it.")
    assert (agent.name, agent.description, agent.tools) == ("one", description, ("Read",))
    assert [(each.rule, each.line) for each in findings] == [("loose-yaml", 3)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "no-frontmatter"),
        ("---\nname: one\n", "no-frontmatter"),
        ("---\n---\nDo it.", "missing-name"),
        ("---\n- a\n---\nDo it.", "wrong-type"),
        ("---\nname: one\n---\nDo it.", "missing-description"),
        ("---\nname: [one]\ndescription: Use when needed.\n---\nDo it.", "wrong-type"),
        ("---\nname: 5\ndescription: Use when needed.\n---\nDo it.", "wrong-type"),
        ("---\nname: o:ne\ndescription: Use when needed.\n---\nDo it.", "bad-name"),
        (f"{HEAD}a: &a [*a]\n---\nDo it.", "too-big"),
    ],
)
def test_an_agent_with_errors_is_none(text: str, rule: str) -> None:
    agent, findings = parse_agent(text, "one.md")
    assert agent is None
    assert rule in [each.rule for each in findings]
    assert all(each.path == "one.md" for each in findings)


@pytest.mark.parametrize(
    ("tools", "meant"),
    [
        ("Wrtie", "Write"),
        ("read", "Read"),
        ("WebSerach", "WebSearch"),
        ("Bash(git log:*)", None),
        ("mcp__a__b, Deploy, Task, LS", None),
        ("[]", None),
    ],
)
def test_a_misspelt_tool_is_told_of(tools: str, meant: str | None) -> None:
    _, findings = parse(f"{HEAD}tools: {tools}\n---\nDo it.")
    assert [(each.rule, each.fix.partition("?")[0]) for each in findings] == (
        [("misspelt-tool", f"Did you mean '{meant}'")] if meant else []
    )


def test_only_the_first_of_a_name_is_found() -> None:
    first, second, other = (parse_agent(f"---\nname: {name}\ndescription: Use when needed.\n---\nx", path)[0] for name, path in
                            (("one", "a/one.md"), ("one", "b/one.md"), ("two", "two.md")))  # fmt: skip
    assert first and second and other
    assert [(each.rule, each.path) for each in check_agents([first, other, second])] == [("duplicate-name", "b/one.md")]


@given(st.text(alphabet="-\n :[]{}&*#'\"|>abnamedscriptio", max_size=80))
def test_any_text_has_an_answer(middle: str) -> None:
    agent, findings = parse_agent(f"---\nname: one\n{middle}\n---\nDo it.", "one.md")
    assert (agent is None) == any(each.severity == "error" for each in findings)
    assert [each.line for each in findings] == sorted(each.line for each in findings)
