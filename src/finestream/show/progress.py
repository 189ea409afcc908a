"""A run on a terminal, while it goes on. SHELL. Its one law: it fits. What does not matter now folds first, and the totals stay.

What folds: agents that are through or wait, to a line each, then to a line together; then the sections that agents at work have behind
them; then each of these to a line, and at last to a line together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from rich.text import Text

from finestream.quantities import counted
from finestream.show import agent as one
from finestream.show.look import Look, sized, spent, timed
from finestream.show.run_view import AgentView, RunView

Fold: TypeAlias = Callable[[AgentView, Look], list[Text]] | None
"""How an agent is shown; None: in a line with others of its state."""


def picture(view: RunView, look: Look) -> list[Text]:
    """Draw the run as large as there is room."""
    frame = [*_opening(view, look), *_totals(view, look)]
    room = None if look.height is None else look.height - len(frame)
    for quiet, busy, is_spaced in _FOLDS:
        body = _body(view, look, (quiet, busy), is_spaced=is_spaced)
        if room is None or len(body) <= room:
            return [*_opening(view, look), *body, *_totals(view, look)]
    return (_totals(view, look))[-max(1, look.height or 0) :]


def _line(agent: AgentView, look: Look) -> list[Text]:
    return [one.line(agent, look)]


_FOLDS: tuple[tuple[Fold, Fold, bool], ...] = (
    (one.block, one.block, True),
    (_line, one.block, True),
    (_line, one.block, False),
    (None, one.block, False),
    (None, one.brief, False),
    (None, one.short, False),
    (None, _line, False),
    (None, None, False),
)


def _body(view: RunView, look: Look, folds: tuple[Fold, Fold], *, is_spaced: bool) -> list[Text]:
    """Show the agents in their order; those that share a line stand where the first of them would."""
    rows: list[Text] = []
    grouped: set[str] = set()
    for agent in view.agents:
        fold = folds[0] if agent.state in one.QUIET else folds[1]
        if fold is not None:
            shown = fold(agent, look)
            # A space between what takes more than a line.
            rows += [*([Text("")] if is_spaced and rows and len(shown) > 1 else []), *shown]
        elif agent.state not in grouped:
            grouped.add(agent.state)
            rows.append(one.group(agent.state, [each for each in view.agents if each.state == agent.state], look))
    return rows


def _opening(view: RunView, look: Look) -> list[Text]:
    return [look.rule(), look.line((look.text(view.workflow), "bold"), f": {look.text(' '.join(view.request.split()))}"), look.rule()]


def _totals(view: RunView, look: Look) -> list[Text]:
    said = (
        f"{view.done} of {counted(len(view.agents), 'agent')} done",
        f"{counted(view.chunks, 'chunk')}, {sized(view.size)} handed on",
        spent(view.usage),
        timed(view.seconds),
    )
    return [look.rule(), *_flowed([each for each in said if each], look), *_flowed(list(_overlap(view, look)), look)]


def _overlap(view: RunView, look: Look) -> Iterator[str]:
    if len(view.together) > 1:
        yield f"at work together: {look.titles(view.together)}"
    if view.overlapped >= 0.05:
        yield f"{timed(view.overlapped)} of work overlapped"


def _flowed(said: list[str], look: Look) -> list[Text]:
    """Put what belongs together into a line while there is room."""
    rows: list[str] = []
    for each in said:
        joined = f"{rows[-1]} · {each}" if rows else each
        if rows and Text(joined).cell_len <= look.width:
            rows[-1] = joined
        else:
            rows.append(each)
    return [look.line(row) for row in rows]
