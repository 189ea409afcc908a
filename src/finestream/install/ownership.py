"""What in a settings file is ours. PURE. Its one law: it is known by its own text, so that a lost record makes nobody an orphan.

A command is ours when it runs a script of our folder, a URL when it is that of a monitor. Other programs' entries never look like that.
"""

from __future__ import annotations

import re

from finestream.install.spans import Node, texts

SCRIPTS = ("pre_tool", "post_tool", "streaming_monitor", "status_line")
# A script of any other name in that folder of a `.claude` was one of ours in another version.
_SCRIPT = re.compile(rf"(?:\.claude/hooks/finestream/\w+|\bhooks/finestream/(?:{'|'.join(SCRIPTS)}))\.py(?!\w)")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/[A-Za-z0-9_-]{32}")
_HOOK = re.compile(rf"{_ADDRESS.pattern}/hooks/[A-Za-z]+")

# What stands beside our address in `env` with one value only; without a record it goes when the address does.
COMPANIONS = {
    "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "ENABLE_TOOL_SEARCH": "true",
}


def is_our_command(command: str) -> bool:
    """Say whether a command, or one argument of it, names a script of ours."""
    return _SCRIPT.search(command) is not None


def is_our_address(url: str) -> bool:
    """Say whether this is the base URL of a monitor: loopback, a port, a token and nothing else."""
    return _ADDRESS.fullmatch(url.rstrip("/")) is not None


def may_hold_ours(text: str) -> bool:
    """Say whether a text that cannot be parsed may hold something of ours."""
    return bool(_SCRIPT.search(text) or _ADDRESS.search(text))


def is_our_handler(text: str, handler: Node) -> bool:
    """Say whether a hook handler of a settings file is ours."""
    words = (word for key in ("command", "args") for word in texts(text, handler.get(key)))
    urls = texts(text, handler.get("url"))
    return any(map(is_our_command, words)) or any(_HOOK.fullmatch(url) for url in urls)
