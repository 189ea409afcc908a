"""The picture is well-formed, holds every text that was shown, and nothing that runs or is fetched."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from finestream import __version__
from scripts.recording.picture import picture
from scripts.recording.screen import Frame, Run, Style
from scripts.recording.stage import COLUMNS, stage

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</text><script>alert(1)</script>&amp;\"'"


def frame(moment: float, *texts: str, style: Style = Style()) -> Frame:  # noqa: B008 - it is frozen
    return Frame(moment, tuple((Run(0, len(text), text, style),) if text else () for text in texts))


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_one_frame_is_a_still_picture_of_as_many_lines_as_are_in_use() -> None:
    svg = picture([frame(0.0, "first", "", "third", "", "")], 20, EVIL)
    root = ElementTree.fromstring(svg)
    assert texts(svg) == [EVIL, "first", "third"]
    assert root.get("aria-label") == EVIL
    (window,) = root.findall(f"{SVG}svg")
    assert window.get("height") == str(3 * 18)
    assert "@keyframes" not in svg


def test_a_film_steps_through_its_frames_and_a_line_that_stays_is_drawn_once() -> None:
    svg = picture([frame(0.0, "title", "one"), frame(1.0, "title", "two"), frame(4.0, "title", EVIL)], 20, "film")
    assert texts(svg) == ["film", "title", "one", "two", EVIL]
    steps = re.findall(r"([\d.]+)%\{transform:translateX\((-?[\d.]+)px\)\}", svg)
    assert steps == [("0", "0"), ("12.5", "-196"), ("50", "-392")]
    assert len(re.findall(r'<g transform="translate\(', svg)) == 3
    assert "prefers-reduced-motion){.film{animation:none;transform:translateX(-392px)}" in svg


def test_styles_are_told_and_a_background_is_drawn() -> None:
    svg = picture([frame(0.0, "x", style=Style("brightred", "00ff00", is_bold=True, is_italic=True, is_underlined=True))], 5, "styles")
    assert 'fill="var(--red)" font-weight="600" font-style="italic" text-decoration="underline">x</text>' in svg
    assert 'fill="#00ff00"' in svg
    assert "<text" not in picture([frame(0.0, "  ", style=Style("default", "red"))], 5, "blank").split("<defs>")[1]


def test_it_is_made_from_what_a_program_really_shows() -> None:
    with stage() as place:
        svg = picture(place.film(["--version"], 10), COLUMNS, "finestream --version")
    assert texts(svg)[1].strip() == f"finestream {__version__}"
    assert str(place.project) not in svg
    assert not re.search(r"<script|\bon\w+=|https?://(?!www\.w3\.org/2000/svg)|url\(", svg)
