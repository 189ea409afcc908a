"""What can be wrong in a definition, and the one table of rules. PURE. Its one law: every finding says where it is and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the rule's name, and where it was broken. ``line`` counts from 1."""

    rule: str
    severity: Severity
    path: str
    line: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message} [{self.rule}]\n  {self.fix}"


class Rule(NamedTuple):
    """An error keeps a definition from being used; a warning says what will probably not do what was meant."""

    severity: Severity
    fix: str


RULES: dict[str, Rule] = {
    # of every file
    "unreadable": Rule("error", "Make it a readable file, or move it away."),
    "not-utf8": Rule("error", "Save the file as UTF-8."),
    "not-yaml": Rule("error", "Mend the line; a value that holds ': ' or ' #' or begins with a bracket needs quotes."),
    "too-big": Rule("error", "Split it, nest it less, and write out what its aliases stand for."),
    "loose-yaml": Rule("warning", "Put the value in quotes, or write '|' behind the colon and the text below, indented."),
    "duplicate-key": Rule("error", "Keep one of the two."),
    "wrong-type": Rule("error", "Write it in the form that the message names."),
    "bad-value": Rule("error", "Write it in the form that the message names."),
    "unknown-key": Rule("warning", "Correct its spelling, or take it out."),
    "missing-name": Rule("error", "Say what it is called: the file's name without its ending."),
    "name-differs-from-file": Rule("warning", "Give both one name: it is looked for by either."),
    "duplicate-name": Rule("warning", "Rename one of the two; only the first one is found."),
    "unknown-priority": Rule("error", "Write streaming_priority: high, medium or low."),
    "bad-size": Rule("error", "Write a size such as 3KB, or a range such as 5-10KB."),
    "impossible-size": Rule("error", "Write the smaller size first, and at least 1B."),
    "size-contradicts-priority": Rule("warning", "Let documents from 5KB up be high or medium, and those below 1KB low."),
    "bad-schema": Rule("error", "Write a JSON Schema: {type: object, properties: {...}}."),
    "schema-requires-unknown": Rule("error", "Add the property, or take its name out of 'required'."),
    "schema-without-parts": Rule("warning", "Give the schema properties, in the order in which a receiver can use them."),
    # of agents
    "no-frontmatter": Rule("error", "Begin the file with a line ---, the keys name and description, and another line ---."),
    "bad-name": Rule("error", "Begin the name with a letter, and write it without colons."),
    "unusual-name": Rule("warning", "Write it in lower case with hyphens: security-architect."),
    "missing-description": Rule("error", "Say when to use the agent: 'description: Use when ...'."),
    "description-without-when": Rule("warning", "Say when to use it ('Use when ...'): whoever hands on work chooses by that line."),
    "misspelt-tool": Rule("warning", "Correct its spelling; Claude Code drops a tool that it does not know without a word."),
    "empty-body": Rule("warning", "Write below the second --- what the agent has to do."),
    # of workflows
    "no-steps": Rule("error", "Write 'steps:' and below it one '- agent: NAME' for each."),
    "missing-agent": Rule("error", "Begin the step with '- agent: NAME'."),
    "unknown-agent": Rule("error", "Correct the name, or add the agent as .claude/agents/NAME.md."),
    "duplicate-step": Rule("error", "Give one of the two an id of its own: '- agent: NAME' and below it 'id: OTHER'."),
    "unknown-need": Rule("error", "Name the id of a step of this workflow, which is its agent where it has no id."),
    "cycle": Rule("error", "Take one of these needs out: no step can begin before itself."),
    "bad-condition": Rule(
        "error", 'Write: request contains "word", STEP.field, not STEP.field or STEP.field == value, with and/or between.'
    ),
    "condition-too-early": Rule("error", "Name 'request', or a step that this one needs, directly or through others."),
    "size-contradicts-agent": Rule("warning", "Bring the size of the step and that of the agent together."),
    "estimate-backwards": Rule("error", "Exchange with_streaming and without_streaming, or correct them."),
    "estimate-contradicts": Rule("error", "Write the improvement that the two times make."),
}


def finding(rule: str, path: str, line: int, message: str, *, fix: str = "") -> Finding:
    """Make a finding of ``rule``; ``fix`` where more can be said than the table does."""
    return Finding(rule, RULES[rule].severity, path, line, message, fix or RULES[rule].fix)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether one of ``findings`` keeps a definition from being used."""
    return any(each.severity == "error" for each in findings)
