"""A dry run of ``finestream install`` or ``uninstall`` shows a settings file without what is secret in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.starting import finish
from tests.install.shipping import load, write

LOCAL = Path(".claude", "settings.local.json")
SECRETS = {"ANTHROPIC_API_KEY": "my key", "OTHER": "sk-ant-mine-0123456789", "MY_TOKEN": "my own"}


@pytest.mark.parametrize("before", [None, {"env": SECRETS}])
def test_a_dry_run_shows_no_secret(before: Any, tmp_path: Path, home: Path) -> None:
    if before:
        write(tmp_path / LOCAL, before)
    finish("install", "--monitor", folder=tmp_path)
    token = load(tmp_path / ".claude" / "finestream" / "monitor.json")["token"]
    for arguments in (["uninstall"], ["uninstall", "--json"], ["install"]):
        code, diff, _ = finish(*arguments, "--dry-run", folder=tmp_path)
        assert code == 0
        assert "settings.local.json" in diff
        assert "[redacted]" in diff
        assert not any(secret in diff for secret in (token, *SECRETS.values()))


def test_what_shows_no_secret_cannot_be_applied_by_mistake(tmp_path: Path, home: Path) -> None:
    write(tmp_path / LOCAL, {"env": SECRETS})
    before = (tmp_path / LOCAL).read_bytes()
    _, diff, _ = finish("install", "--monitor", "--dry-run", folder=tmp_path)
    assert '"MY_TOKEN": "[redacted]"' in diff
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / LOCAL).read_bytes() == before
    assert (tmp_path / ".claude" / "agents" / "qa.md").exists()
