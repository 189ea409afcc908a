"""The classes of malformed input. PURE. Its one law: where a class has one reading, that reading is the input as it was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from finestream.simulator.scenes import SPOILERS


class Class(NamedTuple):
    """A way to spell an input wrong. ``has_one_reading``: whether what was meant can be told from what was written, by anybody."""

    spoil: Callable[[str], str]
    has_one_reading: bool


def _undoubled(text: str) -> str:
    return text.replace("\\\\", "\\")


def _unescaped_quotes(text: str) -> str:
    return text.replace('\\"', '"')


def _half(text: str) -> str:
    return text[: len(text) // 2]


CLASSES: Mapping[str, Class] = {
    **{how: Class(spoil, has_one_reading=True) for how, spoil in SPOILERS.items() if how != "bad_escape"},
    "undoubled_backslash": Class(_undoubled, has_one_reading=True),
    # In a text of paths: some of them are escapes then, and nobody can tell.
    "ambiguous_backslash": Class(_undoubled, has_one_reading=False),
    "unescaped_quotes": Class(_unescaped_quotes, has_one_reading=False),
    # The server says that the call is whole, and it is not.
    "half_an_input": Class(_half, has_one_reading=False),
    "no_json": Class(lambda text: "I would write the file now.", has_one_reading=False),
}
