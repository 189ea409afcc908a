"""What stands in an agent's way, and whether it will pass. PURE. Its one law: what waiting cannot mend is not waited for."""

from __future__ import annotations

from finestream.errors import FinestreamError

PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before the first attempt, the second, ...


class Passing(FinestreamError):
    """May be gone in a moment."""


class Stopping(FinestreamError):
    """Concerns every agent: the run ends until the user has done something."""


_CREDENTIALS = "Set a valid ANTHROPIC_API_KEY, or log in with: claude /login. Then resume the run."
STOPS = {
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    402: "See to the account's credit or limit, then resume the run.",
}
"""What is to be done, by the status of an answer after which nobody needs to ask again."""
# Of these the status alone does not tell: a 429 can mean a minute's limit or the month's, a 400 a request that is wrong or not paid for.
_SPENT = {429: ("credit balance", "spend", "usage limit", "quota", "billing"), 400: ("credit balance",)}
_LASTING = {400, 404, 413, 422}


def judge_fault(text: str, status: int | None) -> FinestreamError:
    """Return the error that a failed turn means. ``status``: of the API's answer, None where there was none."""
    said = f"the API answers {status}: {text}" if status else text
    if status in STOPS:
        return Stopping(said, STOPS[status])
    if any(word in text.lower() for word in _SPENT.get(status or 0, ())):
        return Stopping(said, STOPS[402])
    if status in _LASTING:
        return FinestreamError(said, "See the agent's transcript for what was asked, mend it, and resume the run.")
    return Passing(said, "Resume the run when the API answers again.")


def pause_before(attempt: int) -> float:
    """Return the seconds to wait before an attempt, counted from 1."""
    return PAUSES[min(attempt, len(PAUSES)) - 1]
