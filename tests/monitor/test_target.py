"""What a call is about: told from a text that may be cut anywhere."""

from __future__ import annotations

import json

import pytest

from finestream.monitor.target import receiver, target


@pytest.mark.parametrize(
    ("tool", "text", "expected"),
    [
        ("Agent", '{"subagent_type":"a-b", "x', "a-b"),
        ("Task", '{"description": "x", "subagent_type" : "b"', "b"),
        ("SendMessage", '{"to": "lead", "m', "lead"),
        ("handoff", '{"agent_to": "c"', "c"),
        ("mcp__team__handoff", '{"agent_to": "c"', "c"),
        ("mcp__team__handoff_all", '{"agent_to": "c"', None),
        ("myhandoff", '{"agent_to": "c"', None),
        ("Write", '{"to": "lead"', None),
        ("SendMessage", '{"to": "le', None),
        ("SendMessage", '{"to": ""', None),
        ("SendMessage", '{"to": 5', None),
        ("SendMessage", json.dumps({"text": '"to": "x"', "to": "lead"}), "lead"),
        ("SendMessage", "", None),
        ("", '{"to": "x"', None),
    ],
)
def test_the_receiver_is_told_by_the_input(tool: str, text: str, expected: str | None) -> None:
    assert receiver(tool, text.encode()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"file_path": "docs/a.md", "content": "def', "docs/a.md"),
        ('{"content": "x", "file_path":"b.py"}', "b.py"),
        ('{"url": "https://example.org", "path": "c"}', "c"),
        ('{"notebook_path" : "d.ipynb"}', "d.ipynb"),
        (json.dumps({"content": '{"path": "inside"}', "path": 'say "é"\\'}), 'say "é"\\'),
        (json.dumps({"content": '{"path": "inside"}'}), None),
        ('{"file_path": "docs/a', None),
        ('{"file_path": 5}', None),
        ('{"file_path": "a\tb"}', "a\tb"),
        ('{"file_path": "C:\\q"}', None),
        ('{"command": "ls"}', None),
        ("", None),
        ("x" * 5000 + '{"path": "far"}', None),
    ],
)
def test_the_target_is_a_place_that_stands_there_whole(text: str, expected: str | None) -> None:
    assert target(text.encode()) == expected


def test_bytes_that_are_no_text_have_a_target_all_the_same() -> None:
    assert target(b'\xff{"path": "a\xff"}') == "a\ufffd"
    assert receiver("Task", b'{"subagent_type": "\xff"}') == "\ufffd"
