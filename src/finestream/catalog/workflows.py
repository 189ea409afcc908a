"""Workflows: a YAML file to a Workflow and findings. PURE. Its one law: a workflow is given only where no error was found in its text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finestream.catalog.agents import Agent
from finestream.catalog.conditions import REQUEST, Condition, parse_condition
from finestream.catalog.findings import Finding, finding, has_errors
from finestream.catalog.graph import ancestors, find_cycle
from finestream.catalog.record import Record, nearest
from finestream.catalog.tree import Fields, Items, Unreadable, kind, parse_tree
from finestream.catalog.values import Priority, SizeRange, latency, percentage, retries, step_timeout, streaming, tokens


@dataclass(frozen=True, slots=True)
class Step:
    """One agent at work. None: as the agent's own definition says, or without a limit."""

    id: str
    agent: str
    needs: tuple[str, ...]
    """Of whom it gets the documents. A step that names none in the file needs the one before it; ``needs: []`` is the beginning."""
    line: int
    prompt: str | None = None
    when: Condition | None = None
    streaming_priority: Priority | None = None
    expected_param_size: SizeRange | None = None
    max_tokens: int | None = None
    retry: int | None = None
    timeout: float | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the author expects: seconds, and per cent."""

    without_streaming: float | None = None
    with_streaming: float | None = None
    improvement: float | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """Steps that hand documents on to each other."""

    name: str
    path: str
    steps: tuple[Step, ...]
    description: str = ""
    streaming: bool = True
    estimate: Estimate | None = None

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """The graph: each step with those whose documents it gets."""
        return {step.id: step.needs for step in self.steps}

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that take part, each once."""
        return tuple(dict.fromkeys(step.agent for step in self.steps))


KEYS = ("workflow", "description", "streaming", "steps", "estimated_latency")
STEP_KEYS = (
    *("agent", "id", "needs", "prompt", "when", "streaming_priority", "expected_param_size", "max_tokens", "retry", "timeout", "schema"),
)
ESTIMATE_KEYS = ("without_streaming", "with_streaming", "improvement")
_ROUNDING = 1.0  # per cent: an improvement is written without decimals


def parse_workflow(text: str, path: str) -> tuple[Workflow | None, tuple[Finding, ...]]:
    """Read the workflow file ``path``, which holds ``text``."""
    try:
        node = parse_tree(text)
    except Unreadable as error:
        return None, (finding(error.rule, path, error.line, error.message),)
    if node is not None and not isinstance(node, Fields):
        return None, (finding("wrong-type", path, node.line, f"a workflow is 'key: value' lines, not {kind(node)}"),)
    findings: list[Finding] = []
    workflow = _workflow(Record(path, node or Fields(1, {}, {}), findings))
    findings.sort(key=lambda each: each.line)
    return None if has_errors(findings) else workflow, tuple(findings)


def _workflow(record: Record) -> Workflow:
    name, stem = record.text("workflow"), record.stem
    if record.is_blank("workflow"):
        record.complain("missing-name", "workflow", "the workflow has no name", f"Write 'workflow: {stem}'.")
    elif name and name != stem:
        record.complain("name-differs-from-file", "workflow", f"the workflow is named '{name}', and its file '{stem}'")
    record.warn_of_unknown(KEYS)
    is_streaming = record.value("streaming", streaming)
    return Workflow(
        name=name or "",
        path=record.path,
        steps=_steps(record),
        description=record.text("description") or "",
        streaming=is_streaming is not False,
        estimate=_estimate(record.record("estimated_latency")),
    )


def _steps(record: Record) -> tuple[Step, ...]:
    node = record.node.values.get("steps")
    if not isinstance(node, Items) or not node.values:
        record.complain("no-steps", "steps", "the workflow has no steps")
        return ()
    steps: list[Step] = []
    for item in node.values:
        if isinstance(item, Fields):
            steps.append(_step(Record(record.path, item, record.findings), steps[-1].id if steps else None))
        else:
            record.complain_at(item.line, "missing-agent", f"a step is a mapping with the key 'agent', not {kind(item)}")
    _check_graph(record, steps)
    return tuple(steps)


