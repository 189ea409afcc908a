"""A file is read, and what stands in its place is named, at once."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from finestream.plainfile import open_plain, read_plain


def test_a_file_and_what_a_link_leads_to_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\n\xff")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "file") == read_plain(tmp_path / "link") == b"a\r\n\xff"
    with open_plain(tmp_path / "file") as file:
        assert list(file) == [b"a\r\n", b"\xff"]


def test_what_has_no_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the whole path may be too long for a socket
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("socket")
    (tmp_path / "device").symlink_to("/dev/zero")
    for kind in ("pipe", "socket", "device"):
        with pytest.raises(OSError, match=f"it is a {kind}, and no file"):
            read_plain(tmp_path / kind)
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "nothing")


def test_a_pipe_that_takes_the_place_of_a_file_in_between_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    plain = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda path: plain)
    with pytest.raises(OSError, match="it is a pipe, and no file"):
        read_plain(tmp_path / "pipe")
