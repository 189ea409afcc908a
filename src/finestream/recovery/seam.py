"""Where a continuation joins the string that was kept. PURE. Its law: a seam is accepted only where it is unambiguous; a guess writes a
wrong file.

Asked for is a continuation that begins with the *anchor*, the last characters that were kept. Three readings of an answer compete:

* it repeats as much as it seems to: its first m characters are the last m that were kept, and the new ones begin behind them;
* it repeats less: a shorter end of what was kept begins the answer, too. That shows as a border: the m characters begin as they end;
* it is bare: the model ignored the anchor, and every character is new.

Bare is never impossible: the document may say the same m characters twice in a row, and what was kept may end just between the two. The
first of them would begin where no word goes on, and where it goes on like its own end. So only an end of what was kept tells anything
that begins in the middle of a word, one that stands elsewhere in the text, too. Where there is no such end, a mark is
asked for (see `mark`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

# Shorter runs repeat by chance in ordinary code (indentation, closing brackets); the longest bounds what the model has to write again.
SHORTEST, LONGEST = 24, 400
PROBE = 16  # characters behind the seam that must not start the same run again
OVERLAP = 96  # an overlap nobody asked for proves itself only when it is long
WHOLE = 400  # and one that is all of the string, which begins as anything may begin, when it is longer
INSIDE = 2  # characters of a word on both sides of the place where an anchor begins
NEAR = 16_384  # characters in which a word has to stand twice


class Refusal(Exception):
    """There is no unambiguous seam; ``reason`` is for the journal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Doubt(Refusal):
    """The answer may well continue what was kept, but can be read in more than one way."""


class Pending(Exception):
    """The answer is too short to tell yet."""


def anchor(kept: str, before: str = "") -> str | None:
    """The last characters of ``kept`` that can be found again without doubt, or None where the text repeats itself or is too short.

    ``before`` is the JSON text in front of the string: words that stand there are known, too.
    """
    near = kept[-NEAR:]
    for length in range(_shortest_once(kept), min(LONGEST, len(kept)) + 1):
        if _tells(near, length, before[-NEAR:]) and not border(kept[-length:]):
            return kept[-length:]
    return None


def _shortest_once(kept: str) -> int:
    """The shortest end of ``kept`` that stands in it once. A longer end does, too, so halving finds it."""
    return bisect_left(range(LONGEST), True, SHORTEST, key=lambda length: kept.find(kept[-length:]) + length >= len(kept))


def _tells(kept: str, length: int, before: str) -> bool:
    """Whether the last characters begin where nothing begins that is said twice in a row: in the middle of a word that stands elsewhere,
    too, and not as they would go on.
    """
    at = len(kept) - length
    if not is_inside_word(kept, at) or kept[at - 1] == kept[-1]:
        return False
    around = kept[at - INSIDE : at + INSIDE]
    is_known = around in kept[: at - INSIDE] or around in kept[at + INSIDE :] or around in before
    return is_known and kept[-1] + kept[at : at + 2 * INSIDE] not in kept


def is_inside_word(text: str, at: int) -> bool:
    """Whether a word goes on here that began before."""
    return INSIDE <= at <= len(text) - INSIDE and _is_one_word(text[at - INSIDE : at + INSIDE])


def _is_one_word(text: str) -> bool:
    """Whether these letters can only be a piece of one word: no capital behind a small one. A number may begin behind any other."""
    return text.isalpha() and not any(one.islower() and other.isupper() for one, other in pairwise(text))


def border(text: str) -> int:
    """How many characters ``text`` begins with that it also ends with: the most that are not all of it."""
    return borders(text)[-1]


def borders(row: Sequence[object]) -> list[int]:
    """For each start of ``row``, the one element alone first: how many elements it begins with that it also ends with, the most that are
    not all of it. Linear (Knuth, Morris and Pratt).
    """
    found = [0] * len(row)
    size = 0
    for at in range(1, len(row)):
        while size and row[at] != row[size]:
            size = found[size - 1]
        size += row[at] == row[size]
        found[at] = size
    return found


def seam(kept: str, end: str | None, answer: str, *, before: str = "", complete: bool, is_told_again: bool = False) -> int:
    """How many characters of ``answer`` repeat the end of ``kept``; what follows is new.

    Args:
        end: The anchor of ``kept``.
        before: The JSON text in front of the string.
        complete: The whole answer is there.
        is_told_again: The answer has repeated what stands in front of the string.
    Raises:
        Refusal, and Pending while more of the answer is to come.
    """
    if end is None:
        raise Refusal("what was kept repeats itself or is too short: no anchor in it is unique")
    at = answer.find(end)
    if at < 0:
        raise Refusal("the answer does not hold the anchor") if complete else Pending
    length = at + len(end)
    if not kept.endswith(answer[:length]):
        raise Refusal("the answer differs from what had arrived")
    if at and not _proves_itself(kept, length, before, is_told_again=is_told_again):
        raise Doubt("the answer begins before the anchor where the text may repeat itself")
    behind = answer[length : length + PROBE]
    if len(behind) < PROBE and not complete:
        raise Pending
    if len(behind) == PROBE and behind.strip() and answer.startswith(behind):
        raise Doubt("the answer repeats the anchor")
    return length


def _proves_itself(kept: str, length: int, before: str, *, is_told_again: bool) -> bool:
    """Whether an answer that nobody asked to begin so early can only repeat this much of ``kept``.

    Who says everything again does not begin with a few characters of its end.
    """
    if length == len(kept):
        return length >= WHOLE and border(kept) < (OVERLAP if is_told_again else 1)
    return length >= OVERLAP and _tells(kept[-length - NEAR :], length, before[-NEAR:]) and not border(kept[-length:])
