"""The streams that are open, on a terminal. SHELL. Its one law: it fits, and what is in trouble is the last to be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple, TypeAlias, TypeVar

from rich.cells import cell_len
from rich.text import Text

from finestream.quantities import counted
from finestream.show.look import Look, Span, sized, timed
from finestream.show.stream_view import WELL, StreamView

_Number = TypeVar("_Number", int, float)

_TAB = 4  # columns, for text that is indented with tabs
_NARROW = 72  # columns below which a stream takes two lines
_TEXT_LINES = 3
# state -> sign, style, words
_STATES = {
    "streaming": ("busy", "", "streaming"),
    "stalled": ("waiting", "yellow", "stalled"),
    "correcting": ("retry", "yellow", "correcting"),
    "continuing": ("retry", "yellow", "continuing"),
    "waiting": ("waiting", "dim", "waiting"),
    "thinking": ("busy", "dim", "thinking"),
    "writing": ("busy", "dim", "writing text"),
    "unwatched": ("skipped", "dim", "unwatched"),
}
_ACTIONS = {"continue": "continuing", "retry": "asking again", "fallback": "last attempt", "finished": "finishing", "surface": "giving up"}
_TROUBLED = ("stalled", "correcting", "continuing")


def picture(views: Sequence[StreamView], idle: str, look: Look) -> list[Text]:
    """Draw a table. ``idle``: what to say where nothing streams."""
    if not views:
        return [row for line in idle.splitlines() for row in look.wrapped(0, "", look.text(line))][: look.height]
    layout = _layout(look.width, _agents(views))
    head = [*_head(views, layout, look)]
    blocks = {id(view): _block(view, layout, look) for view in views}
    shown = _chosen(views, blocks, None if look.height is None else look.height - len(head))
    rows = [row for view in shown for row in blocks[id(view)]]
    if len(shown) < len(views):
        rows.append(look.line((f"and {counted(len(views) - len(shown), 'stream')} more", "dim")))
    room = None if look.height is None else look.height - len(head) - len(rows)
    if len(shown) == len(views):
        rows = _with_text(shown, blocks, room, look)
    return [*head, *rows][: look.height]


def said(view: StreamView, look: Look) -> str:
    """Say in one line what has become of a stream, for where nothing can be drawn."""
    figures = () if view.size is None else (sized(view.size), counted(view.lines or 0, "line"), counted(view.chunks or 0, "chunk"))
    what = " ".join(filter(None, (_words(view, is_short=False), view.tool, _place(view))))
    return look.text(f"{_agent(view)}: {what}" + (f" ({', '.join(figures)})" if figures else ""))


# -- columns -------------------------------------------------------------------------------------------------------------------------------

Cell: TypeAlias = Callable[[StreamView], str]


class _Column(NamedTuple):
    name: str
    cell: Cell
    width: int
    is_figure: bool = False


def _layout(width: int, agents: Cell) -> list[_Column]:
    """Choose the columns for a terminal; the one that is about the target takes what is left."""
    is_wide, is_wider = width >= 100, width >= 128
    agent = _Column("agent", agents, 20 if is_wider else 12)
    columns = [
        agent,
        _Column("tool", lambda view: view.tool or "-", 10),
        _Column("target", _place, 0),
        _Column("bytes", lambda view: _figure(view.size, sized), 9, True),
        *([_Column("lines", lambda view: _figure(view.lines, "{:,}".format), 7, True)] if is_wider else []),
        *([_Column("chunks", lambda view: _figure(view.chunks, "{:,}".format), 6, True)] if is_wider else []),
        *([_Column("rate", lambda view: _figure(view.rate, _speed), 10, True)] if is_wide else []),
        *([_Column("age", lambda view: timed(view.quiet), 6, True)] if is_wide else []),
        _Column("state", lambda view: _words(view, is_short=not is_wider), 30 if is_wider else 16),
    ]
    left = width - len("ss ") - sum(column.width + 1 for column in columns) + 1
    return [column._replace(width=left) if column.name == "target" else column for column in columns]


def _head(views: Sequence[StreamView], layout: list[_Column], look: Look) -> list[Text]:
    live = sum(not view.is_done for view in views)
    rows = [look.line((f"{counted(live, 'stream')}", "bold"), (f", {len(views) - live} ended" if live < len(views) else "", "dim"))]
    if look.width >= _NARROW:
        rows.append(look.line("   ", (" ".join(_fitted(column.name, column, look) for column in layout), "dim")))
    return rows


def _block(view: StreamView, layout: list[_Column], look: Look) -> list[Text]:
    sign, style, _ = _state(view)
    if look.width < _NARROW:
        return _two_lines(view, layout[0].cell, look)
    spans: list[Span] = [look.sign(sign)]
    for column in layout:
        spans += [" ", (_fitted(look.text(column.cell(view)), column, look), style)]
    return [look.line(*spans)]


def _two_lines(view: StreamView, agent: Cell, look: Look) -> list[Text]:
    sign, style, _ = _state(view)
    words = look.text(_words(view, is_short=True))
    names = look.padded(look.text(f"{agent(view)} {view.tool}".rstrip()), max(1, look.width - len(f"ss  {words}")))
    first = look.line(look.sign(sign), " ", (names, "bold"), " ", (words, style))
    figures = f"   {_figure(view.size, sized)}, {_figure(view.rate, _speed)}, {timed(view.quiet)} ago  "
    if not view.tool:
        return [first]
    return [first, look.line((figures, "dim"), _ending(look.text(_place(view)), look.width - len(figures), look))]


def _fitted(text: str, column: _Column, look: Look) -> str:
    if column.is_figure:
        return " " * (column.width - cell_len(text)) + text if cell_len(text) <= column.width else look.padded(text, column.width)
    return look.padded(_ending(text, column.width, look) if column.name == "target" else text, column.width)


def _ending(text: str, cells: int, look: Look) -> str:
    """Of a path the end tells more than its beginning."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) >= cells:
        text = text[max(1, (cell_len(text) - cells) // 2) :]
    return ("~" if look.is_plain else "…") + text if cells > 0 else ""


# -- cells ---------------------------------------------------------------------------------------------------------------------------------


def _agent(view: StreamView) -> str:
    return view.agent or "main"


def _agents(views: Iterable[StreamView]) -> Cell:
    """Name agents so that those of several sessions or projects are told apart."""
    several = len({view.project for view in views}) > 1, len({view.session for view in views}) > 1

    def name(view: StreamView) -> str:
        session = f"@{view.session[:4]}" if several[1] and view.session else ""
        project = f" {PurePath(view.project).name}" if several[0] else ""
        return f"{_agent(view)}{session}{project}"

    return name


def _place(view: StreamView) -> str:
    return view.target.removeprefix(f"{view.project}/")


def _figure(value: _Number | None, write: Callable[[_Number], str]) -> str:
    return "-" if value is None else write(value)


def _speed(rate: float) -> str:
    return f"{sized(round(rate))}/s"


def _state(view: StreamView) -> tuple[str, str, str]:
    if view.is_done:
        return ("done", "green", "done") if view.outcome in WELL else ("failed", "red", view.outcome or "ended")
    return _STATES.get(view.state, ("busy", "", view.state))


def _words(view: StreamView, *, is_short: bool) -> str:
    words = _state(view)[2]
    if view.is_done and view.outcome in WELL[1:]:
        return f"done, {view.outcome}" if not is_short else view.outcome
    if view.state == "continuing":
        action = _ACTIONS.get(view.action, words)
        if view.action == "fallback" or not view.attempts:
            return action
        if is_short:
            return f"{action} {view.attempt}/{view.attempts}"
        return f"{action}, attempt {view.attempt} of {view.attempts}"
    return words


# -- what fits -----------------------------------------------------------------------------------------------------------------------------


def _chosen(views: Sequence[StreamView], blocks: dict[int, list[Text]], room: int | None) -> list[StreamView]:
    """Take all where there is room; else, in their order, those that matter most, and leave a line for the rest."""
    if room is None or sum(map(len, blocks.values())) <= room:
        return list(views)
    chosen, left = set(), room - 1
    for view in sorted(views, key=lambda view: (view.is_done, view.state not in _TROUBLED, not view.tool)):
        left -= len(blocks[id(view)])
        if left < 0:
            break
        chosen.add(id(view))
    return [view for view in views if id(view) in chosen]


def _with_text(views: Sequence[StreamView], blocks: dict[int, list[Text]], room: int | None, look: Look) -> list[Text]:
    """Put the last lines below the streams, as many as there is room for."""
    writers = sum(bool(view.text) for view in views)
    each = _TEXT_LINES if room is None else min(_TEXT_LINES, room // writers if writers else 0)
    rows: list[Text] = []
    for view in views:
        rows += blocks[id(view)]
        last = view.text[len(view.text) - min(each, len(view.text)) :]
        rows += [look.line(("   | ", "dim"), (look.text(line.expandtabs(_TAB)), "dim")) for line in last]
    return rows
