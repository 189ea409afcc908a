"""The rules. PURE. Its one law: a correction has a name and a law, and the law is checked against its text before and after.

Content is every character that is neither JSON's own syntax nor white space outside of strings; a string's content is what it decodes to.
What no edit names stays as it was, so content survives where each edit obeys the law of its rule. Why a text was refused has a name, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
"""What the letters behind a backslash stand for."""
ESCAPES: Final = {chr(code): f"\\u{code:04x}" for code in range(32)} | {character: f"\\{letter}" for letter, character in CONTROLS.items()}
"""How JSON writes a control character in a string."""

_Law = Callable[[str, str], bool]

_SYNTAX: Final = frozenset(' \t\n\r{}[],:"')
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_COMMENT: Final = re.compile(r"//[^\n]*|#[^\n]*|/\*.*\*/", re.DOTALL)
_LITERALS: Final = {("True", "true"), ("False", "false"), ("None", "null"), ("?", "null")}


def _is_syntax(before: str, after: str) -> bool:
    return _SYNTAX.issuperset(before) and _SYNTAX.issuperset(after)


def _is_dropped(before: str, after: str) -> bool:
    """Hold for text that its own pattern has already judged to say nothing."""
    return after == "" and before != ""


def _is_comment(before: str, after: str) -> bool:
    return after == "" and _COMMENT.fullmatch(before) is not None


def _is_one_more_backslash(before: str, after: str) -> bool:
    return (before, after) == ("", "\\")


def _is_same_character(before: str, after: str) -> bool:
    return after == ESCAPES[before]


def _is_quoted(before: str, after: str) -> bool:
    return bool(json.loads(after) == before)


def _is_quoted_now(before: str, after: str) -> bool:
    """Hold for a word that had no quotes, or only one of them."""
    return json.loads(after) in (before, before.removesuffix('"'), before.removeprefix('"'))


def _is_quoted_inside(before: str, after: str) -> bool:
    return bool(f'"{json.loads(after)}"' == before)


def _is_requoted(before: str, after: str) -> bool:
    """Compare what stands between the delimiters, decoded, without a look at backslashes: they may be doubled or not needed."""
    content = before[5:-5] if before.startswith("<") else before[1:-1]
    return _decoded(content) == _decoded(after[1:-1])


def _decoded(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else CONTROLS.get(code, code)

    return _ESCAPE.sub(character, text).replace("\\", "")


def _is_same_literal(before: str, after: str) -> bool:
    return (before, after) in _LITERALS


def _is_same_number(before: str, after: str) -> bool:
    return Decimal(before) == Decimal(after)


def _is_whole(before: str, after: str) -> bool:
    """Hold for a text that is written anew as a whole: whoever proposed it has compared it part by part."""
    return before != "" and after != ""


RULES: Final[Mapping[str, _Law]] = {
    # inside a string, in place
    "escaped_control_character": _is_same_character,
    "doubled_backslash": _is_one_more_backslash,
    "escaped_quote": _is_one_more_backslash,
    "replaced_quotes": _is_requoted,
    # between tokens
    "dropped_trailing_comma": _is_syntax,
    "dropped_white_space": _is_dropped,
    "dropped_escape": _is_dropped,
    "dropped_comment": _is_comment,
    # words
    "added_quotes": _is_quoted_now,
    "translated_literal": _is_same_literal,
    "replaced_placeholder": _is_same_literal,
    "completed_number": _is_same_number,
    "dropped_sign": _is_same_number,
    # structure
    "added_comma": _is_syntax,
    "added_colon": _is_syntax,
    "added_brace": _is_syntax,
    "added_closer": _is_syntax,
    "replaced_closer": _is_syntax,
    "reordered_closers": _is_syntax,
    "dropped_closer": _is_syntax,
    "dropped_quotes": _is_syntax,
    "dropped_braces": _is_syntax,
    "escaped_quotes": _is_quoted_inside,
    # around the value
    "dropped_byte_order_mark": _is_dropped,
    "dropped_fence": _is_dropped,
    "dropped_markup": _is_dropped,
    "dropped_trailing_text": _is_dropped,
    "dropped_empty_object": _is_dropped,
    "dropped_repeated_object": _is_dropped,
    # the whole text
    "unescaped_once": _is_whole,
    "translated_markup": _is_whole,
    # by the schema
    "parsed_string": _is_whole,
    "mended_string": _is_whole,
    "quoted_value": _is_quoted,
    "wrapped_value": _is_syntax,
    "unwrapped_value": _is_whole,
    "moved_parameters": _is_whole,
}
"""Every correction, with the law it obeys."""

REASONS: Final[Mapping[str, str]] = {
    "empty": "There is no text.",
    "not_json": "This is not the beginning of a JSON object.",
    "nested_too_deeply": "The text is nested too deeply to be read safely.",
    "ends_inside_string": "The text ends inside a string, so the rest of it is missing.",
    "ends_early": "The text ends where something must still come.",
    "missing_closer": "The text ends with a container still open, so it cannot be known whether something is missing.",
    "missing_value": "A value is missing here.",
    "missing_colon": "A name has no value behind it; something seems to be lost here.",
    "bare_value": "This is no JSON value, and it cannot be told what was meant.",
    "bare_name": "A quoted name should stand here.",
    "odd_name": "This name holds what no name does; a quote seems to be missing.",
    "surplus_closer": "There is one closing bracket too many, and it may be one of several.",
    "wrong_closer": "This bracket does not fit the one that is open, and it cannot be told which was meant.",
    "unexpected_text": "Here a comma or a closing bracket should stand; it cannot be told where the string before it was meant to end.",
    "unescaped_quote": "A quote inside this string was not escaped, and it cannot be told where the string was meant to end.",
    "ambiguous_backslash": "A backslash was not doubled, and near it an escape such as \\n may be a line break or a part of a path.",
    "ambiguous_escape": "This is no escape of JSON, and it cannot be told whether its backslash belongs to the text.",
    "broken_escape": "A \\u escape is not complete, or written as in another language.",
    "text_after_value": "Behind the complete object stands more text.",
    "different_objects": "Two different objects stand one behind the other; taking one would drop the other.",
    "ambiguous_markup": "The markup of this call can be read in more than one way.",
    "lost_characters": "Characters were lost on the way: the text holds replacement characters (U+FFFD).",
    "damaged_content": "One of the strings looks damaged: it holds other members or markup, or a path in it lost a backslash.",
    "torn_markup": "Delimiters of another notation stand torn apart inside the text.",
    "repeated_name": "One object gives the same name twice, so that one of the values would be lost.",
    "not_an_object": "A tool's input must be an object.",
    "schema": "The only reading found does not satisfy the tool's schema.",
    "ambiguous": "There is more than one reading, and nothing says which was meant.",
    "already_forwarded": "The correction would change what has already been sent on.",
}
"""Every refusal, as a sentence for the user."""


def keeps_content(rule: str, before: str, after: str) -> bool:
    """Say whether a correction by this rule keeps every character of content."""
    return RULES[rule](before, after)
