"""Who listens on a port: we, somebody else, or nobody of whom anything is known."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from finestream_hooks import listeners
from finestream_hooks.listeners import is_foreign

OURS, THEIRS = os.geteuid(), os.geteuid() + 1000
LINE = b"   0: %s:%04X 00000000:0000 %s 00000000:00000000 00:00000000 00000000 %5d        0 12345 1 0000000000000000 100 0 0 10 0"
HERE, ALL, ALL_6, OTHER = b"0100007F", b"00000000", b"0" * 32, b"0200007F"


def rows(monkeypatch: pytest.MonkeyPatch, *known: tuple[bytes, bytes, int]) -> None:
    monkeypatch.setattr(listeners, "_rows", lambda: [LINE % (where, 4711, state, owner) for where, state, owner in known] + [b""])


@pytest.mark.parametrize("where", [HERE, ALL, ALL_6, listeners._HERE[2]])
def test_somebody_else_is_foreign_and_we_are_not(where: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(monkeypatch, (where, b"0A", THEIRS))
    assert is_foreign(4711)
    assert not is_foreign(4712)
    rows(monkeypatch, (where, b"0A", OURS))
    assert not is_foreign(4711)
    rows(monkeypatch, (where, b"0A", 0))
    assert not is_foreign(4711)


def test_who_has_the_address_itself_counts_before_who_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows(monkeypatch, (ALL, b"0A", THEIRS), (HERE, b"0A", OURS))
    assert not is_foreign(4711)
    rows(monkeypatch, (ALL, b"0A", OURS), (HERE, b"0A", THEIRS))
    assert is_foreign(4711)


def test_a_connection_is_no_listener_and_another_address_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    rows(monkeypatch, (HERE, b"01", THEIRS), (OTHER, b"0A", THEIRS))
    assert not is_foreign(4711)


def test_what_is_really_there_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_foreign(port)
        if sys.platform == "linux":
            assert listeners._owners(port) == ({OURS}, set())
    monkeypatch.setattr(listeners, "_FILES", ("/nowhere",))
    assert listeners._rows() == []
