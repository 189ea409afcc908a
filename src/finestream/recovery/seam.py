"""Where a continuation joins the string that was kept. PURE. Its law: a seam is accepted only where it is unambiguous; a guess writes a
wrong file.

Asked for is a continuation that begins with the *anchor*, the last characters that were kept. Two readings of an answer compete:

* it overlaps: its first m characters repeat the last m that were kept, and the new ones begin behind them;
* it is bare: the model ignored the anchor, and every character is new.

Bare is never impossible: the document may repeat itself just there. So an overlap counts only when the repetition that the bare reading
needs is not to be seen: the anchor occurs once in what was kept, has no border of its own, and neither side goes on with the period m.
For text that repeats itself (the same line a hundred times) there is no such anchor, and nothing is joined.
"""

from __future__ import annotations

# 24 characters: shorter runs repeat by chance in ordinary code (indentation, closing brackets); 400 bounds what the model has to write
# again. The steps have no factor in common: where all lengths are multiples of 8, text in lines of 24 or 32 characters often has no anchor,
# because it would begin and end at the same place of a line.
ANCHOR_LENGTHS = (24, 29, 35, 41, 47, 53, 61, 71, 83, 97, 113, 131, 157, 191, 229, 277, 331, 400)
BORDER = 8  # elements at both ends of an anchor that betray a period
PROBE = 16  # characters behind the seam that must not start the same run again
OVERLAP = 96  # an overlap nobody asked for proves itself only when it is long


class Refusal(Exception):
    """There is no unambiguous seam; ``reason`` is for the journal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Doubt(Refusal):
    """The answer may well continue what was kept, but can be read in more than one way."""


class Pending(Exception):
    """The answer is too short to tell yet."""


def anchor(kept: str) -> str | None:
    """The last characters of ``kept`` that can be found again without doubt, or None where the text repeats itself or is too short."""
    for length in ANCHOR_LENGTHS:
        if length > len(kept):
            return None
        end = kept[-length:]
        if kept.find(end) == len(kept) - length and not _has_border(end) and not goes_on(kept, length):
            return end
    return None


def _has_border(text: str) -> bool:
    return any(text.endswith(text[:size]) for size in range(BORDER, len(text)))


def goes_on(kept: str, period: int) -> bool:
    """Whether ``kept`` shows at its end that it repeats with this period: two characters are enough, or one line end."""
    before = kept[:-period]
    if not before or before[-1] != kept[-1]:
        return False
    return kept[-1] == "\n" or before[-2:-1] == kept[-2:-1]


def seam(kept: str, answer: str, *, complete: bool) -> int:
    """How many characters of ``answer`` repeat the end of ``kept``; what follows is new.

    ``complete`` says that the whole answer is there. Raises: Refusal, and Pending while more of the answer is to come.
    """
    end = anchor(kept)
    if end is None:
        raise Refusal("what was kept repeats itself or is too short: no anchor in it is unique")
    at = answer.find(end)
    if at < 0:
        raise Refusal("the answer does not hold the anchor") if complete else Pending
    length = at + len(end)
    if not kept.endswith(answer[:length]):
        raise Refusal("the answer differs from what had arrived")
    _check_doubts(kept, answer, at, length)
    if len(answer) - length < PROBE and not complete:
        raise Pending
    return length


def _check_doubts(kept: str, answer: str, at: int, length: int) -> None:
    """Refuse an overlap that the bare reading could explain as well."""
    if at and (length < OVERLAP or goes_on(kept, length) or _is_periodic(answer[:length])):
        raise Doubt("the answer begins before the anchor where the text repeats itself")
    behind = answer[length : length + PROBE]
    if len(behind) == PROBE and behind.strip() and answer.startswith(behind):
        raise Doubt("the answer repeats the anchor")


def _is_periodic(text: str) -> bool:
    """Whether ``text`` is made of one run that repeats (its smallest period is at most half of it).

    Linear: where the first repetition of the half breaks off later, so do all those that two periods of the half allow (Fine and Wilf).
    """
    half = text[: len(text) - len(text) // 2]
    at = text.find(half, 1)
    while at >= 0:
        if text.startswith(text[at:]):
            return True
        at = text.find(half, max(at + 1, len(half) - at))
    return False
