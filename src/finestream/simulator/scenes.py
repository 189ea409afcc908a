"""Builders of scripts and of documents that are hard to stream. PURE. Its one law: the same arguments build the same scene."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from finestream.simulator.dice import Dice
from finestream.simulator.script import Block, Character, Fault, Route, Script, Text, ToolUse, Turn

# What usage says in a scene of many calls. A client that believes its context to be full compacts the conversation, and the simulator
# tells the turn from the conversation.
CALM = 1000


class Call(NamedTuple):
    """One tool call of a scene, with what befalls it. ``before``: blocks ahead of it in its turn; ``more``: blocks behind it."""

    tool: str
    input: Mapping[str, object]
    fault: Fault | Sequence[Fault] = ()
    character: Character | Sequence[Character] = "rest"
    before: Sequence[Block] = ()
    more: Sequence[Block] = ()


def one(
    tool: str, input: Mapping[str, object], *, fault: Fault | Sequence[Fault] = (), character: Character | Sequence[Character] = "rest"
) -> Script:
    """A script with a single tool call."""
    return many([Call(tool, input, fault, character)])


def many(calls: Iterable[Call], *, last: str = "Done.", **settings: Any) -> Script:
    """A script whose calls are made one after the other in one session, each in a turn of its own; then a text.

    ``settings`` are further fields of `Script`.
    """
    turns = [*map(turn, calls), Turn((Text(last),))]
    return replace(Script((Route(tuple(turns)),), input_tokens=CALM), **settings)


def turn(call: Call) -> Turn:
    """The turn that makes one call."""
    faults = (call.fault,) if isinstance(call.fault, Fault) else tuple(call.fault)
    character = (call.character,) if isinstance(call.character, str) else tuple(call.character)
    return Turn((*call.before, ToolUse(call.tool, call.input), *call.more), faults, character)


def code(size: int, seed: int = 0) -> str:
    """Source code of exactly ``size`` characters with quotes, backslashes, tabs, emoji, CJK and combining characters.

    It holds neither CR LF nor white space at the end of a line: those the client's own Write tool takes out (2.1.330).
    """
    dice = Dice("code", seed)
    lines: list[str] = []
    length = 0
    while length < size:
        pattern = _LINES[dice.below(len(_LINES))].replace("@", f"{dice.below(10**6):x}")
        lines.append("\t" * dice.below(4) + pattern + "\n" * (1 + (dice.below(4) == 0)))
        length += len(lines[-1])
    return _ended("".join(lines)[:size])


def _ended(text: str) -> str:
    return text[:-1] + "#" if text[-1:].isspace() and not text.endswith("\n") else text


_LINES = (
    'print("total:", total_@)',
    r'path_@ = "C:\\Users\\new_@\\temp"',
    r"pattern_@ = re.compile(r'\d+\s*\"(\w+)\"\\u00e9')",
    "# 数据处理_@:把每一行写进文件,不能丢字",
    "emoji_@ = '🎉👩\u200d👩\u200d👧🏳️\u200d🌈' * 3  # 𠜎𠜱",
    "return {'@': [1, 2.5e-3, None], \"b\": {'c': '/'}}",
    "if (a && b || !c) { x = `${value_@}`; }",
    "naïve_@ = 'e\u0301tat\u00a0ça \u2028\u2029 \x7f'",
    r"s = '\ud83d not a pair, \\ud83d\\ude00 spelled @'",
)


def periodic(size: int, line: str = "    result = compute(value)\n") -> str:
    """The same line again and again, ``size`` characters: nobody can tell one seam from another."""
    return _ended((line * (size // len(line) + 1))[:size])


def nested(size: int, seed: int = 0) -> dict[str, object]:
    """An object of about ``size`` characters of JSON with objects, lists, numbers, literals and texts on several levels."""
    dice = Dice("nested", seed)
    records: list[object] = []
    document: dict[str, object] = {"title": f'nested {seed} "é" 🎯', "empty": [{}, [], ""], "records": records}
    document["last"] = {"ok": True, "left": None}
    length = len(json.dumps(document, ensure_ascii=False))
    while length < size:
        record = _record(dice, len(records))
        records.append(record)
        length += len(json.dumps(record, ensure_ascii=False)) + 2
    return document


def _record(dice: Dice, number: int) -> object:
    if dice.below(5) == 0:
        return [dice.below(1000) - 500, dice.below(1000) / 8, dice.below(2) == 0, None, "schön 漢字"]
    return {
        "id": number,
        "path/" + "x" * dice.below(9): {"lines": [code(20 + dice.below(60), dice.below(1000)) for _ in range(dice.below(4))], "n": -1.5e10},
        "note": code(dice.below(90), dice.below(1000)),
    }


def spoil(how: str, input: Mapping[str, object]) -> str:
    """Write ``input`` as malformed JSON text of the class ``how``, one of `SPOILERS`: for `ToolUse.raw`."""
    return SPOILERS[how](json.dumps(input, ensure_ascii=False))


SPOILERS: Mapping[str, Callable[[str], str]] = {
    "control_character": lambda text: text.replace("\\n", "\n").replace("\\t", "\t"),
    "bad_escape": lambda text: text.replace(': "', ': "\\d', 1),
    "trailing_comma": lambda text: text[:-1] + ",}",
    "surplus_closer": lambda text: text + "}",
    "missing_closer": lambda text: text[:-1],
    "bare_key": lambda text: text.replace('{"', "{", 1).replace('":', ":", 1),
    "empty_object_in_front": lambda text: "{}" + text,
}
