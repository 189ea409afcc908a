"""Claude Code as a child: where it is, and what its environment needs behind a gateway. SHELL.

Its one law: the user's environment stays as it is, and where something is a preference, the user's own value wins.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from finestream.errors import ClientError

FIRST_PARTY = "api.anthropic.com"
AGENT_HEADER = "x-finestream-agent"
# What a client behind a custom base URL is without by default (facts 7.4, pain P18), and hints that tell its requests apart (facts 3.3).
# Two variables are left out on purpose. _CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL would restore the rest, but makes the client put a hash
# into the system prompt of each request (2.1.330: `cch=`), and a continuation has another body.
# CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK would make an `error` event outside of a tool input, which is passed on, the end of the turn
# (facts 2.3).
_WANTED = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
}
# In front of a gateway of the user's own, its model may not know deferred tools; there the client's default stays.
_WANTED_IN_FRONT_OF_THE_API = {"ENABLE_TOOL_SEARCH": "true"}
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
_LOOPBACK = "127.0.0.1"
# With one of these the client asks another provider, and never comes by here.
_PROVIDERS = {
    "CLAUDE_CODE_USE_BEDROCK": "Amazon Bedrock",
    "CLAUDE_CODE_USE_MANTLE": "Amazon Bedrock",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS": "AWS",
    "CLAUDE_CODE_USE_VERTEX": "Google Vertex AI",
    "CLAUDE_CODE_USE_FOUNDRY": "Microsoft Foundry",
}


def find_client(environ: Mapping[str, str]) -> Path:
    """Return the Claude Code client: ``claude`` on PATH, else the one inside the wheel of the claude-agent-sdk.

    Raises:
        ClientError: There is neither.
    """
    on_path = shutil.which("claude", path=environ.get("PATH", os.defpath))
    if on_path:
        return Path(on_path).absolute()
    spec = importlib.util.find_spec("claude_agent_sdk")  # importing it would cost half a second
    bundled = Path(spec.origin).with_name("_bundled") / "claude" if spec and spec.origin else None
    if bundled and os.access(bundled, os.X_OK):
        return bundled
    raise ClientError(
        "Claude Code is not there: no 'claude' on PATH, and no claude-agent-sdk that brings one along",
        "pip install claude-agent-sdk, or install Claude Code itself (https://code.claude.com/docs).",
    )


def additions(known: Mapping[str, str], url: str, *, upstream: str, agent: str | None) -> dict[str, str]:
    """Return what the client's environment needs on top of what it has, so that it talks to the gateway and loses nothing by it.

    Args:
        known: What the client will know: the user's environment, overlaid with the ``env`` of the settings files.
        url: The gateway's.
        upstream: What stands behind it.
        agent: The name for the log of whoever speaks in the main conversation.
    """
    wanted = _WANTED | (_WANTED_IN_FRONT_OF_THE_API if urlsplit(upstream).hostname == FIRST_PARTY else {})
    added = {name: value for name, value in wanted.items() if name not in known}
    added["ANTHROPIC_BASE_URL"] = url
    if any(name.upper() in _PROXIES and value for name, value in known.items()):
        # A proxy for the world must not get hold of loopback (pain P22); clients differ in which spelling they read.
        added |= dict.fromkeys(("NO_PROXY", "no_proxy"), _no_proxy(known))
    if agent:
        headers = [known.get("ANTHROPIC_CUSTOM_HEADERS", "").rstrip("\n"), f"{AGENT_HEADER}: {agent}"]
        added["ANTHROPIC_CUSTOM_HEADERS"] = "\n".join(filter(None, headers))
    return added


def _no_proxy(known: Mapping[str, str]) -> str:
    listed = [entry.strip() for name in ("NO_PROXY", "no_proxy") for entry in known.get(name, "").split(",") if entry.strip()]
    return ",".join(dict.fromkeys(["*"] if "*" in listed else [*listed, _LOOPBACK]))


def agent_of(arguments: Sequence[str]) -> str | None:
    """Return the name that ``--agent`` gives the main conversation. One that no header can carry is none."""
    name = option(arguments, "--agent")
    return name if name and name.isascii() and name.isprintable() else None


def option(arguments: Sequence[str], name: str) -> str | None:
    """Return the value of an option of the client; as there, the last one counts, and nothing behind ``--`` does."""
    place = find_option(arguments, name)
    if place is None:
        return None
    return arguments[place].partition("=")[2] if arguments[place].startswith(f"{name}=") else arguments[place + 1]


def find_option(arguments: Sequence[str], name: str) -> int | None:
    """Return where the option with its value stands: ``--name value`` or ``--name=value``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    places = [place for place in range(end) if arguments[place].startswith(f"{name}=") or (arguments[place] == name and place + 1 < end)]
    return places[-1] if places else None


def other_provider(known: Mapping[str, str]) -> str | None:
    """Return the provider that the client asks instead of the Messages API, if one is set."""
    return next((provider for name, provider in _PROVIDERS.items() if known.get(name, "").lower() in ("1", "true", "yes", "on")), None)
