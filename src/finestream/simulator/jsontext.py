"""JSON text as a writer sees it: where it stands, and where two spellings of the same text agree. PURE.

Its one law: any text is accepted, cut anywhere or malformed; what cannot be told is answered with None or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\r]++) | (?P<mark>[{}\[\],:])
    | (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:(?P<close>")|\\?\Z))
    | (?P<scalar>[^ \t\n\r{}\[\],:"]++)""",
    re.DOTALL | re.VERBOSE,
)
# A pair of escaped halves is one character: nothing is cut between them on purpose.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_UNIT = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]|\\\Z", re.DOTALL)
_RUN = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]++|\\\Z", re.DOTALL)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PLAIN = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Token(NamedTuple):
    """A piece of JSON text: its kind, its span, and for a string whether its closing quote is there."""

    kind: str
    text: str
    start: int
    closed: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """Cut ``text`` into tokens, white space left out. Nothing else is lost."""
    for match in _TOKEN.finditer(text):
        kind = "string" if match["string"] else str(match.lastgroup)
        if kind != "space":
            yield Token(kind, match[0], match.start(), match["close"] is not None)


class Frame(NamedTuple):
    """A container that is open: its bracket, the offset behind it, and the offsets at which its items or members begin."""

    bracket: str
    start: int
    items: list[int]


class Outline(NamedTuple):
    """What is open at the end of a text: the containers, outermost first; ``string`` is the offset behind an open value's quote."""

    frames: tuple[Frame, ...]
    string: int | None


def outline(text: str) -> Outline:
    """Find what is open at the end of ``text``, a prefix of a JSON text."""
    frames: list[Frame] = []
    fresh = True  # the next token begins an item
    value = True  # the next string is a value
    string: int | None = None
    for token in tokens(text):
        if fresh and frames and token.text not in ("}", "]"):
            frames[-1].items.append(token.start)
        fresh = token.text in ("{", "[", ",")
        if token.text in ("{", "["):
            frames.append(Frame(token.text, token.end, []))
        elif token.text in ("}", "]") and frames:
            frames.pop()
        elif token.kind == "string" and not token.closed and value:
            string = token.start + 1
        value = token.text == ":" or not frames or frames[-1].bracket == "["
    return Outline(tuple(frames), string)


def skeleton(text: str, seen: Outline) -> str:
    """Write the open path of ``text`` alone: brackets, and in objects the keys that lead to what is open; an open string with its quote."""
    pieces = []
    borders = [frame.start - 1 for frame in seen.frames[1:]]
    borders.append(seen.string if seen.string is not None else -1)
    for frame, border in zip(seen.frames, borders, strict=False):
        pieces.append(frame.bracket)
        if border >= 0:
            pieces.append(text[frame.items[-1] : border])
    return "".join(pieces)


def safe_border(text: str, start: int, target: int) -> int:
    """Move ``target`` back out of an escape; ``start`` is the offset behind the string's opening quote."""
    for match in _ESCAPE.finditer(text, start):
        if match.start() < target < match.end():
            return match.start()
        if match.start() >= target:
            break
    return target


def members(text: str) -> list[int]:
    """The offsets behind the members of the top-level object that are surely complete: a delimiter follows them."""
    ends: list[int] = []
    depth = 0
    last = 0  # the end of what stands in the present member, 0 for nothing
    for token in tokens(text):
        opens, closes = token.text in ("{", "["), token.text in ("}", "]")
        if depth == 1 and last and (closes or token.text == ","):
            ends.append(last)
        depth = max(0, depth + opens - closes)
        last = 0 if depth == 0 or (depth == 1 and (opens or token.text == ",")) else token.end
    return ends


def respell(text: str) -> str:
    """Spell ``text`` differently, same values: white space elsewhere, no character beyond ASCII. A prefix becomes a prefix of the whole."""
    pieces = []
    for token in tokens(text):
        if token.text in (",", ":"):
            pieces.append(" ")
        pieces.append(token.text if token.text.isascii() else _NOT_ASCII.sub(_escaped, token.text))
    return "".join(pieces)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def align(document: str, prefix: str) -> int | None:
    """Find the offset in ``document`` that stands for the end of ``prefix``: the same text, perhaps spelled differently, or None."""
    if document.startswith(prefix):
        return len(prefix)
    theirs = list(tokens(prefix))
    if not theirs:
        return 0
    ours = list(islice(tokens(document), len(theirs)))
    if len(ours) < len(theirs) or not all(map(_same, ours[:-1], theirs[:-1])):
        return None
    covered = _covered(ours[-1], theirs[-1])
    return None if covered is None else ours[-1].start + covered


def _same(ours: Token, theirs: Token) -> bool:
    if ours.kind != "string" or theirs.kind != "string":
        return ours.text == theirs.text
    return ours.closed == theirs.closed and (ours.text == theirs.text or _units(ours) == _units(theirs))


def _covered(ours: Token, theirs: Token) -> int | None:
    """How much of our token their last token covers, None where it says something else."""
    if ours.kind == theirs.kind == "string" and not theirs.closed:
        wanted = _units(theirs)
        return _length(ours.text, len(wanted)) if _units(ours).startswith(wanted) else None
    if _same(ours, theirs):
        return len(ours.text)
    return len(theirs.text) if ours.kind == theirs.kind == "scalar" and ours.text.startswith(theirs.text) else None


def _length(string: str, units: int) -> int:
    """How many characters of a string token, its opening quote included, spell the first ``units`` bytes of its value."""
    length = 1
    for match in _UNIT.finditer(string, 1):
        if units <= 0:
            break
        units -= len(_value(match[0]))
        length = match.end()
    return length


def _units(token: Token) -> bytes:
    """The value of a string token in UTF-16, in which halves and pairs are spelled alike."""
    body = token.text[1 : -1 if token.closed else None]
    return b"".join(map(_value, _RUN.findall(body)))


def _value(piece: str) -> bytes:
    if piece[0] == "\\" and len(piece) == 6:
        piece = chr(int(piece[2:], 16))
    elif piece[0] == "\\" and len(piece) == 2:
        # An escape that JSON does not know means itself: so does everyone who mends it read it.
        piece = _PLAIN.get(piece[1], piece)
    return piece.encode("utf-16-be", "surrogatepass")
