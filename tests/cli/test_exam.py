"""``finestream exam`` without the real client: what it lists and what it refuses. What it grades is in ``tests/e2e/test_exam.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finestream.cli.exam import command
from finestream.exam.scenarios import scenarios


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=True)


def test_the_scenarios_are_listed() -> None:
    assert ask("--list").stdout.splitlines() == [scenario.name for scenario in scenarios()]
    some = ask("--list", "--scenario", "subagent-*", "--scenario", "write-status-500-once").stdout.splitlines()
    assert "write-status-500-once" in some and len(some) > 3
    assert all(name.startswith(("subagent-", "write-status-")) for name in some)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--scenario", "nothing-like-it"), "no scenario is called so; see --list"),
        (
            ("--gateway", "netscape"),
            "claude-tap, an http address, or a command with {port} and {upstream} in it",
        ),
        (("--gateway", "relay '{port} {upstream}"), "No closing quotation"),
        (("--gateway", "http://127.0.0.1:1"), "needs --upstream-port"),
        (("--jobs", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(arguments: tuple[str, ...], why: str) -> None:
    asked = ask(*arguments)
    assert asked.exit_code == 2
    assert why in " ".join(asked.stderr.replace("│", " ").split())


def test_a_page_without_a_place_for_the_tables_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    asked = ask("--markdown", str(page))
    assert (asked.exit_code, page.read_text()) == (2, "nothing\n")
    assert "there are no lines '<!-- exam -->'" in asked.stderr
