"""Reading the event: as soon as it is whole, in whatever pieces it comes, and never beyond the deadline."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator

import pytest

from finestream_hooks.stdin import read_event

NEVER = 600.0  # seconds; a test that waits for that has failed
EVENT = {"hook_event_name": "X", "text": "}{ grüße 🎯 }", "deep": {"a": [1, {}]}}


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return both ends of a pipe; the writing one stays open, as clients have left it."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_a_whole_event_is_not_waited_behind(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], json.dumps(EVENT).encode())
    assert read_event(pipe[0], silence=NEVER, patience=NEVER) == EVENT


@pytest.mark.parametrize("step", [1, 7, 40])
def test_it_comes_in_pieces(pipe: tuple[int, int], step: int) -> None:
    """Each piece is there only when the one before it has been read, so that each looks like the end."""
    data = json.dumps(EVENT, ensure_ascii=False).encode()

    def write() -> None:
        for start in range(0, len(data), step):
            os.write(pipe[1], data[start : start + step])

    writing = threading.Thread(target=write)
    writing.start()
    assert read_event(pipe[0], silence=1.0, patience=NEVER) == EVENT
    writing.join()


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": {}', b"}", b"5"])
def test_what_does_not_become_whole_is_not_waited_for(pipe: tuple[int, int], data: bytes) -> None:
    os.write(pipe[1], data)
    with pytest.raises(ValueError):
        read_event(pipe[0], silence=0.01, patience=NEVER)


def test_who_never_stops_writing_is_not_listened_to_for_ever(pipe: tuple[int, int]) -> None:
    is_over = threading.Event()

    def write() -> None:
        os.set_blocking(pipe[1], False)
        while not is_over.is_set():
            try:
                os.write(pipe[1], b" " * 4096)
            except BlockingIOError:
                is_over.wait(0.001)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    with pytest.raises(ValueError):
        read_event(pipe[0], silence=NEVER, patience=0.05)
    is_over.set()
    writing.join()
