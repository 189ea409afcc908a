"""What a page may be about, for tests of how it is served."""

from __future__ import annotations

from typing import Any

from finestream.errors import JournalError
from finestream.web.live import Live
from finestream.web.site import Site

Json = dict[str, Any]


class Sources:
    """Says what it was asked for."""

    def __init__(self) -> None:
        self.mark = 0

    def about(self) -> Json:
        return {"name": "\x1b[31m<b>"}

    def figures(self, since: float, /) -> Json:
        return {"since": since}

    def calls(self, since: float, /, *, words: str, is_trouble: bool) -> Json:
        return {"since": since, "words": words, "is_trouble": is_trouble}

    def call(self, name: str, session: str, /) -> Json:
        return {"name": name, "session": session}

    def runs(self) -> Json:
        raise JournalError("there is no journal yet", "Run a session.", path="/secret/place")

    def run(self, name: str, /) -> Json:
        return {"name": name}

    def marks(self) -> Json:
        return {"journal": self.mark, "runs": 0}


def site(sources: Sources | None = None) -> Site:
    """A page of nothing."""
    return Site(sources or Sources(), Live(list))
