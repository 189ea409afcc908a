"""A project with the hooks in it, and a stand-in for its permanent monitor."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from finestream.journal import FOLDER
from finestream.permanent.key import own_key
from finestream_hooks.seals import sealed
from tests.hooks.running import SCRIPTS, Json, event, run

TOKEN = "t0ken-" + "x" * 26
START = event("SessionStart", source="startup")


class Installed:
    """A project with the hooks in it, and what was arranged for its monitor."""

    def __init__(self, project: Path, tmp_path: Path) -> None:
        self.project = project
        self.scripts = project / ".claude" / "hooks" / "finestream"
        shutil.copytree(SCRIPTS, self.scripts)
        self.record = tmp_path / "asked"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/{TOKEN}"
        self.arrange()

    def arrange(self, *how: str, mode: int = 0o600, **more: Any) -> None:
        """Write ``monitor.json``."""
        program = [sys.executable, str(Path(__file__).with_name("stand_in.py")), str(self.port), TOKEN, str(self.record), *how]
        path = self.project / FOLDER / "monitor.json"
        path.parent.mkdir(exist_ok=True)
        content = {"port": self.port, "token": TOKEN, "command": program, "project": str(self.project)} | more
        path.write_text(json.dumps(sealed(content, own_key(os.environ))))
        path.chmod(mode)

    def ask(self, said: Json, **known: str) -> Json | None:
        """Run the project's own hook, which knows what the client has from the settings."""
        return self.ask_from(self.project, said, **{"ANTHROPIC_BASE_URL": self.url, **known})

    def ask_from(self, folder: Path, said: Json, **known: str) -> Json | None:
        """Run it for a session that calls another folder its project."""
        ran = run("streaming_monitor", json.dumps(said).encode(), folder, scripts=self.scripts, known=known)
        assert (ran.returncode, ran.stderr) == (0, b"")
        return json.loads(ran.stdout) if ran.stdout else None

    @property
    def asked(self) -> list[Json]:
        """What the monitor was asked."""
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []

    @property
    def pids(self) -> list[int]:
        """The monitors that served."""
        path = Path(f"{self.record}.pids")
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    @property
    def local(self) -> Path:
        """The machine's own settings of the project."""
        return self.project / ".claude" / "settings.local.json"


FALLBACK = '{"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "python3"}]}]}}\n'


def settings_of(installed: Installed) -> Json:
    url = f"{installed.url}/hooks/PreToolUse"
    return {
        "permissions": {"allow": ["Bash(ls)"]},
        "env": {"MINE": "ü", "ANTHROPIC_BASE_URL": installed.url, "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1"},
        "hooks": {
            "PreToolUse": [{"hooks": [{"type": "http", "url": url}]}, {"hooks": [{"type": "command", "command": "mine"}]}],
            "PostToolUse": [{"matcher": "Write", "hooks": [{"type": "http", "url": url}, {"type": "command", "command": "mine"}]}],
            "SubagentStop": [{"hooks": [{"type": "http", "url": url}]}],
        },
    }


def record_of(installed: Installed, text: str) -> None:
    entry = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "original": None, "fallback": FALLBACK}
    record = installed.project / FOLDER / "install.json"
    record.write_text(json.dumps({"files": {"settings.local.json": entry}}))
    record.chmod(0o600)
