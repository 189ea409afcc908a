"""The address of the API in the place of the monitor's: what else stands in the file stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finestream.journal import FOLDER
from finestream_hooks.fallback import LOCAL, fall_back, put

TOKEN = "t" * 32
OURS = f'"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000/{TOKEN}"'
THEIRS = '"ANTHROPIC_BASE_URL": "https://api.example"'


def settle(project: Path, text: str) -> Path:
    path = project / ".claude" / LOCAL
    path.parent.mkdir()
    path.write_text(text)
    return path


def retire(project: Path) -> str:
    return fall_back(str(project), str(project / FOLDER), port=4000, upstream="https://api.example", token=None)


@pytest.mark.parametrize(
    "rest",
    [
        '"number": 1e400',
        '"number": 12345678901234567890.12345678901234567890',
        '"text": "\\ud800"',
        '"twice": 1, "twice": 2',
        '"env": {"A": "1"}',
        '"number": 1e400, "said": "\\"ANTHROPIC_BASE_URL\\": \\"http://127.0.0.1:4000/x\\""',
    ],
)
def test_where_a_value_would_not_stay_what_it_is_the_address_alone_is_changed(project: Path, rest: str) -> None:
    path = settle(project, f'{{"env" : {{ {OURS}}},{rest}}}')
    assert "gave way to https://api.example" in retire(project)
    assert path.read_text() == f'{{"env" : {{ {THEIRS}}},{rest}}}'


@pytest.mark.parametrize("rest", ['"number": 1.50', '"number": -0.0', '"number": 12345678901234567890', '"text": "\\u00e9 and \\/"'])
def test_elsewhere_every_value_stays(project: Path, rest: str) -> None:
    path = settle(project, f'{{"env": {{{OURS}}},{rest}}}\n')
    retire(project)
    assert json.loads(path.read_text()) == json.loads(f'{{"env": {{{THEIRS}}},{rest}}}')


def test_what_the_client_does_not_read_either_is_left_alone(project: Path) -> None:
    path = settle(project, f'{{"env": {{{OURS}}}, "number": NaN}}')
    before = path.read_text()
    assert "was left alone" in retire(project)
    assert path.read_text() == before


def test_what_came_with_the_address_goes_with_it_where_it_is_as_it_came(project: Path) -> None:
    path = settle(project, f'{{"env": {{{OURS}, "ENABLE_TOOL_SEARCH": "true", "CLAUDE_ENABLE_BYTE_WATCHDOG": "0"}}}}')
    retire(project)
    assert json.loads(path.read_text()) == {"env": {"ANTHROPIC_BASE_URL": "https://api.example", "CLAUDE_ENABLE_BYTE_WATCHDOG": "0"}}


def test_what_somebody_has_written_since_is_not_written_over(project: Path) -> None:
    path = settle(project, "theirs")
    assert not put(str(path), b"ours", in_place_of=b"what was read")
    assert path.read_text() == "theirs"
    assert put(str(path), b"ours", in_place_of=b"theirs")
    assert path.read_text() == "ours"
    assert [each.name for each in path.parent.iterdir()] == [LOCAL]
