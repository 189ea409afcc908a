"""Where a continuation joins text in which no place can be told from another. PURE. Its law is that of `seam`: no guess.

Where no anchor tells, the opening holds a *mark*: a word that stands nowhere in what was kept and that no document holds by chance. Who
writes it obeys, so what follows is told by the request and not by the text. In front of a list's new items it is an item by itself. In a
string it stands in front of the last characters that were kept, which keep the model on its way; those are chosen so that text which goes
on as it went on so far does not begin as they do, so that a model that writes the mark and leaves them out is refused, too.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import count

from finestream.recovery.seam import NEAR, Pending, Refusal, border

LONGEST_TAIL = 48  # characters behind the mark
_GOES_ON = 4  # characters that tell how the text goes on
_KNOWN = 64  # characters at the end of what was kept that the mark is made from
_DIGITS = 10


def mark_of(kept: str) -> str:
    """A word that does not occur in ``kept``, the same for the same text."""
    known = f"{len(kept)} {kept[-_KNOWN:]}"
    words = (_word(f"{number} {known}") for number in count())
    return next(word for word in words if word not in kept)


def _word(seed: str) -> str:
    """No character of it has to be escaped in JSON, and none is white space that a model might put elsewhere."""
    return f"[mark-{sha256(seed.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}]"


def tail_of(text: str) -> str:
    """The last characters of ``text`` that stand behind the mark: the most that do not begin as the text has gone on behind its last
    character, nor as they end. There may be none, as in a row of equal characters; then the new ones stand right behind the mark.
    """
    near = text[-NEAR:]
    for size in range(min(LONGEST_TAIL, len(text)), 0, -1):
        tail = text[-size:]
        if text[-1] + tail[:_GOES_ON] not in near and not border(tail):
            return tail
    return ""


def marked_seam(wanted: str, answer: str, *, complete: bool) -> int:
    """How many characters of ``answer`` are ``wanted``, the mark and what stands behind it; what follows is new.

    Args:
        complete: The whole answer is there.
    Raises:
        Refusal, and Pending while more of the answer is to come.
    """
    if answer.startswith(wanted):
        return len(wanted)
    if not complete and wanted.startswith(answer):
        raise Pending
    raise Refusal("the answer does not begin with the mark and the last characters that were kept")
