"""A conversation in a file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from finestream.workflow.transcript import Transcript

SAID = [{"type": "text", "text": "Wörter 😀\n\u2028"}]


def written(path: Path) -> bytes:
    transcript = Transcript(path)
    transcript.open()
    transcript.keep("user", SAID)
    transcript.keep("assistant", [{"type": "text", "text": "fine"}])
    transcript.close()
    return path.read_bytes()


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    written(path)
    messages = Transcript(path).messages
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert messages[0]["content"] == SAID
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_message_is_in_the_file_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    transcript = Transcript(path)
    transcript.open()
    transcript.keep("user", SAID)
    assert Transcript(path).messages == transcript.messages
    transcript.close()


def test_nothing_is_written_before_it_is_opened_and_nothing_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    transcript = Transcript(path)
    transcript.close()
    assert (transcript.messages, path.exists()) == ([], False)
    transcript.open()
    transcript.keep("assistant", [])
    transcript.close()
    assert path.read_bytes() == b""


HALF = b'{"role": "user", "con'


@pytest.mark.parametrize(
    "rest", [HALF, HALF + b"x" * 500, b'{"role": "user", "content": []}', b"\xff\n", b"[1]\n", b'{"role": "user"}\n', b"\n"]
)
def test_what_is_not_whole_is_dropped_and_written_over(rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = written(path)
    path.write_bytes(whole + rest)
    transcript = Transcript(path)
    assert len(transcript.messages) == 2
    transcript.open()
    transcript.keep("user", SAID)
    transcript.close()
    assert path.read_bytes() == whole + whole.splitlines(keepends=True)[0]


def test_what_no_encoding_knows_is_kept_as_it_can_be_sent(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "a.jsonl")
    transcript.open()
    transcript.keep("user", [{"type": "text", "text": "a\ud83d b\ud83d\ude00"}])
    transcript.close()
    assert transcript.messages[0]["content"][0]["text"] == "a\ufffd b😀"
