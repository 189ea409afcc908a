"""String literals. PURE. Its one law: the characters between the quotes survive, however the literal is quoted and escaped."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from finestream.repair.edits import Edit
from finestream.repair.outcome import Stuck
from finestream.repair.quotes import check_quotes
from finestream.repair.rules import ESCAPES
from finestream.repair.strict import write

# The longest run of what JSON allows in a string. No branch repeats or chooses behind its first character (gh-106052, see ``locate``).
_BODY: Final = re.compile(r'[^"\\\x00-\x1f]*+(?:(?:\\["\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])[^"\\\x00-\x1f]*+)*+')
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])')
_HEX: Final = re.compile(r"u[0-9a-fA-F]{1,3}(?![0-9a-fA-F])")
# What Python or JavaScript read as another character, or as nothing, and JSON does not; and what JSON reads so, and Python does not.
_FOREIGN_ESCAPE: Final = re.compile(r"\\(?:[xUNva0-7/\n\r]|u\{)")
# What other languages write for a character that JSON writes with four digits, or four and four.
_WIDE: Final = re.compile(r"u\{|U[0-9a-fA-F]{8}")
_END: Final = re.compile(r"[ \t\n\r]*(?:[,:}\]]|\Z)")
_PAIRS: Final = {"'": "'", "`": "`", "\u2018": "\u2019", "\u201c": "\u201d"}
_SPECIAL: Final = {closing: re.compile(rf'["\\\x00-\x1f{closing}]') for closing in _PAIRS.values()}
GEMMA_QUOTE: Final = '<|"|>'
"""What Gemma writes for a quote in its own call syntax (ollama/ollama#15315)."""


class Literal(NamedTuple):
    """A string literal up to ``end``, what makes JSON of it, and where a backslash was doubled."""

    end: int
    edits: list[Edit]
    doubled: list[int]


def can_end(text: str, pos: int) -> bool:
    """Say whether a string may have ended in front of ``pos``: structure or the end of the text follows."""
    return _END.match(text, pos) is not None


def is_foreign_escape(text: str, pos: int) -> bool:
    """Say whether the backslash at ``pos`` starts an escape that says one thing in JSON and another in Python or JavaScript."""
    return _FOREIGN_ESCAPE.match(text, pos) is not None


def read_literal(text: str, start: int, *, holds_quotes: bool) -> Literal:
    """Read a literal in double quotes.

    Args:
        holds_quotes: A quote with no structure behind it belongs to the content.
    Raises:
        Stuck: It does not end, or what it says is not certain.
    """
    edits: list[Edit] = []
    doubled: list[int] = []
    inner: list[int] = []
    pos = start + 1
    while True:
        pos = _past_body(text, pos)
        head = text[pos : pos + 1]
        if head == "":
            raise Stuck("ends_inside_string", start)
        if head == '"':
            if not holds_quotes or can_end(text, pos + 1):
                break
            inner.append(pos)
            edits.append(Edit("escaped_quote", pos, pos, "\\"))
        elif head == "\\":
            _check_escape(text, pos, start)
            doubled.append(pos)
            edits.append(Edit("doubled_backslash", pos, pos, "\\"))
        else:
            edits.append(Edit("escaped_control_character", pos, pos + 1, ESCAPES[head]))
        pos += 1
    if inner:
        check_quotes(text, start, pos, inner)
    return Literal(pos + 1, edits, doubled)


def read_foreign_literal(text: str, start: int) -> Literal:
    """Read a literal in any other kind of quotes: those of Python and JavaScript, typographic ones, Gemma's."""
    if text.startswith(GEMMA_QUOTE, start):
        end = text.find(GEMMA_QUOTE, start + len(GEMMA_QUOTE))
        content = text[start + len(GEMMA_QUOTE) : end]
        if end < 0 or "\\" in content:
            raise Stuck("ends_inside_string" if end < 0 else "ambiguous_escape", start)
        end += len(GEMMA_QUOTE)
        return Literal(end, [Edit("replaced_quotes", start, end, write(content))], [])
    closing = _PAIRS[text[start]]
    special = _SPECIAL[closing]
    pieces: list[str] = []
    doubled: list[int] = []
    pos = start + 1
    while True:
        match = special.search(text, pos)
        if match is None:
            raise Stuck("ends_inside_string", start)
        pieces.append(text[pos : match.start()])
        pos = match.start()
        if text[pos] == closing and can_end(text, pos + 1):
            break
        piece, pos = _foreign_piece(text, pos, doubled)
        pieces.append(piece)
    return Literal(pos + 1, [Edit("replaced_quotes", start, pos + 1, f'"{"".join(pieces)}"')], doubled)


def _foreign_piece(text: str, pos: int, doubled: list[int]) -> tuple[str, int]:
    """Return the JSON for a special character that is content, and where the next begins."""
    head, after = text[pos], text[pos + 1 : pos + 2]
    if head == "\\":
        if after == "'":
            return "'", pos + 2
        if is_foreign_escape(text, pos):
            raise Stuck("ambiguous_escape", pos)
        if _ESCAPE.match(text, pos):
            return text[pos : pos + 2], pos + 2
        _check_escape(text, pos, pos)
        doubled.append(pos)
        return "\\\\", pos + 1
    if head == '"':
        return '\\"', pos + 1
    if head < " ":
        return ESCAPES[head], pos + 1
    if head in "'\u2019" and text[pos - 1].isalnum() and after.isalnum():
        return head, pos + 1  # an apostrophe: it's
    raise Stuck("unescaped_quote", pos)


def _past_body(text: str, pos: int) -> int:
    match = _BODY.match(text, pos)
    return match.end() if match else pos


def _check_escape(text: str, pos: int, start: int) -> None:
    """Go on only where a backslash that starts no escape can be nothing but a backslash that should have been doubled."""
    after = text[pos + 1 : pos + 2]
    if after == "":
        raise Stuck("ends_inside_string", start)
    if _HEX.match(text, pos + 1):
        raise Stuck("ends_inside_string" if len(text) - pos < 6 else "broken_escape", pos)
    if _WIDE.match(text, pos + 1):
        raise Stuck("broken_escape", pos)
    if after in "'`$":
        # JavaScript and the shell both write these, and mean different things.
        raise Stuck("ambiguous_escape", pos)
