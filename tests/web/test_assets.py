"""What comes along with the page: its own files alone, and no way for a text to become anything else."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

ASSETS = files("finestream.web") / "assets"
NAMES = sorted(file.name for file in ASSETS.iterdir())
# Whatever could make HTML, a script, a style or a request of a text.
FORBIDDEN = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment", "parseFromString"),
    *("eval(", "new Function", "setTimeout('", 'setTimeout("', "javascript:", "srcdoc", "importScripts", "postMessage", ".cookie"),
    *("setHTMLUnsafe", "createPolicy", "window.open", "location.assign", "location.replace"),
)


def text(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_it_makes_more_of_a_text_than_a_text(name: str) -> None:
    code = text(name).replace("src|srcdoc|srcset", "")  # what the maker of elements refuses
    assert [word for word in FORBIDDEN if word in code] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_it_leads_elsewhere(name: str) -> None:
    found = re.findall(r"(?:https?:)?//[a-zA-Z][\w.-]+|url\(|@import|sourceMappingURL", text(name))
    assert [each for each in found if each != "http://www.w3.org"] == []


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = text("index.html")
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son\w+=", page) == []
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', page)) <= set(NAMES)


def test_every_module_is_there_and_none_is_left_over() -> None:
    imported = {found for name in NAMES if name.endswith(".js") for found in re.findall(r'from "\./([\w.]+)"', text(name))}
    assert imported | {"app.js", "theme.js"} == {name for name in NAMES if name.endswith(".js")}


@pytest.mark.parametrize("name", NAMES)
def test_no_file_grows_too_long(name: str) -> None:
    assert len(text(name).splitlines()) <= 300
