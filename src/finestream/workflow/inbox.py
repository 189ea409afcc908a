"""What one agent has not been told yet. SHELL. Its one law: what it is told of a sender is the sender's next parts, none left out."""

from __future__ import annotations

from finestream.handoff import Batch, Part
from finestream.handoff.messages import Delivery
from finestream.workflow.desk import Desk


class Inbox:
    """The parts of all senders that wait, from where the step's own ledger says that it has been told."""

    def __init__(self, desk: Desk) -> None:
        self._own = desk.ledger
        self._parts = {name: desk.plan.assignments[name].parts for name in desk.senders}
        self._senders = desk.senders
        self._batches = {name: Batch(desk.plan.assignments[name].priority) for name in self._senders}
        self._seen = {name: self._own.given.get(name, 0) for name in self._senders}

    def refresh(self, now: float) -> None:
        """Look what the senders have done."""
        for name, ledger in self._senders.items():
            parts = ledger.document.parts
            self._batches[name].add(parts[self._seen[name] :], now)
            self._seen[name] = len(parts)
            if ledger.is_over:
                self._batches[name].finish()

    def is_due(self, now: float) -> bool:
        """Whether the agent is to be told something, if it can listen. That one sender of several is through is not worth a turn."""
        is_last = bool(self._news()) and all(ledger.is_over for ledger in self._senders.values())
        return is_last or any(batch.is_due(now) for batch in self._batches.values())

    @property
    def deadline(self) -> float | None:
        """When something becomes due by waiting."""
        return min((batch.deadline for batch in self._batches.values() if batch.deadline is not None), default=None)

    @property
    def is_exhausted(self) -> bool:
        """Whether every sender is through, and the agent has been told of it."""
        return all(self._own.outcomes.get(name) for name in self._senders)

    def take(self, now: float, *, is_waiting: bool) -> list[Delivery]:
        """Empty what is due; with it goes what is under way from others, for a message is being made anyway."""
        news, deliveries = self._news(), []
        for name, batch in self._batches.items():
            if (batch.parts and (batch.is_due(now) or batch.can_join)) or name in news:
                deliveries.append(self._delivery(name, batch.take(is_waiting=is_waiting), news.get(name)))
        return deliveries

    def _delivery(self, name: str, parts: list[Part], outcome: str | None) -> Delivery:
        members = self._senders[name].document.members
        whole = [member for member, known in members.items() if known.is_closed]
        return Delivery(name, parts, outcome, whole, [part for part in self._parts[name] if part not in whole])

    def _news(self) -> dict[str, str]:
        """Return the senders that are through without the agent knowing it."""
        return {name: ledger.state for name, ledger in self._senders.items() if ledger.is_over and name not in self._own.outcomes}
