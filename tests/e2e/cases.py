"""The cases of the fault matrix: documents, the places at which they are cut, and what the client's disk has to hold afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from finestream.exam.grading import is_same
from finestream.simulator.scenes import code, nested
from finestream.simulator.script import CHARACTERS, Block, Character, Fault, Kind, ToolUse
from tests.e2e.harness import KEPT, Case

KINDS: tuple[Kind, ...] = ("max_tokens", "reset", "end", "stall", "error")
EVERYBODY: tuple[tuple[Character, ...], ...] = tuple((character,) for character in CHARACTERS)  # type: ignore[misc]
# One character after the other: what the first continuation does not bring, the second has to.
LISTS: tuple[tuple[Character, ...], ...] = (
    ("text", "rest"),
    ("other_tool", "everything"),
    ("bare", "overlap", "rest"),
    ("overlap", "text"),
)
# They always call the same tool again and bring what is missing.
CAREFUL: tuple[tuple[Character, ...], ...] = (("rest",), ("everything",), ("chatty",), ("thoughtful",), ("reformat",))

Place = tuple[str, Mapping[str, Any]]


def write(name: str, content: str, **fields: Any) -> Case:
    """Write a file."""

    def blocks(folder: Path) -> Sequence[Block]:
        return (ToolUse("Write", {"file_path": str(folder / name), "content": content}),)

    return Case(f"Write {name}", blocks, lambda folder: wrong_file(folder / name, content), files=frozenset({name}), **fields)


def keep(name: str, document: object, **fields: Any) -> Case:
    """Give a document to the MCP server."""
    meant = {"id": name, "document": document}
    return Case(f"keep {name}", lambda folder: (ToolUse("mcp__keeper__keep", meant),), lambda folder: wrong_kept(folder, meant), **fields)


def edits(name: str, old: Sequence[str], new: Sequence[str], fields: Sequence[Mapping[str, Any]]) -> Iterator[Case]:
    """Write a file of the blocks ``old``, then replace each by its ``new`` one; the fields are those of the edits' cases."""
    yield Case(f"Write {name}", _write_blocks(name, "".join(old)), lambda folder: None, files=frozenset({name}))
    for number, (before, after, more) in enumerate(zip(old, new, fields, strict=True)):
        yield Case(f"Edit {name} #{number}", _edit_blocks(name, before, after), _edited(name, "".join(new), after), **more)


def _write_blocks(name: str, content: str) -> Callable[[Path], Sequence[Block]]:
    return lambda folder: (ToolUse("Write", {"file_path": str(folder / name), "content": content}),)


def _edit_blocks(name: str, before: str, after: str) -> Callable[[Path], Sequence[Block]]:
    return lambda folder: (ToolUse("Edit", {"file_path": str(folder / name), "old_string": before, "new_string": after}),)


def _edited(name: str, whole: str, part: str) -> Callable[[Path], str | None]:
    return lambda folder: None if part in (folder / name).read_text(encoding="utf-8") else wrong_file(folder / name, whole)


def wrong_file(path: Path, content: str) -> str | None:
    """Compare a file with what was meant, byte for byte."""
    if not path.exists():
        return "the file was not written"
    found = path.read_bytes()
    meant = content.encode()
    if found == meant:
        return None
    at = next((at for at, (one, other) in enumerate(zip(found, meant, strict=False)) if one != other), min(len(found), len(meant)))
    return f"A WRONG FILE: {len(found)} bytes instead of {len(meant)}, other from byte {at} on: {found[at : at + 60]!r}"


def wrong_kept(folder: Path, meant: Mapping[str, object]) -> str | None:
    """Compare what the MCP server was given with what was meant."""
    kept = kept_inputs(folder, str(meant["id"]))
    if len(kept) != 1:
        return f"the tool was called {len(kept)} times"
    return None if is_same(kept[0], meant) else f"A WRONG INPUT: {json.dumps(kept[0])[:300]}"


def kept_inputs(folder: Path, name: str) -> list[Any]:
    """What the MCP server was given under this id."""
    path = folder / KEPT
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [value for value in map(json.loads, lines) if value.get("id") == name]


# -- where it breaks -----------------------------------------------------------------------------------------------------------------------


def places(text: str) -> list[Place]:
    """Where an input is cut: 20 places or more, those first at which something is half there. ``text`` is the input as it is streamed."""
    found = [*_borders(text), *(_between_items(text) if "}, {" in text else ())]
    even = 12 if len(found) < 13 else 6
    return [*found, *((f"at {number} of {even}", {"at": len(text) * number // even}) for number in range(1, even))]


def _borders(text: str) -> Iterator[Place]:
    middle = len(text) // 3
    yield "before the input", {"at": "before_input"}
    yield "at the first byte", {"at": 0}
    yield "in the first key", {"at": 3}
    yield "in the last key", {"at": text.rindex('": ') - 2}
    yield "behind a key", {"at": text.index('": ') + 1}
    yield "in an escape", {"at": text.index("\\", middle) + 1}
    yield "in the last escape", {"at": text.rindex("\\") + 1}
    wide = next(at for at, character in enumerate(text) if character > "\uffff" and at > middle)
    yield "inside a character", {"at": wide, "torn": True}
    yield "between the halves of a pair", {"at": wide, "half": True}
    yield "inside a CJK character", {"at": next(at for at, one in enumerate(text) if "\u4e00" <= one <= "\u9fff"), "torn": True}
    yield "before the last bracket", {"at": len(text) - 1}
    yield "behind the last byte", {"at": len(text)}
    yield "behind the last delta", {"at": "after_input"}
    yield "behind the block", {"at": "after_block"}
    yield "before message_stop", {"at": "before_message_stop"}


def _between_items(text: str) -> Iterator[Place]:
    yield "behind an item", {"at": text.index("}, {") + 1}
    yield "behind a comma", {"at": text.index("}, {", len(text) // 2) + 2}
    yield "before an item", {"at": text.index("}, {", 2 * len(text) // 3) + 3}
    yield "in a literal", {"at": text.index("true") + 2}
    yield "in a number", {"at": text.index("-15000000000") + 5}
    yield "in an empty list", {"at": text.index("[]") + 1}


def cut(kind: Kind, number: int, **fields: Any) -> Callable[[Sequence[str]], Sequence[Fault]]:
    """A fault at one of the `places` of the first input of a turn."""
    return lambda documents: (Fault(kind, **{**places(documents[0])[number][1], **fields}),)


def place_names(value: object) -> list[str]:
    """The names of the places of an input."""
    return [name for name, _ in places(spelled(value))]


# -- the documents -------------------------------------------------------------------------------------------------------------------------

SMALL, LARGE = 4_000, 40_000


@cache
def source(size: int, seed: int = 0) -> str:
    """A text of the matrix."""
    return code(size, seed)


@cache
def document(size: int, seed: int = 0) -> dict[str, object]:
    """A nested document of the matrix."""
    return nested(size, seed)


def spelled(value: object) -> str:
    """The text of an input, as the simulator streams it."""
    return json.dumps(value, ensure_ascii=False)
