"""Tool inputs made from a seed: far cheaper than drawing each value, and every shape that a seam can meet comes up often."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from finestream.scanner import Scanner

_ODD = 'ab\n \\"é漢😀\t\u2028/{}[],:'
_RANGES = ((0x20, 0x7E), (0x20, 0x7E), (0x0, 0x1F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))


def make_text(random: Random) -> str:
    """A string: empty, short, any characters, few characters, one run many times, the same text as elsewhere, or lines of code."""
    size = random.randrange(220)
    match random.randrange(7):
        case 0:
            return random.choice(["", "a", "true", "1", '"', "\\", "ab" * 20, "the same text in several places, long enough"])
        case 1:
            return "".join(random.choices("abcdefgh", k=random.randrange(9)))
        case 2:
            return "".join(chr(random.randint(*random.choice(_RANGES))) for _ in range(size // 2))
        case 3:
            return "".join(random.choices(_ODD, k=size))
        case 4:
            run = "".join(random.choices(_ODD, k=random.randint(1, 40)))
            return "".join(random.choices("xyz ", k=random.randrange(40))) + run * random.randint(2, 8)
        case 5:
            return "x = [\n" + "    0,\n" * random.randrange(30) + "]\n"
        case _:
            return "".join(f"def f{n}(x):\n    return x + {random.randrange(999)}\n\n" for n in range(random.randrange(12)))


def make_value(random: Random, depth: int) -> Any:
    """Any JSON value, at most ``depth`` containers deep."""
    kind = random.randrange(7 if depth else 4)
    if kind == 4:
        return [make_value(random, depth - 1) for _ in range(random.randrange(6))]
    if kind == 5:
        return make_object(random, depth - 1, random.randrange(5))
    if kind == 6:  # a list whose items are alike: the hardest place for a seam
        items = [make_value(random, depth - 1) for _ in range(random.randint(1, 2))]
        return [random.choice(items) for _ in range(random.randrange(8))]
    if kind == 3:
        return random.choice([None, True, False, 0, -1, random.randrange(10**6), 1.5, 2.0, 1e300, 10**30])
    return make_text(random)


def make_object(random: Random, depth: int, size: int) -> dict[str, Any]:
    """An object; now and then with names that must be escaped."""
    names = ["file_path", "content", "edits", "old", "new", "a", "", "é", '"\\\n', "😀", "with space", "b" * 30]
    return {name: make_value(random, depth) for name in random.sample(names, size)}


def make_document(seed: int) -> dict[str, Any]:
    """The input of a tool call."""
    random = Random(seed)
    return make_object(random, 3, random.randint(1, 5))


def keep(text: str, cut: int) -> str:
    """What a cut behind ``cut`` bytes leaves of a text: everything up to the checkpoint."""
    data = text.encode()
    scanner = Scanner()
    scanner.feed(data[:cut])
    return "" if scanner.complete else data[: scanner.checkpoint].decode()


documents = st.integers(0, 2**40).map(make_document)
spellings = st.sampled_from([{"ensure_ascii": False}, {"ensure_ascii": True}, {"indent": 1}, {"separators": (",", ":")}])
