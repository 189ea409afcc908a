"""What a call is about: told from a text that may be cut anywhere."""

from __future__ import annotations

import json

import pytest

from finestream.monitor.target import receiver, subject, target


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


@pytest.mark.parametrize(
    ("tool", "text", "expected"),
    [
        ("Write", '{"file_path": "a.md", "content": "x', "a.md"),
        ("Task", '{"description": "look", "subagent_type": "qa"', "qa"),
        ("Task", '{"description": "look', "look"),
        ("Bash", '{"description": "tests", "command": "ls -l', "ls -l"),
        ("Bash", json.dumps({"command": 'say "é"\\ \x1b'}), 'say "é"\\ \x1b'),
        ("Bash", '{"command": "ls \\', "ls "),
        ("Bash", '{"command": "ls \\u00', "ls "),
        ("Bash", '{"command": "ls \\q', None),
        ("Bash", '{"command": "' + "x" * 5000, "x" * 200),
        ("Write", '{"file_path": "' + "x" * 300 + '"', "x" * 200),
        ("Grep", '{"pattern": ""', None),
        ("Odd", '{"other": 1}', None),
        ("Task", "x" * 5000 + '{"subagent_type": "far"', None),
    ],
)
def test_the_subject_is_told_while_it_is_written(tool: str, text: str, expected: str | None) -> None:
    assert subject(tool, text.encode()) == expected
