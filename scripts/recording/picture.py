"""Frames to one SVG file: a film where there are several, light or dark as the reader's system is. PURE.

The frames stand side by side behind a window of one frame's width, which steps from one to the next. No script is in it, so that it
plays wherever images are shown. Who has asked for less motion sees the last frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from scripts.recording.screen import Frame, Line, Run, Style

CELL, ROW, SIZE, EDGE, BAR = 8.4, 18, 14, 14, 34  # pixels
LINGER = 4.0  # seconds for which the last frame stands before it begins anew

# name of the emulator -> (dark, light). A terminal's sixteen colours, of which the bright ones are told apart by name.
_COLOURS = {
    "default": ("#d6dae2", "#24292f"),
    "black": ("#5b6472", "#57606a"),
    "red": ("#ff7b72", "#b3261e"),
    "green": ("#7bd88f", "#1a7f37"),
    "brown": ("#e3b341", "#8a6100"),
    "blue": ("#79b8ff", "#0757b8"),
    "magenta": ("#d2a8ff", "#7b3fc4"),
    "cyan": ("#6fd6e0", "#0b7285"),
    "white": ("#c5cbd5", "#424a53"),
}
_GROUNDS = ("#14171c", "#fbfcfd"), ("#20252d", "#e9ecf0")  # the window and its bar


def picture(frames: Sequence[Frame], columns: int, title: str) -> str:
    """Return the SVG of ``frames``, which all have as many lines; ``title`` stands in the bar of the window."""
    height = max(_height(frame) for frame in frames)
    width = columns * CELL + 2 * EDGE
    rows = _Rows()
    films = "".join(f'<g transform="translate({_number(at * width)} 0)">{rows.of(frame)}</g>' for at, frame in enumerate(frames))
    full = BAR + height * ROW + EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(width)} {full}" width="{_number(width)}" height="{full}" '
        f'role="img" aria-label={quoteattr(title)}><title>{escape(title)}</title><style>{"".join(_style(frames, width))}</style>'
        f'<rect class="g" width="{_number(width)}" height="{full}" rx="9"/>'
        f'<path class="b" d="M0 {BAR - 6}V9a9 9 0 0 1 9-9H{_number(width - 9)}a9 9 0 0 1 9 9v{BAR - 15}z"/>'
        f'<text class="d" x="{_number(width / 2)}" y="19" text-anchor="middle">{escape(title)}</text>'
        f"<defs>{''.join(rows.drawn)}</defs>"
        f'<svg x="{EDGE}" y="{BAR}" width="{_number(columns * CELL)}" height="{height * ROW}"><g class="film">{films}</g></svg></svg>\n'
    )


class _Rows:
    """Each different line is drawn once, however many frames it stands in."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self._known: dict[Line, int] = {}

    def of(self, frame: Frame) -> str:
        return "".join(f'<use href="#r{self._number(line)}" y="{at * ROW}"/>' for at, line in enumerate(frame.lines) if line)

    def _number(self, line: Line) -> int:
        if line not in self._known:
            self._known[line] = len(self.drawn)
            self.drawn.append(f'<g id="r{self._known[line]}">{"".join(_run(run) for run in line)}</g>')
        return self._known[line]


def _run(run: Run) -> str:
    at, width = _number(run.column * CELL), _number(run.width * CELL)
    ground = (
        ""
        if run.style.background == "default"
        else f'<rect x="{at}" width="{width}" height="{ROW}" fill="{_colour(run.style.background)}"/>'
    )
    if not run.text.strip():
        return ground
    # The width is said because the reader's font may be another one.
    return f'{ground}<text x="{at}" y="13" textLength="{width}" lengthAdjust="spacingAndGlyphs"{_look(run.style)}>{escape(run.text)}</text>'


def _look(style: Style) -> str:
    said = {
        "fill": "" if style.foreground == "default" else _colour(style.foreground),
        "font-weight": "600" if style.is_bold else "",
        "font-style": "italic" if style.is_italic else "",
        "text-decoration": "underline" if style.is_underlined else "",
    }
    return "".join(f' {name}="{value}"' for name, value in said.items() if value)


def _colour(name: str) -> str:
    plain = name.removeprefix("bright")
    return f"var(--{plain})" if plain in _COLOURS else f"#{name}"


def _style(frames: Sequence[Frame], width: float) -> Iterator[str]:
    dark, light = (
        ";".join(
            [f"--g:{_GROUNDS[0][which]}", f"--b:{_GROUNDS[1][which]}", *(f"--{name}:{pair[which]}" for name, pair in _COLOURS.items())]
        )
        for which in (0, 1)
    )
    yield f"svg{{{dark}}}@media(prefers-color-scheme:light){{svg{{{light}}}}}"
    yield ".g{fill:var(--g)}.b{fill:var(--b)}text{fill:var(--default);white-space:pre;"
    yield f"font:{SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}}.d{{font-size:12px;opacity:.75}}"
    if len(frames) > 1:
        yield from _film(frames, width)


def _film(frames: Sequence[Frame], width: float) -> Iterator[str]:
    whole = frames[-1].moment - frames[0].moment + LINGER
    yield "@keyframes film{"
    for at, frame in enumerate(frames):
        yield f"{_number((frame.moment - frames[0].moment) / whole * 100)}%{{transform:translateX({_number(-at * width)}px)}}"
    last = f"transform:translateX({_number(-(len(frames) - 1) * width)}px)"
    yield f"to{{{last}}}}}.film{{animation:film {_number(whole)}s step-end infinite}}"
    yield f"@media(prefers-reduced-motion){{.film{{animation:none;{last}}}}}"


def _height(frame: Frame) -> int:
    """Return how many lines of it are in use."""
    return max((at + 1 for at, line in enumerate(frame.lines) if line), default=1)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
