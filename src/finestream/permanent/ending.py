"""Why a worker of the permanent monitor ends. SHELL. Its one law: what may end it is looked at by one task, so that there is one reason."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Literal

Reason = Literal["told", "orphaned", "idle"]
_STEP = 15.0


class Ending:
    """Waits for the first reason. Make it before anything else: from then on no signal is lost.

    Args:
        lifeline: The pipe to the supervisor; its end is the supervisor's.
    """

    def __init__(self, lifeline: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._reason: asyncio.Future[Reason] = self._loop.create_future()
        self._lifeline = lifeline
        self._loop.add_reader(lifeline, self._end, "orphaned")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._end, "told")

    async def reason(self, is_needed: Callable[[], bool], idle: float, is_wanted: Callable[[], bool]) -> Reason:
        """Wait for it. ``is_needed`` is asked a few times in ``idle`` seconds; that many without a yes are a reason, too, and where the
        project does not want it any more (``is_wanted``) a single no is.
        """
        last = self._loop.time()
        while not self._reason.done():
            await asyncio.wait([self._reason], timeout=min(idle / 4, _STEP))
            now = self._loop.time()
            if is_needed():
                last = now
            elif now - last >= idle or not is_wanted():
                self._end("idle")
        return self._reason.result()

    def _end(self, reason: Reason) -> None:
        if not self._reason.done():
            self._reason.set_result(reason)
        if reason == "orphaned":  # the end of a pipe is readable for ever
            self._loop.remove_reader(self._lifeline)
            os.close(self._lifeline)
