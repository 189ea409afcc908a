"""What a clone may bring in the place of an arrangement is not believed, whatever it looks like."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from finestream.journal import FOLDER
from finestream.permanent.key import own_key
from finestream_hooks.seals import is_sealed, sealed
from tests.hooks.monitored import START, Installed, record_of, settings_of
from tests.hooks.running import events


def forge(installed: Installed, how: str) -> None:
    """Write an arrangement as a clone may bring it: private, with the right path, and with a seal of somebody else's."""
    path = installed.project / FOLDER / "monitor.json"
    content = json.loads(path.read_text())
    if how == "unsealed":
        del content["seal"]
    elif how == "sealed by another":
        content = sealed(content, b"0" * 64)
    elif how == "changed":
        content["upstream"] = "https://evil.example"
    else:
        content = sealed({**content, "project": "/elsewhere"}, own_key(os.environ))
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("how", ["unsealed", "sealed by another", "changed", "of another project"])
def test_an_arrangement_that_a_clone_may_have_brought_starts_asks_and_changes_nothing(installed: Installed, how: str) -> None:
    """A strict umask makes it private, and nothing in a repository shows that it has another author."""
    forge(installed, how)
    assert installed.ask(START) is None
    assert (installed.pids, installed.asked) == ([], [])
    assert not installed.local.exists()
    assert [record["event"] for record in events(installed.project)] == ["session_started"]


def test_credentials_are_not_sent_where_a_clone_wants_them(installed: Installed) -> None:
    """What it brings may be a dead address as well, for which its upstream would be put, or a text that it has prepared."""
    installed.arrange("dies", upstream="https://evil.example")
    forge(installed, "unsealed")
    text = json.dumps(settings_of(installed))
    installed.local.write_text(text)
    record_of(installed, text)
    installed.ask(START)
    assert installed.pids == []
    assert json.loads(installed.local.read_text())["env"] == {"MINE": "ü", "ANTHROPIC_BASE_URL": "https://api.anthropic.com"}


def test_what_can_just_be_read_is_not_believed_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is written again for its seal, which takes a little more depth than reading it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert own_key(os.environ)
    for depth in range(800, sys.getrecursionlimit() + 9):
        content = {}
        with suppress(RecursionError):
            content = json.loads(f'{{"seal": "x", "a": {"[" * depth}{"]" * depth}}}')
        assert not is_sealed(content)


def test_another_path_to_the_project_is_the_same_project(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(installed.project)
    installed.arrange(project=str(tmp_path / "link"))
    installed.ask(START)
    assert len(installed.pids) == 1
