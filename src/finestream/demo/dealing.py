"""Texts of a size that is asked for. PURE. Its one law: a sentence about a name is dealt once, so that no two texts are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

KB = 2**10


def weight(value: object) -> int:
    """Return the bytes of a value as the simulated model writes it."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def dealt(names: Sequence[str], sentences: Sequence[str], room: int, *, frame: int = 1) -> list[list[str]]:
    """Deal sentences about each of ``names`` out in turn, until ``room`` bytes are as good as full.

    Args:
        sentences: Each with a place for the name.
        frame: Bytes that each sentence costs on top of itself.
    """
    hands: list[list[str]] = [[] for _ in names]
    left = room
    for turn, place in product(range(len(sentences)), range(len(names))):
        text = sentences[(turn + place) % len(sentences)].format(names[place])
        cost = len(text.encode()) + frame
        if left < cost / 2:
            break
        hands[place].append(text)
        left -= cost
    return hands


def longer(texts: Mapping[str, str], sentences: Sequence[str], room: int) -> dict[str, str]:
    """Add ``room`` bytes of sentences to the texts, each of which is about its key."""
    hands = dealt(list(texts), sentences, room)
    return {name: " ".join([text, *hand]) for (name, text), hand in zip(texts.items(), hands, strict=True)}


def filled(items: Sequence[Mapping[str, Any]], key: tuple[str, str], sentences: Sequence[str], room: int) -> list[dict[str, Any]]:
    """Add ``room`` bytes to the text of each item.

    Args:
        key: The name of what says what an item is about, and the name of its text.
    """
    about, text = key
    texts = longer({str(item[about]): str(item[text]) for item in items}, sentences, room)
    return [{**item, text: texts[str(item[about])]} for item in items]
