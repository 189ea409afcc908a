"""Deltas of a tool input, cut as a server might cut them, and joined as a JavaScript client joins them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hypothesis import strategies as st

from finestream import sse
from finestream.events import delta_frame, partial_json, read
from finestream.monitor.shape import Shape
from finestream.monitor.tool_input import ToolInput
from tests.recovery.documents import make_document

START = {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}
FREE = Shape({}, frozenset())
LONG = "0123456789" * 8


def watch(wanted: Shape = FREE, *, synthetic: bool = False) -> ToolInput:
    built = ToolInput(0, START, wanted)
    built.synthetic = synthetic
    return built


def take(watched: ToolInput, *fragments: str) -> bytes:
    """Take deltas one by one; the frames that go out."""
    out = b""
    for fragment in fragments:
        watched.take(fragment, delta_frame(0, fragment))
        out += watched.release()
    return out


def client(out: bytes) -> str:
    """The text of the input as a JavaScript client joins it: by UTF-16 units."""
    events = (read(raw) for raw in sse.split(out))
    text = "".join(partial_json(event) or "" for event in events if "delta" in event.body)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def cut_units(text: str, sizes: list[int]) -> Iterator[str]:
    """``text`` in fragments, cut between any two UTF-16 units: also inside a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    at = 0
    while at < len(units):
        for size in sizes:
            yield units[at : at + 2 * size].decode("utf-16-le", "surrogatepass")
            at += 2 * size


texts = st.builds(
    lambda seed, options: json.dumps(make_document(seed), **options),
    st.integers(0, 2**40),
    st.sampled_from([{"ensure_ascii": False}, {"ensure_ascii": True}]),
)
sizes = st.lists(st.integers(0, 30), min_size=1, max_size=6).map(lambda found: [*found, 7])
