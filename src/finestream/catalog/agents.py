"""Agents: a Markdown file of Claude Code's form to an Agent and findings. PURE.

Its one law: an agent is given only where no error was found in its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finestream.catalog.findings import Finding, finding, has_errors
from finestream.catalog.record import Record, nearest
from finestream.catalog.tree import Fields, Node, Unreadable, json_value, kind, parse_tree
from finestream.catalog.values import Priority, SizeRange, turns


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as Claude Code reads it, and below ``streaming_priority`` what it hands on and how."""

    name: str
    description: str
    path: str
    line: int
    body: str
    tools: tuple[str, ...] | None = None
    """None: all that there are."""
    disallowed_tools: tuple[str, ...] = ()
    model: str = "inherit"
    effort: str | None = None
    permission_mode: str | None = None
    max_turns: int | None = None
    streaming_priority: Priority = "medium"
    expected_param_size: SizeRange | None = None
    handoff_schema: Mapping[str, Any] | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of its document, in the order in which a receiver can use them."""
        return tuple((self.handoff_schema or {}).get("properties", ()))


# What the client reads (facts of 2.1.330), and what we do.
CLIENT_KEYS = (
    *("name", "description", "tools", "disallowedTools", "model", "color", "effort", "permissionMode", "mcpServers", "hooks", "maxTurns"),
    *("autoCompactWindow", "skills", "initialPrompt", "memory", "background", "omitClaudeMd", "isolation", "observer", "observerMessage"),
    *("observeToolResults", "observeSubagents", "experimental"),
)
# Those of today and of some years back: only what looks like one of them and is none is told of.
CLIENT_TOOLS = (
    *("Agent", "AskUserQuestion", "Bash", "BashOutput", "CronCreate", "CronDelete", "CronList", "Edit", "EnterPlanMode", "EnterWorktree"),
    *(
        "ExitPlanMode",
        "ExitWorktree",
        "Glob",
        "Grep",
        "KillBash",
        "KillShell",
        "LS",
        "LSP",
        "ListAgents",
        "ListMcpResourcesTool",
        "Monitor",
    ),
    *(
        "MultiEdit",
        "NotebookEdit",
        "NotebookRead",
        "Read",
        "ReadMcpResourceTool",
        "ReportFindings",
        "ScheduleWakeup",
        "SendMessage",
        "Skill",
    ),
    *(
        "SlashCommand",
        "StructuredOutput",
        "Task",
        "TaskCreate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "TaskUpdate",
        "TeamCreate",
    ),
    *("TeamDelete", "TodoRead", "TodoWrite", "ToolSearch", "WebFetch", "WebSearch", "Workflow", "Write"),
)
OUR_KEYS = ("streaming_priority", "expected_param_size", "handoff_schema")

# A value that is quoted or blank, or that goes on below, is left to YAML.
_PLAIN_LINE = re.compile(r"""^([A-Za-z_][\w-]*):[ \t]+(?!["'|>])(\S.*?)[ \t]*$""", re.MULTILINE)
_FRONTMATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def parse_agent(text: str, path: str) -> tuple[Agent | None, tuple[Finding, ...]]:
    """Read the agent file ``path``, which holds ``text``."""
    match = _FRONTMATTER.match(text)
    if match is None:
        return None, (finding("no-frontmatter", path, 1, "the file does not begin with keys between two lines ---"),)
    findings: list[Finding] = []
    try:
        node = _frontmatter(match[1], path, findings)
    except Unreadable as error:
        return None, (finding(error.rule, path, error.line, error.message),)
    if node is not None and not isinstance(node, Fields):
        return None, (finding("wrong-type", path, node.line, f"the frontmatter must be 'key: value' lines, not {kind(node)}"),)
    agent = _agent(Record(path, node or Fields(1, {}, {}), findings), text[match.end() :].strip())
    findings.sort(key=lambda each: each.line)
    return None if has_errors(findings) else agent, tuple(findings)


def _frontmatter(text: str, path: str, findings: list[Finding]) -> Node | None:
    """Read the keys; where they are no YAML, as Claude Code does: each ``key: value`` line on its own, the value as it stands."""
    try:
        return parse_tree(text, first_line=2)
    except Unreadable as error:
        if error.rule != "not-yaml":
            raise
        node = parse_tree(_PLAIN_LINE.sub(lambda line: f"{line[1]}: {json.dumps(line[2], ensure_ascii=False)}", text), first_line=2)
        findings.append(finding("loose-yaml", path, error.line, f"only Claude Code can read this, and as one text: {error.message}"))
        return node


def _agent(record: Record, body: str) -> Agent:
    name, description = _string(record, "name"), _string(record, "description")
    _check_name(record, name)
    _check_description(record, description)
    tools = record.words("tools")
    _check_tools(record, tools or ())
    record.warn_of_unknown((*CLIENT_KEYS, *OUR_KEYS), only_near=True)
    if not body:
        record.complain("empty-body", "", "there is nothing below the frontmatter, so the agent knows only its name")
    priority, size = record.priority(), record.size()
    record.check_size(size, priority)
    return Agent(
        name=name or "",
        # As Claude Code reads it; its own generator writes descriptions of several lines so.
        description=(description or "").replace("\\n", "\n"),
        path=record.path,
        line=record.line("name"),
        body=body,
        tools=tools,
        disallowed_tools=record.words("disallowedTools") or (),
        model=record.text("model") or "inherit",
        effort=record.text("effort"),
        permission_mode=record.text("permissionMode"),
        max_turns=record.value("maxTurns", turns),
        streaming_priority=priority or "medium",
        expected_param_size=size,
        handoff_schema=record.schema("handoff_schema", priority),
    )


def _string(record: Record, key: str) -> str | None:
    text = record.text(key)
    if text is not None and not isinstance(json_value(record.node.values[key]), str):
        record.complain("wrong-type", key, f"Claude Code passes over an agent whose {key} is no text: {text}", f"Write {key}: '{text}'.")
    return text


def _check_name(record: Record, name: str | None) -> None:
    stem = record.stem
    if name is None:
        if record.is_blank("name"):
            record.complain("missing-name", "name", "the agent has no name, so Claude Code passes it over", f"Write 'name: {stem}'.")
    elif name.startswith("-") or ":" in name:
        record.complain("bad-name", "name", f"Claude Code passes over an agent named '{name}'")
    else:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
            record.complain("unusual-name", "name", f"'{name}' has to be written exactly so wherever the agent is called")
        if name != stem:
            record.complain("name-differs-from-file", "name", f"the agent is named '{name}', and its file '{stem}'")


def _check_description(record: Record, description: str | None) -> None:
    if record.is_blank("description"):
        record.complain("missing-description", "description", "the agent has no description, so Claude Code passes it over")
    elif description and not re.search(r"\b(?:use|when|whenever|for|before|after)\b", description, re.IGNORECASE):
        record.complain("description-without-when", "description", "the description does not say when to use the agent")


def _check_tools(record: Record, tools: Iterable[str]) -> None:
    for tool in tools:
        name = tool.partition("(")[0]
        near = None if name in CLIENT_TOOLS else nearest(name.lower(), [known.lower() for known in CLIENT_TOOLS])
        if near:
            meant = next(known for known in CLIENT_TOOLS if known.lower() == near)
            record.complain(
                "misspelt-tool", "tools", f"there is no tool '{name}'", f"Did you mean '{meant}'? Claude Code drops what it does not know."
            )


def check_agents(agents: Iterable[Agent]) -> Iterator[Finding]:
    """Yield what is wrong among agents that would be looked for in one place."""
    first: dict[str, str] = {}
    for agent in agents:
        if agent.name in first:
            yield finding("duplicate-name", agent.path, agent.line, f"the agent '{agent.name}' is also defined in {first[agent.name]}")
        first.setdefault(agent.name, agent.path)
