"""A run where nothing can be drawn: a line for each thing that matters. SHELL. Its one law: each line says by itself when, who and what."""

from __future__ import annotations

from collections.abc import Callable

from finestream.quantities import counted
from finestream.show.look import Look, sized, timed
from finestream.show.run_view import Milestone

_BESIDE = Look(10**6)


def told(milestone: Milestone, since: float, encoding: str) -> str:
    """Write one line. ``since``: when the run was begun or taken up."""
    look = Look(_BESIDE.width, encoding=encoding)
    said = _SAID[milestone.kind](milestone, look)
    return f"{max(0.0, milestone.at - since):8.1f}s  {look.title(milestone.step)}: {said}"


def _figures(milestone: Milestone) -> str:
    return f"{counted(milestone.chunks, 'chunk')}, {sized(milestone.size)}, {timed(milestone.seconds)}"


def _trouble(word: str) -> Callable[[Milestone, Look], str]:
    def say(milestone: Milestone, look: Look) -> str:
        return f"{word}: {look.text(milestone.cause)}" + (f" ({look.text(milestone.fix)})" if milestone.fix else "")

    return say


_SAID: dict[str, Callable[[Milestone, Look], str]] = {
    "began": lambda each, look: "begins",
    "resumed": lambda each, look: "goes on",
    "received": lambda each, look: f"receives the first {counted(each.chunks, 'chunk')} of {look.title(each.name)}",
    "section": lambda each, look: f"{look.title(each.name)} complete ({_figures(each)})",
    "retry": _trouble("tries again"),
    "done": lambda each, look: f"done ({_figures(each)})",
    "skipped": lambda each, look: "left out, its condition does not hold",
    "failed": _trouble("failed"),
    "blocked": _trouble("blocked"),
}
