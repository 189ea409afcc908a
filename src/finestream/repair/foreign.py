"""Calls in another notation than JSON. PURE. Its one law: every parameter is there from its opening tag to its closing one.

A model that slips out of its tool notation writes the markup itself, as text (anthropics/claude-code#74518)::

    court
    <invoke name="Read">
    <parameter name="file_path">/p/prop.json</parameter>
    </invoke>
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from finestream.repair.edits import Edit
from finestream.repair.outcome import Stuck
from finestream.repair.strict import NotJson, parse_strictly, write

_NAMESPACE: Final = "(?:antml:)?"
# One stray word may stand where the call's own opener was lost.
_OPENER: Final = re.compile(rf'\s*(?:\w{{1,12}}\s+)?(?:<{_NAMESPACE}function_calls>\s*)?<{_NAMESPACE}invoke name="[^"<>]+">\s*')
_PARAMETER: Final = re.compile(rf'<{_NAMESPACE}parameter name="([^"<>]+)">(.*?)</{_NAMESPACE}parameter>\s*', re.DOTALL)
_CLOSER: Final = re.compile(rf"</{_NAMESPACE}invoke>\s*(?:</{_NAMESPACE}function_calls>\s*)?")
_MARKUP: Final = re.compile(rf"</?{_NAMESPACE}(?:parameter|invoke|function_calls)\b")


def is_markup(text: str) -> bool:
    """Say whether the text begins as a call in markup."""
    return _OPENER.match(text) is not None


def read_markup(text: str, strings: Collection[str], others: Collection[str]) -> Edit:
    """Make JSON of a call in markup.

    Args:
        strings: The parameters that are strings by the schema.
        others: The parameters that are anything else; what is named in neither is a string unless it may be anything else.
    Raises:
        Stuck: Something is missing, or can be read in two ways.
    """
    opener = _OPENER.match(text)
    pos = opener.end() if opener else 0
    members: dict[str, str] = {}
    while parameter := _PARAMETER.match(text, pos):
        name, content = parameter.groups()
        if name in members or _MARKUP.search(content):
            raise Stuck("ambiguous_markup", pos)
        members[name] = _member(content, dict.fromkeys(strings, True) | dict.fromkeys(others, False), name, pos)
        pos = parameter.end()
    closer = _CLOSER.match(text, pos)
    if closer is None or closer.end() < len(text):
        raise Stuck("ambiguous_markup" if closer else "ends_early", pos)
    return Edit("translated_markup", 0, len(text), "{" + ", ".join(f"{write(name)}: {value}" for name, value in members.items()) + "}")


def _member(content: str, is_string: Mapping[str, bool], name: str, pos: int) -> str:
    try:
        parse_strictly(content)
    except NotJson:
        is_json = False
    else:
        is_json = True
    if is_json and is_string.get(name) is False:
        return content.strip()
    if (is_json and name not in is_string) or content[:1] + content[-1:] == "\n\n":
        raise Stuck("ambiguous_markup", pos)
    return write(content)
