"""What the checks look at: a project, the environment, and the client's settings files as they are. SHELL.

Its one law: a file that cannot be read is a fact like any other, and no error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from finestream.errors import ArrangementError, FinestreamError
from finestream.permanent.arrangement import FOLDER, Arrangement, load_arrangement
from finestream.plainfile import read_plain
from finestream.settings import Settings

BASE_URL = "ANTHROPIC_BASE_URL"
_SCRIPT = re.compile(r"hooks/finestream/(pre_tool|post_tool|streaming_monitor)\.py\b")
_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):(\d{1,5})/([A-Za-z0-9_-]{16,256})(/hooks/(\w+))?/?")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One settings file. ``content`` None: it is not there, or ``trouble`` says why it cannot be read."""

    layer: str
    path: Path
    content: Mapping[str, Any] | None = None
    trouble: str | None = None

    @property
    def env(self) -> Mapping[str, str]:
        """What it says about the client's environment."""
        env = (self.content or {}).get("env")
        return {name: str(value) for name, value in env.items()} if isinstance(env, dict) else {}


class Handler(NamedTuple):
    """One registered hook."""

    event: str
    sheet: Sheet
    content: Mapping[str, Any]

    @property
    def script(self) -> str | None:
        """The name of our script that it runs, if it is ours and a command."""
        words = [self.content.get("command"), *_listed(self.content.get("args"))]
        found = next((match for word in words if isinstance(word, str) and (match := _SCRIPT.search(word))), None)
        return found[1] if found else None

    @property
    def is_address(self) -> bool:
        """Whether it is ours and a URL of a monitor."""
        match = _ADDRESS.fullmatch(str(self.content.get("url", "")))
        return bool(match and match[4] == self.event)

    @property
    def is_ours(self) -> bool:
        """Whether finestream has registered it."""
        return self.script is not None or self.is_address


@dataclass(frozen=True)
class Patient:
    """Everything that is known before the first check. ``client``: None where there is no Claude Code."""

    project: Path
    environ: Mapping[str, str]
    sheets: Sequence[Sheet]
    settings: Settings = field(default_factory=Settings)
    client: Path | None = None
    provider: str | None = None
    """Whom the client asks instead of the Messages API."""
    upstream: str | None = None
    python: str = "python3"
    shipped: Path | None = None
    """The folder of the hooks as they are shipped."""
    assets: Collection[str] = ()
    """The paths of all that an installation copies."""
    remarks: Sequence[str] = ()
    """What finestream's own settings say that is ignored."""
    refusal: FinestreamError | None = None
    """Why they cannot be followed."""

    @property
    def folder(self) -> Path:
        """The journal's."""
        return self.project / FOLDER

    @property
    def env(self) -> dict[str, str]:
        """What the client will know: each layer beats those before it, and all of them the environment."""
        return {**self.environ, **{name: value for sheet in self.sheets for name, value in sheet.env.items()}}

    @property
    def handlers(self) -> list[Handler]:
        """All hooks of all files."""
        return [handler for sheet in self.sheets for handler in _handlers(sheet)]

    def says(self, key: str) -> Iterator[tuple[Sheet, Any]]:
        """Yield what the files say about a key."""
        return ((sheet, sheet.content[key]) for sheet in self.sheets if sheet.content and key in sheet.content)

    def arrangement(self) -> Arrangement | ArrangementError | None:
        """What was arranged for the permanent monitor, why it cannot be followed, or None: nothing was."""
        try:
            return load_arrangement(self.project)
        except ArrangementError as error:
            return error if (self.folder / "monitor.json").exists() else None


def monitor_port(url: str) -> int | None:
    """Return the port of an address that a monitor of ours could have; None: it is somebody else's."""
    match = _ADDRESS.fullmatch(url)
    return int(match[1]) if match and not match[3] else None


def read_sheets(files: Iterable[tuple[str, Path]]) -> list[Sheet]:
    """Read settings files; each once."""
    return [_read(layer, path) for layer, path in dict.fromkeys(files)]


def _read(layer: str, path: Path) -> Sheet:
    try:
        content = json.loads(read_plain(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return Sheet(layer, path)
    except OSError as error:
        return Sheet(layer, path, trouble=error.strerror or str(error))
    except json.JSONDecodeError as error:
        return Sheet(layer, path, trouble=f"line {error.lineno}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return Sheet(layer, path, trouble=str(error))
    return Sheet(layer, path, content) if isinstance(content, dict) else Sheet(layer, path, trouble="it holds no JSON object")


def _handlers(sheet: Sheet) -> Iterator[Handler]:
    hooks = (sheet.content or {}).get("hooks")
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in _listed(groups):
            for content in _listed(group.get("hooks") if isinstance(group, dict) else None):
                if isinstance(content, dict):
                    yield Handler(event, sheet, content)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
