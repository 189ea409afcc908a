"""One agent of a run in some lines, in few, or in one. SHELL. Its one law: whoever looks sees at once who waits, who works, and at what."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from finestream.quantities import counted
from finestream.show.look import Look, Span, sized, spent, timed
from finestream.show.run_view import HANDING, READING, AgentView, Section

_SIGNS = {
    "waiting": "waiting",
    "listening": "waiting",
    "working": "busy",
    "retrying": "retry",
    "done": "done",
    "skipped": "skipped",
    "failed": "failed",
    "blocked": "blocked",
}
QUIET = ("waiting", "done", "skipped")
"""States in which nothing happens."""
_SAID = {"done": "Done", "skipped": "Left out, its condition does not hold", "failed": "Failed", "blocked": "Blocked"}
_DOING = {"writing": "Writing...", "thinking": "Thinking...", "": "Starting..."}
_WIDE, _WIDER = 72, 120  # columns from which a section tells its chunks and bytes, and an agent its tokens
_BAR = {True: 10, False: 6}


def block(agent: AgentView, look: Look) -> list[Text]:
    """Show everything of it."""
    rows = [_head(agent, look), *brief(agent, look, agent.sections)[1:]]
    if agent.state == "done":
        whole = f"Complete document streamed, {counted(len(agent.sections), 'section')}, {sized(agent.size)} ({timed(agent.streaming)})"
        rows += _row(look, "done", whole)
    return rows


def brief(agent: AgentView, look: Look, sections: tuple[Section, ...] | None = None) -> list[Text]:
    """Show of its sections only the one that is being handed on."""
    if sections is None:
        sections = () if agent.current is None else (agent.current,)
    return [
        _head(agent, look),
        *_received(agent, look),
        *_sections(agent, sections, look),
        *_routing(agent, look),
        *_troubles(agent, look),
    ]


def short(agent: AgentView, look: Look) -> list[Text]:
    """Show what it does, and the section that is being handed on."""
    if agent.current is None or agent.cause:
        return [line(agent, look)]
    return [_head(agent, look), *_sections(agent, (agent.current,), look, with_rest=False)]


def line(agent: AgentView, look: Look) -> Text:
    """Show it in one line."""
    spans: list[Span] = [look.sign(_SIGNS[agent.state]), " ", (look.title(agent.step), "bold"), f": {_says(agent, look)}"]
    if agent.state == "working" and look.width >= _WIDE:
        spans.append(f" {look.bar(agent.fill, _BAR[False])}")
    if agent.state == "done":
        spans.append(f", {counted(len(agent.sections), 'section')}, {sized(agent.size)} ({timed(agent.streaming)})")
    if agent.cause:
        spans.append(f": {look.text(agent.cause)}")
    return look.line(*spans)


def group(state: str, agents: list[AgentView], look: Look) -> Text:
    """Show all of one state in one line."""
    names = look.titles(tuple(agent.step for agent in agents))
    return look.line(look.sign(_SIGNS[state]), f" {counted(len(agents), 'agent')} {state}: {names}")


def _head(agent: AgentView, look: Look) -> Text:
    style = "dim" if agent.state == "waiting" else "bold"
    times = f" ({timed(agent.seconds)} at work)" if agent.seconds else ""
    usage = spent(agent.usage) if look.width >= _WIDER else ""
    said = f" · {usage}" if usage else ""
    # Of the document, whose size is expected; what is expected of a section nobody has said.
    bar = f" {look.bar(agent.fill, _BAR[True])}" if agent.state == "working" and agent.sections and look.width >= _WIDE else ""
    return look.line((look.title(agent.step), style), f": {_says(agent, look)}", (bar, "yellow"), (times + said, "dim"))


def _says(agent: AgentView, look: Look) -> str:
    """Say in a few words what it does."""
    if agent.state in _SAID:
        return _SAID[agent.state]
    if agent.state == "retrying":
        return f"Trying again ({agent.attempt})..."
    awaited = look.titles(agent.awaited)
    if agent.state == "waiting":
        return f"Waiting for {awaited}" if awaited else "Waiting"
    if agent.state == "listening":
        return f"Waiting for more from {awaited}" if awaited else "Starting..."
    return _works(agent, look)


def _works(agent: AgentView, look: Look) -> str:
    if agent.doing == HANDING:
        section = agent.current or (agent.sections[-1] if agent.sections else None)
        return f"Streaming {look.title(section.name)}..." if section else "Streaming..."
    if agent.doing == READING:
        return f"Receiving {look.titles(tuple(each.sender for each in agent.received))}..." if agent.received else "Starting..."
    return _DOING.get(agent.doing) or f"Using {look.text(agent.doing)}..."


def _row(look: Look, sign: str, *spans: Span) -> list[Text]:
    return [look.line("  ", look.sign(sign), " ", *spans)]


def _received(agent: AgentView, look: Look) -> Iterator[Text]:
    for each in agent.received:
        rest = "complete" if each.is_whole else "more to come"
        yield from _row(look, "received", f"{look.title(each.sender)}: {counted(each.chunks, 'chunk')} received, {rest}")


def _sections(agent: AgentView, sections: tuple[Section, ...], look: Look, *, with_rest: bool = True) -> Iterator[Text]:
    is_wide = look.width >= _WIDE
    cells = _BAR[is_wide]
    titles = [look.title(section.name) for section in sections]
    room = look.width - len("  ss  [] 1m 05s") - cells - (len("  1,200 chunks, 900.0 KB") if is_wide else 0)
    column = min(room, max((Text(each).cell_len for each in titles), default=0))
    for section, name in zip(sections, titles, strict=True):
        figures = f"  {counted(section.chunks, 'chunk')}, {sized(section.size)}" if is_wide else ""
        bar = (look.bar(section.fill, cells), "green" if section.is_complete else "yellow")
        sign = "done" if section.is_complete else "busy"
        yield from _row(look, sign, f"{look.padded(name, column)} ", bar, f" {timed(section.seconds)}", (figures, "dim"))
    left = agent.members - len(agent.sections)
    if with_rest and sections and left > 0 and agent.state not in QUIET:
        yield look.line((f"     {counted(left, 'section')} may follow", "dim"))


def _routing(agent: AgentView, look: Look) -> list[Text]:
    return _row(look, "routing", f"Routing to {look.titles(agent.receivers)}") if agent.sections and agent.receivers else []


def _troubles(agent: AgentView, look: Look) -> list[Text]:
    if not agent.cause:
        return []
    sign = look.sign("failed" if agent.state == "failed" else "blocked")
    rows = look.wrapped(2, sign, " ", (look.text(agent.cause), "red"))
    return rows + (look.wrapped(2, "   ", (look.text(agent.fix), "")) if agent.fix else [])
