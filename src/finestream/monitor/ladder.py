"""The recovery ladder: which rung comes next. PURE.

Its law: one owner of retries, and an end to them. Attempts count only while they bring nothing new; whatever extends the document starts
the count again, so that a document far larger than the output limit, or a line that drops every few seconds, still comes through.
"""

from __future__ import annotations

from enum import Enum

from finestream.settings import Settings

LONGEST_WAIT = 300.0  # seconds; a server that asks for more is not waited for: the client's own handling takes over


class Rung(Enum):
    """What to try next."""

    CONTINUE = "continue"
    REPEAT = "retry"
    FALLBACK = "fallback"
    GIVE_UP = "give_up"


class Ladder:
    """The state of one response's recovery: failures in a row and whether the fallback has been used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._has_fallen_back = False
        self.failures = 0
        self.attempts = 0  # requests sent for this response in total, for the journal

    def progressed(self) -> None:
        """Something new arrived: start counting again."""
        self.failures = 0
        self._has_fallen_back = False

    def failed(self, *, final: bool = False) -> None:
        """An attempt brought nothing; ``final`` when the same again cannot bring anything either (a refused request)."""
        self.failures = self._settings.attempts if final else self.failures + 1

    def climb(self, *, can_continue: bool, can_repeat: bool) -> Rung:
        """The next rung. ``can_repeat`` is false once a tool call of the turn has been completed: the client has run it."""
        mode = self._settings.recovery
        if mode == "off":
            return Rung.GIVE_UP
        rung = Rung.GIVE_UP
        if self.failures < self._settings.attempts and mode == "continue" and can_continue:
            rung = Rung.CONTINUE
        elif self.failures < self._settings.attempts and can_repeat:
            rung = Rung.REPEAT
        elif can_repeat and not self._has_fallen_back:
            self._has_fallen_back = True
            rung = Rung.FALLBACK
        self.attempts += rung is not Rung.GIVE_UP
        return rung

    def delay(self, *, is_limit: bool, retry_after: float | None) -> float:
        """Seconds to wait before the next request. An output limit is no trouble of the server: its first continuation goes at once."""
        if is_limit and not self.failures:
            return 0.0
        steps = self._settings.backoff or (0.0,)
        return max(steps[min(self.failures, len(steps) - 1)], retry_after or 0.0)
