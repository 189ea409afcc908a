"""The takes, in the order in which they are played: what one leaves in the project is seen in the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from scripts.recording.screen import Frame
from scripts.recording.stage import Stage

REQUEST = "Add a search to the shop"


class Take(NamedTuple):
    """A picture: its file's name, what was typed, how it was filmed, and whether only the end of it is shown."""

    name: str
    typed: str
    film: Callable[[Stage], list[Frame]]
    is_still: bool = False


def _still(*arguments: str) -> Take:
    return Take(arguments[0], f"finestream {' '.join(arguments)}", lambda stage: stage.film(arguments, 80), is_still=True)


_RUN = ("run", "quick-flow", REQUEST, "--simulate", "--pacing", "0.3,250")
TAKES = (
    Take("run", f'finestream run quick-flow "{REQUEST}"', lambda stage: stage.film(_RUN, 30)),
    Take("watch", "finestream watch --text", lambda stage: stage.film_beside_session(("watch", "--text"), 30)),
    _still("logs"),
    _still("dashboard"),
    _still("demo", "8"),
)
