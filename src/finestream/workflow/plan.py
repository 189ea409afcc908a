"""What a run has to do: a workflow, its agents and a request -> a plan. PURE.

Its one law: a plan holds everything; from its data alone a run goes on in another process, or on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from finestream.catalog import Agent, Priority, Step, Workflow
from finestream.catalog.values import SMALL, SizeRange
from finestream.handoff.messages import Task

ANYTHING: Mapping[str, Any] = {
    "type": "object",
    "required": ["document"],
    "properties": {"document": {"type": "string", "description": "The whole document as text"}},
}
"""The document of an agent that says nothing about it."""
USUAL_SIZE = 4 * 2**10  # bytes of a document whose size nobody has said
DEFAULT_RETRIES, DEFAULT_TIMEOUT = 2, 3600.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """One step: who works, with what, and on whose documents. ``timeout``: seconds of its own work; ``max_tokens`` of one answer."""

    step: str
    agent: str
    is_shipped: bool
    """Claude Code does not find the agent by itself, and has to be given it."""
    description: str
    body: str
    tools: tuple[str, ...] | None
    disallowed_tools: tuple[str, ...]
    model: str
    effort: str | None
    permission_mode: str | None
    max_turns: int | None
    needs: tuple[str, ...]
    receivers: tuple[str, ...]
    priority: Priority
    expected_size: int
    """Bytes of its document, about."""
    schema: Mapping[str, Any]
    prompt: str | None
    when: str | None
    max_tokens: int | None
    retry: int
    timeout: float

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of its document, in their order."""
        return tuple(self.schema.get("properties", ()))

    @property
    def required(self) -> tuple[str, ...]:
        """The parts without which the document is not complete."""
        return tuple(self.schema.get("required", ()))


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it begins. ``assignments``: by step, in the workflow's order."""

    workflow: str
    request: str
    assignments: Mapping[str, Assignment]

    def task(self, step: str) -> Task:
        """Return what the agent of ``step`` is told about its work."""
        own = self.assignments[step]
        senders = {name: self.assignments[name].parts for name in own.needs}
        return Task(self.workflow, step, self.request, own.prompt, senders, own.receivers, own.parts)

    def data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "workflow": self.workflow,
            "request": self.request,
            "assignments": {step: asdict(assignment) for step, assignment in self.assignments.items()},
        }


def parse_plan(data: Mapping[str, Any]) -> Plan:
    """Read what `Plan.data` has written."""
    return Plan(data["workflow"], data["request"], {step: _assignment(each) for step, each in data["assignments"].items()})


def _assignment(data: Mapping[str, Any]) -> Assignment:
    # JSON knows no tuples.
    found: dict[str, Any] = {field.name: tuple(v) if isinstance(v := data[field.name], list) else v for field in fields(Assignment)}
    return Assignment(**found)


def make_plan(workflow: Workflow, agents: Mapping[str, Agent], request: str, *, shipped: frozenset[str], is_streaming: bool = True) -> Plan:
    """Put a workflow together with its agents, all of which are in ``agents``.

    Args:
        shipped: The agents that are not in the project.
        is_streaming: False: every document is handed on as a whole.
    """
    is_streaming = is_streaming and workflow.streaming
    receivers: dict[str, list[str]] = {step.id: [] for step in workflow.steps}
    for step in workflow.steps:
        for name in step.needs:
            receivers[name].append(step.id)
    assigned = {}
    for step in workflow.steps:
        agent = agents[step.agent]
        assigned[step.id] = _assign(step, agent, tuple(receivers[step.id]), is_shipped=agent.name in shipped, is_streaming=is_streaming)
    return Plan(workflow.name, request, assigned)


def _assign(step: Step, agent: Agent, receivers: tuple[str, ...], *, is_shipped: bool, is_streaming: bool) -> Assignment:
    size = step.expected_param_size or agent.expected_param_size
    return Assignment(
        step=step.id,
        agent=agent.name,
        is_shipped=is_shipped,
        description=agent.description,
        body=agent.body,
        tools=agent.tools,
        disallowed_tools=agent.disallowed_tools,
        model=agent.model,
        effort=agent.effort,
        permission_mode=agent.permission_mode,
        max_turns=agent.max_turns,
        needs=step.needs,
        receivers=receivers,
        priority=_priority(step, agent, size) if is_streaming else "low",
        expected_size=(size.low + size.high) // 2 if size else USUAL_SIZE,
        schema=step.schema or agent.handoff_schema or ANYTHING,
        prompt=step.prompt,
        when=step.when.text if step.when else None,
        max_tokens=step.max_tokens,
        retry=DEFAULT_RETRIES if step.retry is None else step.retry,
        timeout=step.timeout or DEFAULT_TIMEOUT,
    )


def _priority(step: Step, agent: Agent, size: SizeRange | None) -> Priority:
    if size is not None and size.high < SMALL:  # there is nothing in it to begin with early
        return "low"
    return step.streaming_priority or agent.streaming_priority
