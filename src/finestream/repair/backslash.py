"""Backslashes that were not doubled. PURE. Its one law: where one was forgotten, the valid escapes around it are suspects.

``D:\\docs`` can be read in one way only, but ``D:\\new`` parses, as a line break and "ew" (anthropics/claude-code#60033). So whoever forgot
one backslash may have meant two characters by an escape that happens to be valid: in the same path, in the same quotes of a regular
expression, in any literal of code (``print("done\\n")``). Two of them may be two, as in ``\\\\server\\share``. Line breaks that cannot be
such a thing stay line breaks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PIECE: Final = re.compile(r"""[^\s"'`]+""")
_QUOTED: Final = re.compile(r"""(?<=["'`])[^"'`]+(?=["'`])""")
# What begins or ends a literal of code, and what may stand in one: an apostrophe inside or behind a word is none of a literal's quotes,
# unless the word is a prefix as in ``b'x'``; three quotes hold lines.
_IN_CODE: Final = re.compile(
    r"""\\\\(?:\\\\|\\?["'`])?|(?P<lines>(?:\\?"){3}|(?:\\?'){3}|`{3})|(?P<quote>\\?["'`])|(?P<break>\\[nrt])|\\.|(?P<end>\n)""",
    re.DOTALL,
)
_WORD: Final = re.compile(r"(?<!\w)(?!(?:[rbfu]{1,2}|l)\Z)\w+\Z", re.IGNORECASE)
_DRIVE: Final = re.compile(r"(?:^|[^\w])[A-Za-z]:\Z")
_SPACE: Final = re.compile(r"\s")
_BEFORE_PATH: Final = frozenset(" \t\"'`=(,;")
_FOLDER: Final = re.compile(r"\\\w{3}")
_SERVER: Final = re.compile(r"\\\\(?=\w\w)")
# What folders and files are often called, where the first letter makes an escape of the name; nobody begins a line with the rest of it.
_KNOWN: Final = re.compile(
    r"\\(?:n(?:ames?|ative|e?t|etwork|ews?|ext|ginx|odes?|ode_modules|otes?|otebooks?|pm|uget|ull)"
    r"|r(?:aw|eact|eadme|eleases?|emote|epos?|eports?|equirements|es|esources?|esults?|oots?|oles?|outes?|outers?|ules?|untimes?)"
    r"|t(?:ables?|ags?|argets?|asks?|eams?|emp|emplates?|erminal|ests?|ext|extures|hemes?|ickets?|mp|ools?|raining|ree|runk|ypes?))"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
# The same of LaTeX, where a command stands with a single backslash. Whoever means a line break by a carriage return writes both.
_COMMAND: Final = re.compile(r"\\[A-Za-z]{2}")
_COMMANDS: Final = re.compile(
    r"\\(?:n(?:abla|eg?|eq|ewcommand|ewenvironment|ewline|ewpage|ewtheorem|oindent|ode|onumber|ot|otag|otin|u|ocite|ormalsize)"
    r"|t(?:able|ableofcontents|abular|ag|anh?|au|ext[a-z]*|hanks|herefore|heta|ilde|imes|iny|itle|o|op|riangle))(?![A-Za-z])"
    r"|\\r(?!\\n)"
)
# A line break between a command with its argument and another line break; no repetition of a regular expression is such a command.
_HEADING: Final = re.compile(r'(\\[A-Za-z]{3,}+\*?(?:\[[^\\\[\]{}"]*+\])?\{(?![\d,]*\})[^\\{}"]*+\})\\[nr](?=\\[nr])')


class Written(NamedTuple):
    """A string as it is written: the span between its quotes, and where in it a backslash has been doubled."""

    start: int
    end: int
    doubled: Sequence[int]


def find_suspect(text: str, strings: Iterable[Written]) -> int | None:
    """Return the offset of an escape that may not be one, given all strings of a text in which a backslash was forgotten somewhere."""
    known = list(strings)
    text = _HEADING.sub(r"\1 ;", text)  # of the same length, and the end of a line as well
    has_paths = any(_is_in_path(text, at) for string in known for at in string.doubled)
    suspects = (_suspect_in(text, string, has_paths=has_paths) for string in known)
    return next((suspect for suspect in suspects if suspect is not None), None)


def _suspect_in(text: str, string: Written, *, has_paths: bool) -> int | None:
    escapes = [match.start() for match in _ESCAPE.finditer(text, string.start, string.end) if _is_valid(match, string.doubled)]
    open_ones = [at for at in escapes if not _ends_line(text, at)]
    suspects = (
        _hidden(text, escapes),
        _doubtful_sign(text, string, has_paths=has_paths),
        _unpaired(text, string),
        _in_literal(text, string),
        _in_words(text, string, open_ones),
        _in_names(text, string, escapes, has_paths=has_paths),
        _beside(text, string, escapes, open_ones),
    )
    return next(filter(None, suspects), None)


def _doubtful_sign(text: str, string: Written, *, has_paths: bool) -> int | None:
    """Find two backslashes, or one in front of a slash, that may be just that where others were forgotten."""
    if string.doubled:
        signs = (match.start() for match in _ESCAPE.finditer(text, string.start, string.end) if match[0] in ("\\\\", "\\/"))
        return next(signs, None)
    servers = (match.start() for match in _SERVER.finditer(text, string.start, string.end) if has_paths)
    return next((at for at in servers if at == string.start or text[at - 1] in _BEFORE_PATH), None)


def _unpaired(text: str, string: Written) -> int | None:
    """Find an escaped quote without a partner: where a quote was lost, its backslash stays, in front of what it does not escape."""
    quotes = [match.start() for match in _ESCAPE.finditer(text, string.start, string.end) if match[0] == '\\"']
    return quotes[0] if string.doubled and len(quotes) % 2 else None


def _in_literal(text: str, string: Written) -> int | None:
    """Find a line break or tab inside a literal of code: whoever forgot one backslash forgot it there, too."""
    opened, past = "", string.start
    for match in _IN_CODE.finditer(text, string.start, string.end):
        mark = match[0][-1]
        if match["break"] and opened:
            return match.start()
        if match["end"] or (match.lastgroup and mark == opened):
            opened = ""
        elif match["quote"] and not opened and (mark != "'" or not _WORD.search(text[max(past, match.start() - 3) : match.start()])):
            opened = mark
        past = match.end()
    return None


def _is_valid(match: re.Match[str], doubled: Sequence[int]) -> bool:
    """Say whether this is an escape that JSON reads as another character."""
    return match[0][1] in "bfnrtu" and not _is_in(doubled, match.start())


def _hidden(text: str, escapes: Iterable[int]) -> int | None:
    """Find a backspace or form feed, which nobody means, or a drive with an escape behind it."""
    return next((at for at in escapes if text[at + 1] in "bf" or _DRIVE.search(text[max(0, at - 3) : at])), None)


def _in_words(text: str, string: Written, escapes: Iterable[int]) -> int | None:
    """Find an escape inside of a word, where the string has paths in it or is nothing but one word itself, or at its beginning."""
    between = (at for at in escapes if _is_between_words(text, at))
    if string.doubled:
        return next(between, None) if any(_is_in_path(text, at) for at in string.doubled) else None
    is_one_word = _SPACE.search(text, string.start, string.end) is None
    in_one_word = (at for at in escapes if at == string.start or _is_between_words(text, at))
    return next((at for at in in_one_word if text[at + 1] != "u"), None) if is_one_word else None


def _in_names(text: str, string: Written, escapes: Sequence[int], *, has_paths: bool) -> int | None:
    """Find an escape that may begin the name of a folder, or of a command.

    Where somebody writes paths with single backslashes, a string all of whose line breaks and tabs stand inside of words has none that is
    certain.
    """
    breaks = [at for at in escapes if text[at + 1] in "nrt"]
    has_commands = any(_COMMAND.match(text, at) for at in string.doubled)
    named = next((at for at in breaks if _KNOWN.match(text, at) or (has_commands and _COMMANDS.match(text, at))), None)
    is_certain = not has_paths or any(not _is_between_words(text, at) for at in breaks)
    return named if named is not None or is_certain else next(iter(breaks), None)


def _beside(text: str, string: Written, escapes: Sequence[int], open_ones: Sequence[int]) -> int | None:
    """Find an escape in the same piece of text, or in the same quotes, as a forgotten backslash."""
    return _sharing(_PIECE, text, string, open_ones) or _sharing(_QUOTED, text, string, escapes)


def _ends_line(text: str, at: int) -> bool:
    """Say whether this is a line break behind a semicolon, or behind another one."""
    return text[at - 1] == ";" or (text[at - 2 : at] in ("\\n", "\\r") and text[at - 3] != "\\")


def _sharing(region: re.Pattern[str], text: str, string: Written, escapes: Sequence[int]) -> int | None:
    """Return an escape that stands in one region with a forgotten backslash; offset 0 is a quote, so never one."""
    body = text[string.start : string.end]
    for match in region.finditer(body):
        start, end = match.start() + string.start, match.end() + string.start
        place = bisect_left(escapes, start)
        if place < len(escapes) and escapes[place] < end and bisect_left(string.doubled, end) > bisect_left(string.doubled, start):
            return escapes[place]
    return None


def _is_in(doubled: Sequence[int], at: int) -> bool:
    place = bisect_left(doubled, at)
    return place < len(doubled) and doubled[place] == at


def _is_in_path(text: str, at: int) -> bool:
    """Say whether a forgotten backslash stands as in a path, and not as in a regular expression."""
    return _is_between_words(text, at) or text[at - 1] == ":" or _FOLDER.match(text, at) is not None


def _is_between_words(text: str, at: int) -> bool:
    """Say whether a word or a path goes on at both sides of the two characters, as in ``dir\\name``."""
    before, after = text[at - 1], text[at + 2]
    return not _ends_line(text, at) and (before.isalnum() or before in "_.)\\%~") and (after.isalnum() or after in "_.$%")
