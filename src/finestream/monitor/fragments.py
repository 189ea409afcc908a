"""Many deltas of one tool input at once: the fast way to their text. PURE. Its law: what is spelled in any other way is left to the
careful way.
"""

from __future__ import annotations

import json
import re
from functools import cache

DELTA = b"event: content_block_delta\n"
_HALF_AT_END = re.compile(rb'\\u[dD][89abAB][0-9a-fA-F]{2}"\} *\}\n\n')


@cache
def _frame(index: int) -> re.Pattern[bytes]:
    """A delta of this block in the API's usual spelling (it may be padded), with its fragment as the group."""
    return re.compile(
        rb'event: content_block_delta\ndata: \{"type":"content_block_delta","index":%d,"delta":'
        rb'\{"type":"input_json_delta","partial_json":"((?:[^"\\]++|\\.)*+)"\} *\}\n\n' % index
    )


def joined_fragments(whole: bytes, index: int) -> str | None:
    """The text of a read that holds nothing but deltas of this block, as JavaScript would join their strings; None for anything else."""
    if b"\\u" in whole and _HALF_AT_END.search(whole):
        return None  # a surrogate pair is split between two deltas: their lengths cannot be told one by one
    found: list[bytes] = _frame(index).findall(whole)
    # Three line ends a frame: one more, and some frame says more than what was found.
    return _decoded(b"".join(found)) if 3 * len(found) == whole.count(b"\n") else None


def _decoded(inner: bytes) -> str | None:
    """The text that the inside of a JSON string spells, or None where it cannot be read."""
    try:
        return str(json.loads('"' + inner.decode() + '"'))
    except ValueError:
        return None
