"""The gateways that can sit the exam: how each is started, and where a client finds it. PURE.

Its one law: whatever stands there, the client is given an address and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from finestream import __version__
from finestream.quantities import address


class Package(NamedTuple):
    """What is asked of the package registry: a name, a version, and the extras that a server needs."""

    name: str
    version: str
    extras: str = ""

    @property
    def requirement(self) -> str:
        """The requirement, as pip takes it."""
        return f"{self.name}{self.extras}=={self.version}"


# The newest whose requirements can all be had for each Python that finestream runs on (2026-11).
LITELLM = Package("litellm", "1.106.2", "[proxy]")
MITMPROXY = Package("mitmproxy", "11.0.2")
CLAUDE_TAP = Package("claude-tap", "0.1.146")

LISTENING = "http://127.0.0.1:{port}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A gateway. ``command``: how it is started; empty where it runs already, or there is none. ``base``: what the client is given.

    In these, in the values of ``environment`` and in the texts of ``files``, which have to be in its folder, stand ``{upstream}``,
    ``{port}``, ``{folder}`` (its own), ``{python}`` (ours) and ``{bin}`` (of ``package``); in ``base`` also ``{said}``, the ``url`` of the
    JSON object that it prints first. ``upstream_port``: where it expects its upstream, 0 for anywhere.
    """

    name: str
    version: str = ""
    command: str = ""
    base: str = LISTENING
    package: Package | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    upstream_port: int = 0


# What the client waits for in a silent stream has a thirtieth of its default here, 10 s of 300; so has what finestream measures by it.
_SETTINGS = "stall: 3s\nping: 0.3s\n"
PRESETS: Mapping[str, Candidate] = {
    "none": Candidate("none", base="{upstream}"),
    "finestream": Candidate(
        "finestream",
        __version__,
        "{python} -m finestream monitor --json --port {port} --upstream {upstream} --project {folder}",
        base="{said}",
        files={".claude/finestream.yaml": _SETTINGS},
    ),
    "litellm": Candidate(
        "litellm",
        LITELLM.version,
        "{bin}/litellm --host 127.0.0.1 --port {port} --config {folder}/config.yaml",
        base=f"{LISTENING}/anthropic",
        package=LITELLM,
        environment={
            "ANTHROPIC_API_BASE": "{upstream}",
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",  # it listens on loopback, in front of a simulator
        },
        files={"config.yaml": "model_list: []\n"},
    ),
    "mitmproxy": Candidate(
        "mitmproxy",
        MITMPROXY.version,
        # Without the last option it holds each answer until it is whole.
        "{bin}/mitmdump --mode reverse:{upstream} --listen-host 127.0.0.1 -p {port} --set confdir={folder} --set stream_large_bodies=1",
        package=MITMPROXY,
    ),
    "claude-tap": Candidate(
        "claude-tap",
        CLAUDE_TAP.version,
        "{bin}/claude-tap --tap-no-launch --tap-host 127.0.0.1 --tap-port {port} --tap-target {upstream} --tap-no-live --tap-no-open "
        "--tap-output-dir {folder}",
        package=CLAUDE_TAP,
    ),
}


def parse_candidate(text: str, *, base: str | None = None, upstream_port: int = 0) -> Candidate:
    """Read what a user calls a gateway: the name of a preset, the address of one that runs, or a command.

    Args:
        base: What the client is given instead of the place where a command was told to listen.
        upstream_port: Where one that runs expects its upstream.
    Raises:
        ValueError: it is none of them; the text says what would be right.
    """
    if text in PRESETS:
        return PRESETS[text]
    if text.startswith(("http://", "https://")):
        if not upstream_port:
            raise ValueError("a gateway that runs already needs --upstream-port, the port of 127.0.0.1 that it sends its requests to")
        # Not its path: that may hold a secret, as finestream's own does.
        return Candidate(urlsplit(text).netloc.rpartition("@")[2], base=address(text), upstream_port=upstream_port)
    if "{port}" not in text or "{upstream}" not in text:
        raise ValueError(
            f"is one of {', '.join(PRESETS)}, an http address, or a command with {{port}} and {{upstream}} in it, not '{text}'"
        )
    return Candidate(text.split()[0].rpartition("/")[2], command=text, base=base or LISTENING, upstream_port=upstream_port)


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put ``words`` into a text of a candidate."""
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text
