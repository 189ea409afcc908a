"""What is ours, told by its text alone."""

from __future__ import annotations

import pytest

from finestream.install.ownership import is_our_address, is_our_command, may_hold_ours

TOKEN = "aZ09_-" * 5 + "xy"


@pytest.mark.parametrize(
    ("command", "is_ours"),
    [
        ("${CLAUDE_PROJECT_DIR}/.claude/hooks/finestream/pre_tool.py", True),
        ('python3 "$CLAUDE_PROJECT_DIR"/.claude/hooks/finestream/before.py --fast', True),
        ("/home/me/config/hooks/finestream/streaming_monitor.py", True),
        ("hooks/finestream/post_tool.py", True),
        ("/home/me/config/hooks/finestream/mine.py", False),
        ("my-hooks/finestream.py", False),
        (".claude/hooks/finestream/pre_tool.pyx", False),
        (".claude/hooks/finestream/pre_tool.sh", False),
        (".claude/hooks/other/pre_tool.py", False),
        ("webhooks/finestream/pre_tool.py", False),
        ("finestream claude", False),
    ],
)
def test_commands(command: str, is_ours: bool) -> None:
    assert is_our_command(command) == is_ours
    assert may_hold_ours(f'{{"command": "{command}"') == is_ours


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        (f"http://127.0.0.1:8000/{TOKEN}", True),
        (f"http://127.0.0.1:8000/{TOKEN}/", True),
        (f"https://127.0.0.1:8000/{TOKEN}", False),
        (f"http://localhost:8000/{TOKEN}", False),
        (f"http://127.0.0.1:8000/{TOKEN}/v1", False),
        (f"http://127.0.0.1:8000/{TOKEN}x", False),
        ("http://127.0.0.1:8000", False),
        ("https://api.anthropic.com", False),
    ],
)
def test_addresses(url: str, is_ours: bool) -> None:
    assert is_our_address(url) == is_ours
