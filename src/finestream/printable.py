"""Foreign text, made safe to be shown. PURE. Its one law: nothing that a terminal obeys, or that makes a text look like another, gets out.

Escape sequences and other control characters, marks that turn the direction of writing, invisible ones, and halves of surrogate pairs are
spelled out, as in a string of Python. Everything that prints stays, whatever its script.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str, *, lines: bool = False) -> str:
    """Return ``text`` with everything spelled out that is not plainly to be seen. ``lines``: line ends and tabs stay."""
    return _UNSAFE.sub(lambda match: match[0] if lines and match[0] in "\n\t" else _spelled(match[0]), text)


def shortened(text: str, limit: int) -> str:
    """Return ``text`` on one line, printable, and no longer than ``limit`` characters."""
    shown = printable(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _spelled(char: str) -> str:
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
