"""The figures of a project on a terminal. SHELL. Its one law: it shows what the report says; where that says nothing, it says so.

What does not fit folds: first the space between, then the agents of which least is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.text import Text

from finestream.figures import Report, Sums, values_of
from finestream.quantities import counted
from finestream.show.look import Look, Span, sized, timed

NOT_MEASURED = "not measured"
_WIDEST = 100  # columns; a longer way for the eye shows nothing more
_NAME = 24
_MOST = 30  # agents; `finestream metrics` tells of all
_FRAMES = ("┌─┐│├┤└┘", "+-+|++++")
_BAR, _SMALL_BAR, _SMALLER_BAR = 20, 10, 6
_ROOMY = 64  # columns from which there is room for a bar, and for what belongs to a figure
Row = list[Span]


@dataclass(frozen=True, slots=True)
class Panel:
    """What is shown. ``title``: of which span; ``since``: from when on the journal tells of it, where that is later."""

    report: Report
    title: str
    since: str | None = None

    def draw(self, look: Look) -> list[Text]:
        """Draw it as large as there is room."""
        for agents in range(min(len(self.report.agents), _MOST), -1, -1):
            for is_spaced in (True, False):
                rows = self._framed(look, agents, is_spaced=is_spaced)
                if look.height is None or len(rows) <= look.height:
                    return rows
        return rows[: look.height]

    def _framed(self, look: Look, agents: int, *, is_spaced: bool) -> list[Text]:
        width = min(look.width, _WIDEST)
        corners = _FRAMES[look.is_plain]
        rule = corners[1] * (width - 2)
        inner = Look(width - 4, encoding=look.encoding)
        blocks = [block for block in self._blocks(inner, agents) if block]
        rows = [look.line(f"{corners[0]}{rule}{corners[2]}"), _boxed(look, inner, [(self.title, "bold")])]
        rows.append(look.line(f"{corners[4]}{rule}{corners[5]}"))
        for number, block in enumerate(blocks):
            rows += [_boxed(look, inner, [])] * (is_spaced and number > 0)
            rows += [_boxed(look, inner, row) for row in block]
        return [*rows, look.line(f"{corners[6]}{rule}{corners[7]}")]

    def _blocks(self, look: Look, agents: int) -> list[list[Row]]:
        return [self._overall(look), self._agents(look, agents), self._errors(look), self._notes(look)]

    # -- the blocks ------------------------------------------------------------------------------------------------------------------------

    def _overall(self, look: Look) -> list[Row]:
        values, sums, limits = self.report.values, self.report.sums, self.report.limits
        of_inputs = f"of {counted(sums.inputs, 'input')}"
        rows: list[Row] = [[("Overall", "bold")]]
        for title, name, write, beside in (
            ("Latency reduction", "latency_reduction", percent, counted(sums.handoffs, "handoff")),
            ("First chunk after", "first_chunk_seconds", _soon, ""),
            ("Average chunk", "average_chunk_bytes", _size, counted(sums.chunks, "chunk")),
            ("Incomplete JSON", "incomplete_json_rate", percent, f"{sums.incomplete:,} {of_inputs}"),
            ("Fallbacks", "fallback_rate", percent, f"{sums.fallbacks:,} {of_inputs}"),
        ):
            value = values[name]
            row: Row = [f"  {title:17} ", _value(value, write)]
            if value is not None:
                row += _judged(value, limits[name], look) if name in limits else []
                row += [f" {_bar(look, value, _BAR)}"] if name == "latency_reduction" and look.width >= _ROOMY else []
                row += [(f"  {beside}", "dim")] if beside and look.width >= _ROOMY else []
            rows.append(row)
        return rows

    def _agents(self, look: Look, most: int) -> list[Row]:
        ranked = sorted(self.report.agents.items(), key=lambda each: (-each[1].handoffs, -each[1].inputs, each[0]))
        names = [look.title(agent) for agent, _ in ranked[:most]]
        column = min(_NAME, look.width // 3, max((Text(name).cell_len for name in names), default=0))
        rows: list[Row] = [[("Agents", "bold"), " (latency reduction)"]] if ranked else []
        rows += [_agent(look, look.padded(name, column), sums) for name, (_, sums) in zip(names, ranked, strict=False)]
        left = len(ranked) - len(names)
        return rows + ([[(f"  and {counted(left, 'agent')} more" if names else f"  {counted(left, 'agent')}", "dim")]] if left else [])

    def _errors(self, look: Look) -> list[Row]:
        values, sums = self.report.values, self.report.sums
        at_once = values["first_retry_success"]
        first = f", {percent(at_once)} at the first" if at_once is not None and look.width >= _ROOMY else ""
        return [
            [("Mending", "bold")],
            _mended(look, "Auto-corrections", sums.malformed, values["correction_success"]),
            [*_mended(look, "Retries", sums.retried, values["retry_success"]), first],
            _mended(look, "Fallbacks", sums.fallbacks, values["fallback_success"]),
        ]

    def _notes(self, look: Look) -> list[Row]:
        notes: list[Row] = [
            [look.sign("alert"), (f" {_ALERTS[alert.figure]} above {_LIMITS[alert.figure](alert.limit)}", "red")]
            for alert in self.report.alerts
        ]
        if self.since:
            notes.append([(f"The journal begins at {self.since}.", "dim")])
        if self.report.damaged:
            lines = "1 line is" if self.report.damaged == 1 else f"{self.report.damaged:,} lines are"
            notes.append([(f"{lines} damaged and left out.", "dim")])
        return notes


def percent(share: float) -> str:
    """Write ``67%``, small shares as ``0.02%``, and what is not all as less than all."""
    hundredths = 100 * share
    if share in (0, 1) or (abs(hundredths) >= 10 and not 99 <= hundredths < 100):
        return f"{hundredths:.0f}%"
    if 0 < hundredths < 0.01:
        return "<0.01%"
    return f"{min(hundredths, 99.99):.2f}%"


def _soon(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else timed(seconds)


def _limit(share: float) -> str:
    return f"{100 * share:g}%"


def _size(size: float) -> str:
    return sized(round(size))


def _value(value: float | None, write: Callable[[float], str]) -> Span:
    return (NOT_MEASURED, "dim") if value is None else (write(value), "bold")


def _judged(value: float, limit: float, look: Look) -> Row:
    return [" ", look.sign("alert" if value > limit else "done")]


def _bar(look: Look, share: float, cells: int) -> str:
    return look.bar(min(1.0, max(0.0, share)), cells)


def _agent(look: Look, name: str, sums: Sums) -> Row:
    reduction = values_of(sums)["latency_reduction"]
    cells = _SMALL_BAR if look.width >= _ROOMY else _SMALLER_BAR
    row: Row = [f"  {name} "]
    if reduction is None:
        row.append((f"{NOT_MEASURED:{7 + cells}}", "dim"))
    else:
        row += [(f"{percent(reduction):>6} ", "bold"), _bar(look, reduction, cells)]
    beside = ", ".join([*[counted(sums.handoffs, "handoff")] * bool(sums.handoffs), *[counted(sums.inputs, "input")] * bool(sums.inputs)])
    return [*row, (f"  {beside}", "dim")] if look.width >= _ROOMY and beside else row


def _mended(look: Look, title: str, number: int, success: float | None) -> Row:
    if success is None:
        return [f"  {title:17} ", ("none", "dim")]
    return [f"  {title:17} ", (f"{number:,}", "bold"), f" ({percent(success)}{' success' if look.width >= _ROOMY else ''})"]


def _boxed(look: Look, inner: Look, row: Row) -> Text:
    edge = _FRAMES[look.is_plain][3]
    line = inner.line(*row)
    return Text.assemble(f"{edge} ", line, " " * (inner.width - line.cell_len), f" {edge}")


_ALERTS: Mapping[str, str] = {
    "first_chunk_seconds": "The first chunk comes late:",
    "incomplete_json_rate": "Incomplete JSON:",
    "fallback_rate": "Fallbacks:",
}
_LIMITS: Mapping[str, Callable[[float], str]] = {
    "first_chunk_seconds": timed,
    "incomplete_json_rate": _limit,
    "fallback_rate": _limit,
}
