"""A dead address gives way to that of the API, and nothing else changes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from finestream.doctor.mending import retire
from finestream_hooks.fallback import API
from tests.doctor.patients import settle
from tests.permanent.arranging import TOKEN, arrange

URL = f"http://127.0.0.1:4711/{TOKEN}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f'{{\n\t"env": {{\n\t\t"ANTHROPIC_BASE_URL": "{URL}"\n\t}},\n\t"é": 1\n}}\n',
            f'{{\n\t"env": {{\n\t\t"ANTHROPIC_BASE_URL": "{API}"\n\t}},\n\t"é": 1\n}}\n',
        ),
        (
            f'{{\r\n  "env": {{\r\n    "A": "b",\r\n    "ANTHROPIC_BASE_URL": "{URL}/"\r\n  }}\r\n}}',
            f'{{\r\n  "env": {{\r\n    "A": "b",\r\n    "ANTHROPIC_BASE_URL": "{API}"\r\n  }}\r\n}}',
        ),
        (
            f'\ufeff{{"env": {{"ANTHROPIC_BASE_URL": "{URL}", "ENABLE_TOOL_SEARCH": "false"}}}}',
            f'\ufeff{{"env": {{"ANTHROPIC_BASE_URL": "{API}", "ENABLE_TOOL_SEARCH": "false"}}}}',
        ),
        (
            f'{{"hooks": {{"Stop": [{{"hooks": [{{"url": "{URL}/hooks/Stop"}}]}}], "Own": [], "Odd": 1}}}}',
            '{"hooks": {"Own": [], "Odd": 1}}',
        ),
    ],
)
def test_what_is_ours_goes_and_the_form_stays(before: str, after: str, tmp_path: Path) -> None:
    file = settle(tmp_path, "settings.local.json", "")
    file.write_bytes(before.encode())
    file.chmod(0o640)
    retire(tmp_path)
    assert file.read_bytes() == after.encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"env": {"ANTHROPIC_BASE_URL": "https://api.example"}}',
        '{"hooks": {"Stop": [{"hooks": 1}, 2]}}',
        '{"env": [], "hooks": []}',
    ],
)
def test_what_is_not_ours_stays_byte_for_byte(text: str, tmp_path: Path) -> None:
    file = settle(tmp_path, "settings.local.json", text)
    assert "left alone" in retire(tmp_path)
    assert file.read_text() == text


@pytest.mark.parametrize("text", [None, "{"])
def test_a_file_that_cannot_be_read_is_left_alone(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        settle(tmp_path, "settings.local.json", text)
    assert re.search("cannot be read|left alone", retire(tmp_path))


def test_the_prepared_text_is_used_where_nobody_has_touched_the_file(tmp_path: Path) -> None:
    text = json.dumps({"env": {"ANTHROPIC_BASE_URL": URL}})
    file = settle(tmp_path, "settings.local.json", text)
    record = arrange(tmp_path, port=4711, upstream=None).with_name("install.json")
    entry = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "fallback": '{"prepared": true}\n'}
    record.write_text(json.dumps({"files": {"settings.local.json": entry}}))
    record.chmod(0o600)
    retire(tmp_path)
    assert file.read_text() == '{"prepared": true}\n'
    file.write_text(text + "\n")
    retire(tmp_path)
    assert json.loads(file.read_text()) == {"env": {"ANTHROPIC_BASE_URL": API}}
    file.write_text(text)
    record.with_name("monitor.json").unlink()  # without it, nothing proves that the record is the user's own
    retire(tmp_path)
    assert json.loads(file.read_text()) == {"env": {"ANTHROPIC_BASE_URL": API}}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": URL}}))
    (tmp_path / ".claude").mkdir()
    link = tmp_path / ".claude" / "settings.local.json"
    link.symlink_to(real)
    retire(tmp_path)
    assert link.is_symlink()
    assert json.loads(real.read_text()) == {"env": {"ANTHROPIC_BASE_URL": API}}
