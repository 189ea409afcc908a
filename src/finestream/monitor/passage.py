"""What a person would see of a tool input's text: how many lines it has, and the last of them. PURE.

Its law: next to no work. What has been counted is not counted again, and of a text of any length no more than its end is read.
"""

from __future__ import annotations

import codecs
import json
import re

TOLD_LINES = 5
_END = 1024  # bytes that are read from the end
_LINE = 240  # characters of a line
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|[^u])", re.DOTALL)


def line_ends(text: bytes | bytearray) -> int:
    """Count the line ends, escaped or not. The pairs of backslashes go first, so that the n behind one is no line end."""
    return text.replace(b"\\\\", b"").count(b"\\n") + text.count(b"\n")


class Lines:
    """The line ends of a text that grows; another text in its place is counted anew."""

    def __init__(self) -> None:
        self._text: bytearray | None = None
        self._upto = 0
        self._ends = 0

    def count(self, text: bytearray) -> int:
        """Return how many line ends there are so far."""
        if text is not self._text:
            self._text, self._upto, self._ends = text, 0, 0
        end = len(text)
        end -= _backslashes(text, end) % 2  # the first half of an escape is counted with the second
        self._ends += line_ends(text[self._upto : end])
        self._upto = end
        return self._ends


def last_lines(text: bytes | bytearray) -> list[str]:
    """Return the last lines of the string in which ``text`` ends, decoded. The last of them may still grow.

    It must end inside a string; a line of which only the end is read begins there.
    """
    whole, _ = codecs.utf_8_decode(text[_opening(text) :], "replace", False)  # a character that is not whole will be
    half = _CUT_ESCAPE.search(whole)
    if half and (half.start() - len(whole[: half.start()].rstrip("\\"))) % 2 == 0:  # it begins there, and is not the second of a pair
        whole = whole[: half.start()]
    shown = _decoded(whole)
    return [line[-_LINE:] for line in re.split(r"\r\n|\n|\r", shown)[-TOLD_LINES:]]


def _opening(text: bytes | bytearray) -> int:
    """Return where the string begins, or a place near the end of the text that is between two of its characters."""
    start = max(0, len(text) - _END)
    quote = len(text)
    while (quote := text.rfind(b'"', start, quote)) >= 0:
        if not _backslashes(text, quote) % 2:
            return quote + 1
    escape = text.rfind(b"\\", max(0, start - 5), start)
    if escape >= 0 and not _backslashes(text, escape) % 2 and (found := _ESCAPE.match(text, escape)):
        start = max(start, found.end())
    while start < len(text) and 0x80 <= text[start] < 0xC0:  # the rest of a character
        start += 1
    return start


def _backslashes(text: bytes | bytearray, end: int) -> int:
    """Count those that stand right before ``end``."""
    at = end
    while at and text[at - 1] == 0x5C:
        at -= 1
    return end - at


def _decoded(inner: str) -> str:
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:  # malformed: as it stands
        return inner
