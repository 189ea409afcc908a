"""The event on stdin. SHELL. Its one law: it waits for what is missing, never for the end of the file, and never beyond its deadline.

Clients have left that pipe open for hours. So the event is there as soon as its JSON is complete.
"""

import posix
import select
import time

from finestream_hooks.jsontext import parse

SILENCE = 1.0  # seconds without a byte
PATIENCE = 5.0  # seconds in all
_CHUNK = 2**20
_LARGEST = 256 * 2**20  # bytes; no event is, and the memory is not ours alone


def read_event(handle: int = 0, *, silence: float = SILENCE, patience: float = PATIENCE) -> "dict[str, object]":
    """Read one JSON object.

    Raises:
        ValueError: What arrived until the deadline is none.
    """
    data = bytearray()
    deadline = time.monotonic() + patience
    next_try = 0
    while True:
        left = deadline - time.monotonic()
        more = posix.read(handle, _CHUNK) if left > 0 and _is_readable(handle, min(silence, left)) else b""
        data += more
        if not more or len(data) > _LARGEST:
            return _object(data)
        # A large event comes in many pieces; it is not parsed at each that happens to end with a bracket.
        if len(data) >= next_try and data.rstrip().endswith(b"}") and not _is_readable(handle, 0.0):
            try:
                return _object(data)
            except ValueError:
                next_try = 2 * len(data)


def _is_readable(handle: int, seconds: float) -> bool:
    """Say whether a read would return at once, if only to say that this is the end."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(int(1000 * seconds)))


def _object(data: bytearray) -> "dict[str, object]":
    event = parse(data.decode("utf-8", "replace"))
    if not isinstance(event, dict):
        raise ValueError("the event is no JSON object")
    return event
