"""The spans of a run: the run itself, below it the work of each agent, and each document on its way. SHELL."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from opentelemetry.trace import Span

from finestream.figures import handoffs_of
from finestream.telemetry import runs
from finestream.telemetry.spans import finish, nanoseconds
from finestream.telemetry.values import Attributes, Measure, Record, SpanValue


class Teller(Protocol):
    """What begins spans and records measurements."""

    def begin(self, name: str, parent: Span | None, at: float, links: list[Span] | None = None) -> Span: ...
    def measure(self, measures: Iterator[Measure]) -> None: ...


class Run:
    """A run while this process carries it out."""

    def __init__(self, teller: Teller, run: str, workflow: str, agents: Mapping[str, str]) -> None:
        self._teller = teller
        self._name, self._workflow, self._agents = run, workflow, agents
        self._span: Span | None = None
        self._began = time.time()
        self._steps: dict[str, tuple[Span, float]] = {}
        self._done: dict[str, Span] = {}
        self._outcomes: dict[str, str | None] = dict.fromkeys(agents)
        self._sessions: dict[str, str] = {}
        self._entries: dict[str, list[dict[str, Any]]] = {}

    def step_of(self, session: object, agent: object) -> Span | None:
        """Return the span of the step whose session a request belongs to. Before it is known, the agent's name must do."""
        step = self._sessions.get(str(session))
        if step is None:
            named = [name for name in self._steps if self._agents.get(name) == agent]
            step = named[0] if len(named) == 1 else None
        found = self._steps.get(step) if step else None
        return found[0] if found else None

    def begin(self) -> None:
        """The run begins, or goes on."""
        self._span = self._teller.begin(f"invoke_workflow {self._workflow}", None, self._began)
        self._span.set_attributes(runs.run_attributes(self._name, self._workflow))

    def take(self, step: str, entry: Record) -> None:
        """Take an entry of a step."""
        kind, at = entry["kind"], entry["at"]
        if kind in runs.KEPT:
            self._entries.setdefault(step, []).append({name: entry.get(name) for name in ("kind", "at", "upto")})
        if kind == "began" and isinstance(entry.get("session"), str):
            self._sessions[entry["session"]] = step
        if step not in self._steps and kind in runs.BEGINNINGS:
            self._begin_step(step, at)
        event = runs.step_event(entry)
        if event and step in self._steps:
            self._steps[step][0].add_event(event.name, event.attributes, nanoseconds(at))
        if kind in runs.ENDS:
            self._end_step(step, kind, at)

    def end(self) -> None:
        """The run has ended, or is interrupted."""
        now = time.time()
        for step in list(self._steps):
            self._end_step(step, "interrupted", now)
        self._tell_handoffs()
        outcome = runs.outcome_of_run(list(self._outcomes.values()))
        labels: Attributes = {"gen_ai.workflow.name": self._workflow, "finestream.outcome": outcome}
        self._teller.measure(iter([Measure("finestream.run.duration", now - self._began, labels)]))
        if self._span:
            finish(
                self._span,
                SpanValue(f"invoke_workflow {self._workflow}", self._began, now, {"finestream.outcome": outcome}, runs.error_of(outcome)),
            )

    def _begin_step(self, step: str, at: float) -> None:
        agent = self._agents.get(step, step)
        span = self._teller.begin(f"invoke_agent {agent}", self._span, at)
        span.set_attributes(runs.step_attributes(self._name, step, agent))
        self._steps[step] = (span, at)

    def _end_step(self, step: str, outcome: str, at: float) -> None:
        if outcome in runs.ENDS:
            self._outcomes[step] = outcome
        if step not in self._steps:
            return
        span, began = self._steps.pop(step)
        self._done[step] = span
        labels: Attributes = {"gen_ai.agent.name": self._agents.get(step, step), "finestream.outcome": outcome}
        self._teller.measure(iter([Measure("finestream.step.duration", at - began, labels)]))
        finish(
            span,
            SpanValue(f"invoke_agent {self._agents.get(step, step)}", began, at, {"finestream.outcome": outcome}, runs.error_of(outcome)),
        )

    def _tell_handoffs(self) -> None:
        for handoff in handoffs_of(self._entries):
            value = runs.handoff_span(handoff)
            links = [self._done[step] for step in (handoff.sender, handoff.receiver) if step in self._done]
            span = self._teller.begin(value.name, self._span, value.start, links)
            span.add_event("finestream.first_part", {}, nanoseconds(value.start + handoff.first))
            finish(span, value)
            self._teller.measure(runs.handoff_measures(handoff))
