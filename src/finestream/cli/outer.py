"""The session of Claude Code that a command was typed in. SHELL.

Its one law: a run is the same from inside a session as from a terminal. What the client tells its children of itself would reach the run's
own sessions, which are not its children: they would note themselves down with it, and hold its socket and the name of its agent.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from finestream.cli.client import AGENT_HEADER
from finestream.errors import GatewayError

# What the client (2.1.332) adds to the environment of a command, and takes out itself where it starts a session that is nobody's child.
MARKS = (
    "AI_AGENT",
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_NOTES_DIR",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS",
    "CLAUDE_CODE_MESSAGING_SOCKET",
    "CLAUDE_CODE_MESSAGING_TOKEN",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_STARTER_MAY_HOLD_CONNECTOR_FILE",
    "CLAUDE_EFFORT",
    "CLAUDE_PID",
)
_BASE_URL, _HEADERS = "ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"


def leave(environ: MutableMapping[str, str]) -> None:
    """Take out of ``environ`` what belongs to the session around it."""
    for name in MARKS:
        environ.pop(name, None)
    lines = environ.pop(_HEADERS, "").splitlines()
    kept = [line for line in lines if line.partition(":")[0].strip().lower() != AGENT_HEADER]
    if kept:
        environ[_HEADERS] = "\n".join(kept)


def pass_by(environ: MutableMapping[str, str]) -> None:
    """Put in the place of a monitor's address what stands behind it: through two monitors, each input would be watched twice.

    An address with a password is told without it, and has to be named with --upstream.

    Raises:
        GatewayError: The monitor does not answer.
    """
    from finestream.install.ownership import is_our_address

    address = environ.get(_BASE_URL, "")
    if not is_our_address(address):
        return
    from finestream.doctor.gateway import health

    found = health(address)
    if found is None:
        fix = "Begin the run in a new session, or give the address of the API with --upstream."
        raise GatewayError(f"the monitor that {_BASE_URL} names does not answer", fix, address=address)
    environ[_BASE_URL] = found["upstream"]