def _step(record: Record, before: str | None) -> Step:
    agent = record.text("agent")
    if record.is_blank("agent"):
        record.complain("missing-agent", "agent", "the step names no agent")
    record.warn_of_unknown(STEP_KEYS)
    needs = record.words("needs")
    priority, size = record.priority(), record.size()
    record.check_size(size, priority)
    return Step(
        id=_id(record, agent or ""),
        agent=agent or "",
        needs=tuple(dict.fromkeys(needs if needs is not None else (before,) if before else ())),
        line=record.node.line,
        prompt=record.text("prompt"),
        when=record.value("when", parse_condition, "bad-condition"),
        streaming_priority=priority,
        expected_param_size=size,
        max_tokens=record.value("max_tokens", tokens),
        retry=record.value("retry", retries),
        timeout=record.value("timeout", step_timeout),
        schema=record.schema("schema", priority),
    )


def _id(record: Record, agent: str) -> str:
    """Return what the step is called: in conditions, and as the name of a file."""
    name = record.text("id") or agent
    if name == REQUEST or not re.fullmatch(r"[A-Za-z0-9_-]*", name):
        message = f"a step cannot be called '{name}'"
        record.complain("bad-value", "id", message, f"Give it an id of letters, digits, - and _, other than '{REQUEST}'.")
    return name


def _check_graph(record: Record, steps: list[Step]) -> None:
    known: dict[str, Step] = {}
    for step in steps:
        if step.id and step.id in known:
            record.complain_at(step.line, "duplicate-step", f"there is a step '{step.id}' in line {known[step.id].line} already")
        known.setdefault(step.id, step)
    for step in steps:
        _check_needs(record, step, known)
    needs = {name: tuple(each for each in step.needs if each in known) for name, step in known.items()}
    cycle = find_cycle(needs)
    if cycle:
        record.complain_at(known[cycle[0]].line, "cycle", f"steps that wait for each other: {' needs '.join([*cycle, cycle[0]])}")
        return
    for name, step in known.items():
        asked = step.when.steps if step.when else ()
        for early in sorted(set(asked) - ancestors(needs, name)):
            record.complain_at(step.line, "condition-too-early", f"the condition of step '{name}' asks '{early}', which it does not need")


def _check_needs(record: Record, step: Step, known: Collection[str]) -> None:
    for name in step.needs:
        if name not in known:
            near = nearest(name, known)
            hint = f"Did you mean '{near}'?" if near else f"The steps are {', '.join(filter(None, known))}."
            record.complain_at(step.line, "unknown-need", f"step '{step.id}' needs '{name}', which is no step", hint)


def _estimate(record: Record | None) -> Estimate | None:
    if record is None:
        return None
    record.warn_of_unknown(ESTIMATE_KEYS)
    without, with_, improvement = (
        record.value("without_streaming", latency),
        record.value("with_streaming", latency),
        record.value("improvement", percentage),
    )
    if without is not None and with_ is not None:
        _check_estimate(record, without, with_, improvement)
    return Estimate(without, with_, improvement)


def _check_estimate(record: Record, without: float, with_: float, improvement: float | None) -> None:
    if with_ > without:
        record.complain("estimate-backwards", "with_streaming", f"with streaming it takes {with_:g}s, and without only {without:g}s")
        return
    made = 100 * (1 - with_ / without) if without else 0.0
    if improvement is not None and abs(improvement - made) > _ROUNDING:
        message = f"from {without:g}s to {with_:g}s is an improvement of {made:.0f}%, not {improvement:g}%"
        record.complain("estimate-contradicts", "improvement", message, f"Write 'improvement: {made:.0f}%', or correct the times.")


def check_workflow(workflow: Workflow, agents: Mapping[str, Agent]) -> Iterator[Finding]:
    """Yield what is wrong with ``workflow`` where these are the agents."""
    for step in workflow.steps:
        agent = agents.get(step.agent)
        if agent is None:
            near = nearest(step.agent, agents)
            fix = f"Did you mean '{near}'?" if near else ""
            yield finding("unknown-agent", workflow.path, step.line, f"there is no agent '{step.agent}'", fix=fix)
            continue
        size, own = step.expected_param_size, agent.expected_param_size
        if size and own and not size.overlaps(own):
            message = f"step '{step.id}' expects {size}, and the agent '{agent.name}' says {own}"
            yield finding("size-contradicts-agent", workflow.path, step.line, message)
