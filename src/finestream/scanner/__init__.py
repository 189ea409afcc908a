"""Where a JSON text stands while it arrives: path, finished chunks, checkpoint, first fault. PURE.

Its one law: cutting the input differently changes nothing. After the same bytes every attribute is the same, and so is the list of all
chunks. Time is linear in the bytes, no value is ever built, and memory is bounded by the depth and the open key.

The text is UTF-8; strict RFC 8259 with two liberties that Claude Code's parser takes too: a byte order mark in front, and lone surrogates,
escaped or as three bytes. A number or literal ends where the byte behind it has been seen.

**Checkpoint**: the last offset from which a continuation can be asked for and proven. The greatest of

- (S) safe borders in string values (not keys) at any depth, at least `ANCHOR` bytes behind the opening quote. A border is safe between two
  whole characters, except behind the first half of a surrogate pair (escaped or three bytes) as long as what follows is not whole either.
  The closing quote makes the border before it safe;
- (M) the end of a complete member value with no array on its path;
- (I) the end of a complete item of an array that is the only array on its path;
- the end of the top-level value.

It never moves back, never lies beyond a fault, and stands still from a misfit on.

**Chunks**: each top-level member gives exactly one "member" chunk, which ends where its value ends. Before it may come

- for an array: one "item" chunk per item, exactly the item's bytes;
- for a string: "text" chunks, whole lines without the opening quote. One ends behind an escaped newline (spelled ``\\n``) once it has
  `LINES` bytes, or behind two in a row once it has `PARAGRAPH`.

The member chunk then begins where the last of these ended; without any it is the whole value. So the chunks of a member come in order, do
not overlap, and leave out nothing but its punctuation: the opening bracket or quote, and commas and white space between items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from finestream.scanner import scalars, strings, structure
from finestream.scanner.machine import (
    AFTER,
    ANCHOR,
    BEFORE_COLON,
    DEPTH_LIMIT,
    DONE,
    FIRST_ITEM,
    FIRST_KEY,
    IN_KEY,
    IN_SCALAR,
    IN_STRING,
    NEXT_KEY,
    OBJECT_END,
    REASONS,
    START,
    VALUE,
    Chunk,
    Fault,
    Machine,
)
from finestream.scanner.strings import LINES, PARAGRAPH

__all__ = ["ANCHOR", "DEPTH_LIMIT", "LINES", "PARAGRAPH", "REASONS", "Chunk", "Fault", "Scanner"]

_STEP_TABLE = {
    START: structure.at_start,
    VALUE: structure.at_value,
    FIRST_ITEM: structure.at_value,
    FIRST_KEY: structure.at_key,
    NEXT_KEY: structure.at_key,
    BEFORE_COLON: structure.at_colon,
    AFTER: structure.after_value,
    DONE: structure.behind_end,
    IN_KEY: strings.in_key,
    IN_STRING: strings.in_string,
    IN_SCALAR: scalars.in_scalar,
}
_STEPS = tuple(_STEP_TABLE[state] for state in range(len(_STEP_TABLE)))


class Scanner(Machine):
    """A JSON text that arrives in pieces. ``kinds``: top-level member name -> the JSON kinds its schema permits.

    Attributes, all as of the bytes fed so far:
        offset: bytes taken.
        checkpoint: see the package; 0 when there is none.
        end: offset just behind the top-level value once it is complete, before that 0.
        fault: the first byte that no valid text could have there; from it on bytes are only counted.
        misfit: the first top-level member whose value begins with a kind that ``kinds`` forbids, or a top level that is no object.
            Scanning goes on, the checkpoint does not.
    """

    __slots__ = ()

    def feed(self, data: bytes) -> Sequence[Chunk]:
        """Take the next bytes; return the chunks they complete."""
        base = self.offset
        self.offset = base + len(data)
        if self.fault is not None:
            return ()
        if self._tail:
            base -= len(self._tail)
            data = self._tail + data
            self._tail = b""
        self._base = base
        pos, size = 0, len(data)
        while pos < size:
            pos = _STEPS[self._state](self, data, pos)
        if not self._chunks:
            return ()
        chunks = self._chunks
        self._chunks = []
        return chunks

    @property
    def complete(self) -> bool:
        """Whether the top-level value has ended; only white space may follow."""
        return self._state == DONE

    @property
    def depth(self) -> int:
        """Containers that are open."""
        return len(self._stack)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Keys and indices that lead to the innermost open value; a key counts from its value's first byte on."""
        names = self._names if self._state in (IN_STRING, IN_SCALAR) else self._names[:-1]
        return tuple(strings.parse_key(name) if isinstance(name, bytes) else name for name in names)

    @property
    def open(self) -> Literal["nothing", "object", "array", "key", "string", "number", "literal"]:
        """The innermost thing that is open."""
        if self._state == IN_STRING:
            return "string"
        if self._state == IN_KEY:
            return "key"
        if self._state == IN_SCALAR:
            return "number" if scalars.is_number(self._scalar) else "literal"
        if not self._stack:
            return "nothing"
        return "object" if self._stack[0] == OBJECT_END else "array"

    def closers(self) -> bytes:
        """Return what makes ``data[:checkpoint]`` a valid JSON text; nothing when the checkpoint is 0. Never for a client to see."""
        return b'"' + self._resume if self._quoted else self._resume
