"""Many deltas of one tool input at once: the fast way to their text. PURE. Its law: what is spelled in any other way is left to the
careful way.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import NamedTuple

DELTA = b"event: content_block_delta\n"
_HALF_AT_END = re.compile(rb'\\u[dD][89abAB][0-9a-fA-F]{2}"\} *\}\n\n')


_END = b'"}}\n\n'


@cache
def _opening(index: int) -> bytes:
    """What stands in front of a fragment of this block in the API's own spelling, to the byte."""
    return (
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
        b'{"type":"input_json_delta","partial_json":"' % index
    )


@cache
def _frame(index: int) -> re.Pattern[bytes]:
    """A delta of this block in the API's usual spelling (it may be padded), with its fragment as the group."""
    return re.compile(
        rb'event: content_block_delta\ndata: \{"type":"content_block_delta","index":%d,"delta":'
        rb'\{"type":"input_json_delta","partial_json":"((?:[^"\\]++|\\.)*+)"\} *\}\n\n' % index
    )


class Run(NamedTuple):
    """The text of a run of deltas, and how many there were."""

    text: str
    deltas: int


def joined_fragments(whole: bytes, index: int) -> Run | None:
    """The text of a read that holds nothing but deltas of this block, as JavaScript would join their strings; None for anything else."""
    fragments = _of_one_spelling(whole, _opening(index))
    if fragments is None:
        fragments = _of_padded_frames(whole, _frame(index))
    inner = b"".join(fragments or ())
    if fragments is None or (b"\\u" in inner and _HALF_AT_END.search(whole)):
        return None  # in the second case a surrogate pair is split between two deltas: their lengths cannot be told one by one
    text = _decoded(inner)
    return None if text is None else Run(text, len(fragments))


def _of_one_spelling(whole: bytes, opening: bytes) -> list[bytes] | None:
    """The quick way, without a look at each byte: frames that differ in nothing but their fragment.

    With as many openings as frames, one that begins otherwise leaves a piece of its opening, and so a bare quote, for `_decoded` to refuse.
    A backslash that ends a fragment would escape the quote that ends it, or the first character of the next.
    """
    parts = whole.split(_END)
    if parts.pop() or whole.count(opening) != len(parts):
        return None
    size = len(opening)
    fragments = [part[size:] for part in parts]
    return None if b"\\\n" in b"\n".join([*fragments, b""]) else fragments


def _of_padded_frames(whole: bytes, frame: re.Pattern[bytes]) -> list[bytes] | None:
    """The careful way, for a spelling that differs within bounds."""
    found: list[bytes] = frame.findall(whole)
    # Three line ends a frame: one more, and some frame says more than what was found.
    return found if 3 * len(found) == whole.count(b"\n") else None


def _decoded(inner: bytes) -> str | None:
    """The text that the inside of a JSON string spells, or None where it cannot be read."""
    try:
        return str(json.loads('"' + inner.decode() + '"'))
    except ValueError:
        return None
