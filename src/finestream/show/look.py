"""How text looks on one terminal: signs, width, figures. SHELL: rich lives here. Its one law: no line is wider than it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len, chop_cells
from rich.text import Text

from finestream.printable import printable
from finestream.show.run_view import Usage
from finestream.show.titles import title

Span: TypeAlias = str | tuple[str, str]
"""A text, or a text and its style."""

# Signs of the same width each, so that what stands behind them stands in the same column.
_SIGNS = {
    "busy": ("⏳", "..", "yellow"),
    "done": ("✅", "ok", "green"),
    "received": ("📥", "<-", "cyan"),
    "routing": ("↓ ", "->", "cyan"),
    "retry": ("🔁", "<>", "yellow"),
    "failed": ("❌", "!!", "red"),
    "alert": ("🚨", "!!", "red"),
    "blocked": ("⛔", "##", "red"),
    "skipped": ("⏩", ">>", "dim"),
    "waiting": ("💤", "zz", "dim"),
}
_BARS = (("█", "░"), ("#", "."))
_ASCII = str.maketrans({"…": "~", "·": "-", "━": "-", "→": "-"})
_WIDEST_RULE = 80


@dataclass(frozen=True, slots=True)
class Look:
    """What one terminal can show. ``height``: None where there is no end."""

    width: int
    height: int | None = None
    encoding: str = "utf-8"

    @property
    def is_plain(self) -> bool:
        """Whether only ASCII is sure to be shown."""
        return self.encoding.lower().replace("-", "").replace("_", "") != "utf8"

    def text(self, foreign: str) -> str:
        """Return foreign text as this terminal can show it."""
        shown = printable(foreign)
        return shown.translate(_ASCII).encode(self.encoding, "replace").decode(self.encoding) if self.is_plain else shown

    def title(self, name: str) -> str:
        """Return the title of an agent or a section."""
        return self.text(title(name))

    def titles(self, names: tuple[str, ...]) -> str:
        """Return several."""
        return ", ".join(map(self.title, names))

    def sign(self, name: str) -> tuple[str, str]:
        """Return a sign that is two columns wide."""
        sign, in_ascii, style = _SIGNS[name]
        return (in_ascii if self.is_plain else sign, style)

    def bar(self, fill: float, cells: int) -> str:
        """Draw a bar, which is full only at 1."""
        full, empty = _BARS[self.is_plain]
        count = int(fill * cells)
        return f"[{full * count}{empty * (cells - count)}]"

    def rule(self) -> Text:
        """Draw a line across."""
        return Text(("-" if self.is_plain else "━") * min(self.width, _WIDEST_RULE), "dim")

    def line(self, *spans: Span) -> Text:
        """Put a line together, and cut it where the terminal ends."""
        text = Text.assemble(*(self._span(span) for span in spans))
        if text.cell_len > self.width:
            text.truncate(self.width - 1, overflow="crop")
            text.append("~" if self.is_plain else "…")
        return text

    def wrapped(self, indent: int, *spans: Span) -> list[Text]:
        """Put lines together of which nothing is cut off; those behind the first are indented."""
        first, *rest = spans
        head = self._span(first)
        room = max(1, self.width - indent - cell_len(head[0]))
        said, style = "".join(self._span(span)[0] for span in rest), self._span(rest[-1])[1]
        blank = " " * (indent + cell_len(head[0]))
        rows = chop_cells(said, room) or [""]
        return [self.line(*((" " * indent, head) if number == 0 else (blank,)), (row, style)) for number, row in enumerate(rows)]

    def padded(self, text: str, cells: int) -> str:
        """Make ``text`` exactly so wide."""
        shown = Look(cells, encoding=self.encoding).line(text).plain
        return shown + " " * (cells - cell_len(shown))

    def _span(self, span: Span) -> tuple[str, str]:
        text, style = (span, "") if isinstance(span, str) else span
        return (text.translate(_ASCII) if self.is_plain else text, style)


def sized(number: int) -> str:
    """Write ``512 B``, ``2.1 KB`` or ``1.5 MB``."""
    if number < 2**10:
        return f"{number} B"
    return f"{number / 2**10:.1f} KB" if number < 2**20 else f"{number / 2**20:.1f} MB"


def timed(seconds: float) -> str:
    """Write ``2.3s``, ``1m 05s`` or ``2h 07m``."""
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes = round(seconds) // 60
    return f"{minutes}m {round(seconds) % 60:02}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02}m"


def spent(usage: Usage) -> str:
    """Write the tokens and what they cost, as far as somebody has said it."""
    tokens = f"{usage.read:,} tokens read, {usage.written:,} written" if usage.read or usage.written else ""
    return ", ".join(filter(None, (tokens, "" if usage.cost is None else f"${usage.cost:.2f}")))
