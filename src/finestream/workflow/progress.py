"""How far a run is: everything that it tells -> a view of it. PURE.

Its one law: what is seen follows from what was told, in whatever order and however often; nothing that is told can break it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from finestream.handoff.document import Member, Part
from finestream.show.run_view import HANDING, READING, AgentState, AgentView, Milestone, Received, RunView, Section, Usage
from finestream.workflow.ledger import Entry, Ledger
from finestream.workflow.plan import Assignment, Plan
from finestream.workflow.timesheet import Spell, Timesheet, covered, total

NEARLY = 0.99  # how full a bar gets that is not complete, whatever was expected


class Progress:
    """A run as it is told."""

    def __init__(self, plan: Plan, since: float | None = None) -> None:
        """Begin to listen.

        Args:
            since: When the run was begun or taken up, in seconds since 1970; None: when the first thing happens.
        """
        self._plan = plan
        self._since = since
        self._last = 0.0
        self._agents = {step: _Agent(assignment, since) for step, assignment in plan.assignments.items()}

    def take(self, step: str, entry: Entry) -> list[Milestone]:
        """Take an entry or a notice of ``step``, and return what is worth a line. What is not known is passed over."""
        agent = self._agents.get(step)
        if agent is None:
            return []
        at = entry["at"]
        self._since = at if self._since is None else self._since
        self._last = max(self._last, at)
        return agent.take(entry, self._agents)

    def view(self, now: float) -> RunView:
        """Return what there is to see at ``now``."""
        agents = self._agents
        views = tuple(agent.view(now, agents) for agent in agents.values())
        spells = [spell for agent in agents.values() for spell in agent.hours.spells(now)]
        told = [part for agent in agents.values() for part in agent.told]
        return RunView(
            workflow=self._plan.workflow,
            request=self._plan.request,
            agents=views,
            seconds=self._seconds(now),
            chunks=len(told),
            size=sum(part.size for part in told),
            together=tuple(step for step, agent in agents.items() if agent.hours.is_open),
            overlapped=total(spells) - covered(spells),
            usage=sum((view.usage for view in views), Usage()),
        )

    def hours(self, now: float) -> dict[str, list[Spell]]:
        """Return when each agent was at work."""
        return {step: agent.hours.spells(now) for step, agent in self._agents.items()}

    def _seconds(self, now: float) -> float:
        has_ended = all(agent.ledger.is_over or agent.ledger.is_stuck for agent in self._agents.values())
        return 0.0 if self._since is None else max(0.0, (self._last if has_ended else now) - self._since)


class _Agent:
    """What was told of one step."""

    def __init__(self, own: Assignment, since: float | None) -> None:
        self.ledger = Ledger(own.step)
        self.hours = Timesheet(since)
        self._own = own
        self._doing = ""
        self._attempt = 0
        self._is_retrying = False
        self._usage = Usage()
        self._early: dict[int, Entry] = {}
        self._moments: dict[str, float] = {}
        self._first = 0.0

    @property
    def told(self) -> list[Part]:
        """Everything that it has handed on, void or not."""
        return self.ledger.document.chunks

    def take(self, entry: Entry, agents: Mapping[str, _Agent]) -> list[Milestone]:
        kind, state, known = entry["kind"], self.ledger.state, set(self.ledger.given)
        if kind == "part":
            return list(self._parts(entry))
        self.ledger.take(entry)
        if kind in _TAKE:
            _TAKE[kind](self, entry)
        if kind == "given":
            return list(self._heard(entry, known, agents))
        if kind == "began":
            return [self._milestone("began" if entry["is_fresh"] else "resumed", entry)]
        return [self._end(kind, entry)] if kind == "retry" or (kind in _ENDS and state != kind) else []

    def _heard(self, entry: Entry, known: set[str], agents: Mapping[str, _Agent]) -> Iterator[Milestone]:
        for name, upto in entry["upto"].items():
            if name in agents and name not in known:
                yield self._milestone("received", entry, name=name, chunks=_chunks(agents[name], upto))

    def _milestone(self, kind: Any, entry: Entry, **facts: Any) -> Milestone:
        return Milestone(kind, self._own.step, entry["at"], **facts)

    def _end(self, kind: str, entry: Entry) -> Milestone:
        members = self.ledger.document.members.values()
        size = sum(map(_size, members))
        facts = {"chunks": sum(len(member.parts) for member in members), "size": size, "seconds": self._streaming()}
        return self._milestone(kind, entry, **facts, cause=entry.get("cause", ""), fix=entry.get("fix", ""))

    def _parts(self, entry: Entry) -> Iterator[Milestone]:
        """Take a part, and those behind it that came too early."""
        self._work(entry, HANDING)
        document = self.ledger.document
        self._early[entry["number"]] = entry
        while (number := len(document.parts) + 1) in self._early:
            part = self._early.pop(number)
            name, at = part["member"], part["at"]
            was_complete = name in document.members and document.members[name].is_closed
            self.ledger.take(part)
            self._first = self._first if self._moments else at
            self._moments[name] = at
            member = document.members[name]
            if member.is_closed and not was_complete:
                seconds = max(0.0, at - self._first)
                yield self._milestone("section", part, name=name, chunks=len(member.parts), size=_size(member), seconds=seconds)
        # What is there already was told twice.
        self._early = {number: each for number, each in self._early.items() if number > len(document.parts)}

    def _work(self, entry: Entry, doing: str) -> None:
        self.hours.work(entry["at"])
        self._doing = doing

    def _rest(self, entry: Entry) -> None:
        self.hours.rest(entry["at"])
        self._doing = ""

    def _began(self, entry: Entry) -> None:
        self.hours.break_off()
        self._doing, self._is_retrying = "", False

    def _again(self, entry: Entry) -> None:
        self.hours.break_off()
        self._attempt, self._is_retrying = 0, False

    def _retry(self, entry: Entry) -> None:
        self._rest(entry)
        self._attempt, self._is_retrying = entry["attempt"], True

    def _turn(self, entry: Entry) -> None:
        self._rest(entry)
        self._usage += _tokens(entry["usage"] or {})

    def _streaming(self) -> float:
        return max(0.0, max(self._moments.values(), default=self._first) - self._first)

    def view(self, now: float, agents: Mapping[str, _Agent]) -> AgentView:
        """Return what there is to see of it."""
        ledger, expected = self.ledger, self._own.expected_size
        sections = tuple(self._section(name, member) for name, member in ledger.document.members.items())
        heard = [name for name in self._own.needs if ledger.given.get(name) or ledger.outcomes.get(name)]
        return AgentView(
            step=self._own.step,
            state=self._state(),
            doing=self._doing,
            sections=sections,
            members=max(len(self._own.parts), len(sections)),
            received=tuple(Received(name, _chunks(agents[name], ledger.given.get(name, 0)), name in ledger.outcomes) for name in heard),
            awaited=tuple(name for name in self._own.needs if not ledger.outcomes.get(name)),
            receivers=self._own.receivers,
            seconds=total(self.hours.spells(now)),
            streaming=self._streaming(),
            fill=_fill(sum(section.size for section in sections), expected, is_complete=ledger.state == "done"),
            usage=replace(self._usage, cost=ledger.cost),
            attempt=self._attempt,
            cause=ledger.cause,
            fix=ledger.fix,
        )

    def _state(self) -> AgentState:
        if self.ledger.is_over or self.ledger.is_stuck:
            return self.ledger.state
        if self._is_retrying:
            return "retrying"
        if self.hours.is_open:
            return "working"
        return "listening" if self.ledger.state == "working" else "waiting"

    def _section(self, name: str, member: Member) -> Section:
        size = _size(member)
        return Section(
            name=name,
            chunks=len(member.parts),
            size=size,
            seconds=max(0.0, self._moments[name] - self._first),
            fill=_fill(size, self._own.expected_size, is_complete=member.is_closed),
            is_complete=member.is_closed,
        )


_ENDS = frozenset({"done", "skipped", "failed", "blocked"})
_TAKE = {
    "began": _Agent._began,
    "given": lambda agent, entry: agent._work(entry, READING),
    "handing": lambda agent, entry: agent._work(entry, HANDING),
    "working": lambda agent, entry: agent._work(entry, str(entry["doing"])),
    "turn": _Agent._turn,
    "retry": _Agent._retry,
    "again": _Agent._again,
    **dict.fromkeys(_ENDS, _Agent._rest),
}


def _size(member: Member) -> int:
    return sum(part.size for part in member.parts.values())


def _fill(size: int, expected: int, *, is_complete: bool) -> float:
    return 1.0 if is_complete else min(size / expected, NEARLY)


def _chunks(sender: _Agent, upto: int) -> int:
    """How many of its first parts carry text."""
    return sum(part.is_chunk for part in sender.ledger.document.parts[:upto])


def _tokens(usage: Mapping[str, Any]) -> Usage:
    read = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return Usage(sum(usage.get(name) or 0 for name in read), usage.get("output_tokens") or 0)
