"""What a hook writes down is what the gateway would: the rules of both are compared, text by text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.journal import redact
from finestream.journal.scrubbing import CONTENT_KEYS, Scrubber
from finestream_hooks import scrubbing

KEY = "sk-ant-api03-" + "x1" * 20
PIECES = [
    KEY,
    "sk-proj-1234567890abcdefghij1234",
    "Bearer abcdefghij0123456789xyz",
    "bearer short",
    "Authorization: Basic dXNlcjpwYXNz",
    '"x-api-key": "abc"',
    "password=hunter2",
    "https://me:pass@host/x",
    "auth-token : zzz",
    "cookie=a=b; c=d",
    "[redacted]",
    "task-list-of-the-day",
    "plain words\n",
    "=",
    ":",
    " ",
    '\\"',
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=6).map("".join)


@given(texts)
def test_the_rules_are_those_of_the_journal(text: str) -> None:
    assert scrubbing.redact(text) == redact(text)


@given(st.dictionaries(st.sampled_from([*CONTENT_KEYS, "tool", "target", "reason"]), texts | st.none() | st.integers()))
def test_a_record_is_scrubbed_as_the_journal_does(record: dict[str, object]) -> None:
    cleaned = scrubbing.scrub(record, "/nowhere/.claude/finestream")
    whole = {key: str(value) if key in CONTENT_KEYS and value is not None else value for key, value in record.items()}
    assert cleaned == Scrubber(True, 2**20).scrub(whole)


@pytest.mark.parametrize("text", ["x" * (2**20 + 5), "ü" * 2**20, "🎯" * 2**19])
def test_what_is_too_long_is_cut_at_a_character(text: str) -> None:
    record: dict[str, object] = {"INVALID_JSON": text, "reason": text}
    assert scrubbing.scrub(record, "/nowhere") == Scrubber(True, 2**20).scrub(record)


def wish(project: Path, text: str) -> str:
    (project / ".claude").mkdir(exist_ok=True)
    (project / ".claude" / "finestream.yaml").write_text(text)
    return str(project / ".claude" / "finestream")


@pytest.mark.parametrize(
    ("text", "is_written"),
    [
        ("", True),
        ("recovery: off\n", True),
        ("journal: {content: on}\n", True),
        ("journal: {content: off}\n", False),
        ("journal:\n  content: off\n", False),
        ("journal:\n  rotate: 1MB\n  content : no # really\n", False),
        ('journal: {"content": "off"}\n', False),
        ("journal: {content_limit: 1KB}\n", True),
        ("# journal: {content: off}\n", True),
        ("journal: {content: maybe}\n", False),
        ("journal: {content: &x on}\n", False),
        ("journal: {rotate: 1MB,content: true}", True),
    ],
)
def test_content_is_written_where_the_settings_plainly_allow_it(project: Path, text: str, is_written: bool) -> None:
    cleaned = scrubbing.scrub({"INVALID_JSON": "some text"}, wish(project, text))
    expected = Scrubber(is_written, 2**20).scrub({"INVALID_JSON": "some text"})
    assert cleaned == expected
    assert isinstance(cleaned["INVALID_JSON"], str) == is_written


@pytest.mark.parametrize("kind", ["pipe", "stdin", "zero", "folder"])
def test_settings_that_are_no_file_say_nothing_and_keep_nobody_waiting(project: Path, kind: str) -> None:
    from tests.hooks.running import batch, errors, run, unparsed

    path = project / ".claude" / "finestream.yaml"
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(f"/dev/{kind}")
    run("streaming_monitor", json.dumps(batch(unparsed('{"content": "x'))).encode(), project, patience=5)
    assert [record["INVALID_JSON"] for record in errors(project)] == ['{"content": "x']


def test_the_limit_is_the_users(project: Path) -> None:
    assert scrubbing.scrub({"INVALID_JSON": "x" * 2000}, wish(project, "journal: {content_limit: 1KB}")) == {
        "INVALID_JSON": "x" * 1024 + "...[976 bytes omitted]"
    }


def test_the_projects_word_beats_the_users(project: Path) -> None:
    from tests.hooks.running import batch, errors, run, unparsed

    home = project / "home"
    (home / ".config" / "finestream").mkdir(parents=True)
    (home / ".config" / "finestream" / "config.yaml").write_text("journal: {content: off}\n")
    data = json.dumps(batch(unparsed('{"content": "x'))).encode()
    run("streaming_monitor", data, project, known={"HOME": str(home)})
    wish(project, "journal: {content: on}\n")
    run("streaming_monitor", data, project, known={"HOME": str(home)})
    assert [isinstance(record["INVALID_JSON"], str) for record in errors(project)] == [False, True]
