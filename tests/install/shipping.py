"""A small set of files to install, of the form of the shipped ones, and what a folder holds."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from finestream.install import Assets, Monitor, Order, load_assets
from finestream.install.disk import Change, Disk

EVENTS = {
    "PreToolUse": "pre_tool",
    "PostToolUse": "post_tool",
    "PostToolUseFailure": "post_tool",
    "PostToolBatch": "streaming_monitor",
    "SessionStart": "streaming_monitor",
    "SessionEnd": "streaming_monitor",
    "SubagentStart": "streaming_monitor",
    "SubagentStop": "streaming_monitor",
    "StopFailure": "streaming_monitor",
}
TOKEN = "t" * 32
ADDRESS = f"http://127.0.0.1:4321/{TOKEN}"


def handler(script: str, folder: str = "${CLAUDE_PROJECT_DIR}/.claude/hooks/finestream", **more: Any) -> dict[str, Any]:
    """A command hook on a script of ours."""
    return {"type": "command", "command": "python3", "args": ["-I", "-S", f"{folder}/{script}.py"], "timeout": 10, **more}


def ship(folder: Path, *, version: str = "1", status_line: bool = True) -> Assets:
    """Make folders such as those that are shipped, and read them."""
    (folder / "hooks" / "finestream_hooks").mkdir(parents=True, exist_ok=True)
    (folder / "agents").mkdir(exist_ok=True)
    (folder / "workflows").mkdir(exist_ok=True)
    (folder / "commands").mkdir(exist_ok=True)
    for name in ("pre_tool", "post_tool", "streaming_monitor", *(["status_line"] if status_line else [])):
        (folder / "hooks" / f"{name}.py").write_text(f"# {name} {version}\n")
    (folder / "hooks" / "finestream_hooks" / "__init__.py").write_text(f"# {version}\n")
    groups = {event: [{"hooks": [handler(script, "${CLAUDE_PLUGIN_ROOT}/hooks")]}] for event, script in EVENTS.items()}
    (folder / "hooks" / "hooks.json").write_text(json.dumps({"hooks": groups}))
    (folder / "agents" / "developer.md").write_text(f"---\nname: developer\ndescription: {version}\n---\nWrite.\n")
    (folder / "workflows" / "quick-flow.yaml").write_text(f"name: quick-flow\nversion: {version}\n")
    (folder / "commands" / "quick-flow.md").write_text(f"---\ndescription: {version}\n---\nRun it.\n")
    return load_assets(folder.joinpath)


def shipped_again(folder: Path) -> Assets:
    """Read such folders again."""
    return load_assets(folder.joinpath)


def order(assets: Assets, *, monitor: bool = False, status_line: bool = False, force: bool = False) -> Order:
    """An order with a monitor at `ADDRESS`."""
    environment = {"ENABLE_TOOL_SEARCH": "true", "ANTHROPIC_BASE_URL": ADDRESS}
    permanent = Monitor(4321, TOKEN, ("python", "-m", "finestream", "monitor"), None, environment) if monitor else None
    return Order(assets, permanent, status_line, force)


def contents(folder: Path) -> dict[str, object]:
    """Everything below a folder: bytes and mode of files, targets of links, and folders."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))  # noqa: PTH115 - the text of the link, as it is
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    return found


def load(path: Path) -> Any:
    """Read JSON."""
    return json.loads(path.read_text())


def write(path: Path, content: Any) -> Path:
    """Write a text, or JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return path


def scripts_in(settings: Any) -> dict[str, list[str]]:
    """Return what of ours each event runs or asks."""
    handlers = {event: [one for group in groups for one in group["hooks"]] for event, groups in settings.get("hooks", {}).items()}
    return {event: [one.get("url") or one["args"][-1].rpartition("/")[2] for one in ones] for event, ones in handlers.items()}


def ours_in(settings: Any) -> dict[str, list[str]]:
    """Return the scripts of ours that each event runs."""
    found = {}
    for event, groups in settings["hooks"].items():
        handlers = [one for group in groups for one in group["hooks"] if "finestream" in json.dumps(one)]
        found[event] = [one["args"][-1].rpartition("/")[2] for one in handlers]
    return found


class MeddlingDisk(Disk):
    """A disk on which something happens just before the change of this number: another program writes, or the disk refuses."""

    def __init__(self, number: int, meddle: Any) -> None:
        self.left = number
        self.meddle = meddle

    def carry_out(self, change: Change) -> None:
        self.left -= 1
        if self.left == 0:
            self.meddle(change)
        super().carry_out(change)
