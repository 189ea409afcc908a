"""What the mission says of its scenarios 1 to 6, in seconds. PURE. Its one law: nothing else in this room is typed in, all is measured."""

from __future__ import annotations

from typing import NamedTuple


class Claim(NamedTuple):
    """``buffered``: until the receiver has the whole document, and starts; ``started`` and ``complete``: streamed, until it starts, and
    until it has everything; ``chunks``: until each of them is there.
    """

    buffered: float
    started: float
    complete: float
    chunks: tuple[float, ...]


CLAIMS = {
    1: Claim(14.2, 0.5, 3.1, (0.5, 1.2, 2.1, 3.1)),
    2: Claim(12.7, 0.4, 2.9, (0.4, 1.1, 2.0, 2.9)),
    3: Claim(15.8, 0.6, 3.5, (0.6, 1.4, 2.3, 3.5)),
    4: Claim(16.4, 0.5, 3.8, (0.5, 1.3, 2.2, 3.8)),
    5: Claim(13.9, 0.5, 3.2, (0.5, 1.2, 2.1, 3.2)),
    6: Claim(11.3, 0.9, 2.4, (0.4, 0.9, 1.5, 2.4)),
}
