"""The page for whoever looks at it: by keyboard, on every screen, in light and dark, with much or nothing or damaged things to see."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from finestream.cli.page import site_of
from finestream.journal import FOLDER as JOURNAL
from finestream.web.serving import served
from tests.cli.journal_of import CALLS, write_journal
from tests.e2e.browser import tab
from tests.e2e.hostile import hostile_project
from tests.e2e.test_page import VIEWS, figures_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
Colours = Literal["light", "dark"]


async def test_all_of_it_is_reached_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    _write_now(tmp_path)
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(url)
        keys, page = found.page.keyboard, found.page
        for key, view in (("1", "live"), ("3", "runs"), ("4", "calls"), ("2", "figures")):
            await keys.press(key)
            await page.wait_for_selector(f"#{view}:visible")
        await keys.press("?")
        await page.wait_for_selector("#help[open]")
        await keys.press("Escape")
        await page.wait_for_selector("#help:not([open])", state="hidden")
        await keys.press("/")
        await page.wait_for_selector("#words:focus")
        await keys.type("fixed3")
        await page.wait_for_selector(".rows[aria-label='1 call']")
        await keys.press("Escape")
        await keys.press("j")
        await keys.press("Enter")
        await page.wait_for_selector(".story .pair del")
        await keys.press("Escape")
        await page.wait_for_selector(".story", state="detached")
        await keys.press("f")
        await page.wait_for_selector("#troubles[aria-pressed=true]")
        await keys.press("t")
        await keys.press("t")
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        await page.reload()
        assert await page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
        await page.wait_for_selector("#link[data-state=open]")
        # Whatever can be focused shows that it is.
        await page.keyboard.press("Tab")
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


async def test_it_fits_every_screen_in_light_and_dark_and_says_nothing_by_colour_alone(browser: Browser, tmp_path: Path) -> None:
    hostile_project(tmp_path)
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(url)
        for width in (320, 768, 1280, 3840):
            await found.page.set_viewport_size({"width": width, "height": 900})
            for view, waits_for in VIEWS.items():
                await found.view(view, f"#{view} :is({waits_for})")
                assert await found.page.evaluate("document.documentElement.scrollWidth") <= width, (width, view)
        await found.page.set_viewport_size({"width": 320, "height": 900})
        await found.view("calls", "#calls a.row")
        for row in range(await found.page.locator("#calls a.row").count()):
            await found.page.locator("#calls a.row").nth(row).click()
            await found.page.wait_for_selector(".story .moments")
            assert await found.page.evaluate("document.documentElement.scrollWidth") <= 320, row
            await found.page.click(".close")
        await found.page.set_viewport_size({"width": 1280, "height": 900})
        signs = await found.page.eval_on_selector_all(".state[data-mood]", "all => all.map(each => each.textContent)")
        assert signs and all(len(each.split(None, 1)) == 2 and not each[0].isalnum() for each in signs)
        for colours in ("light", "dark"):
            await found.page.emulate_media(color_scheme=colours)
            assert await found.page.evaluate(_FAINT) == []


# Texts whose contrast is below 4.5 (WCAG AA), of all that are seen.
_FAINT = """() => {
    const parsed = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(each => each / 255).map(c => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
    const ground = each => {
        for (; each; each = each.parentElement) {
            const colour = parsed(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("main *, header *")]
        .filter(each => each instanceof HTMLElement && each.checkVisibility())
        .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(each => {
            const [one, other] = [light(parsed(getComputedStyle(each).color)), light(ground(each))].sort((a, b) => b - a);
            return [(one + 0.05) / (other + 0.05), each.className || each.tagName, each.textContent.slice(0, 30)];
        })
        .filter(([contrast]) => contrast < 4.5);
}"""


async def test_an_empty_project_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        found.is_cut_off = True  # the answers to its questions are 404
        await found.open(url)
        for view, told in (
            ("figures", "there is no journal yet"),
            ("calls", "there is no journal yet"),
            ("runs", "There are no runs yet"),
            ("live", "No monitor runs here"),
        ):
            await found.view(view, f"#{view} .empty")
            assert told in await found.text(f"#{view} .empty")
        assert (tmp_path / JOURNAL).exists() is False


async def test_a_damaged_journal_costs_its_damaged_lines_alone(browser: Browser, tmp_path: Path) -> None:
    folder = _write_now(tmp_path)
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "tool_in\n\xff\xfe\x00 nonsense\n[1]\n{"event": ["x"], "tool_use_id": 7, "spans": {}}\n')
    run = folder / "runs" / "20261126-000000-dead"
    run.mkdir(parents=True)
    (run / "plan.json").write_text('{"plan": 1}')
    (run / "events.jsonl").write_text("not json\n")
    report = figures_of(tmp_path)
    assert report["damaged_lines"] >= 3
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(url)
        await found.page.wait_for_selector(".tile")
        assert f"{report['damaged_lines']} lines of the journal are damaged" in await found.text("#figures .note")
        await found.view("calls", "a.row")
        assert await found.page.locator("a.row").count() == 3
        found.is_cut_off = True
        await found.view("runs", ".row .state:has-text('unreadable')")


async def test_an_input_of_many_megabytes_does_not_stop_the_page(browser: Browser, tmp_path: Path) -> None:
    huge = '{"content": "' + "x" * 16_000_000
    calls = [{**each, "INVALID_JSON": huge, "after": huge} if each["event"] == "correction" else each for each in CALLS]
    _write_now(tmp_path, calls)
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(f"{url}#/calls")
        await found.page.click("a.row:has-text('Note')")
        await found.page.wait_for_selector(".story .pair pre")
        assert await found.page.evaluate("document.body.textContent.length") < 200_000
        assert "characters more" in await found.text(".story")
        await found.page.keyboard.press("2")
        await found.page.wait_for_selector("#figures:visible")


def _write_now(project: Path, calls: Any = CALLS) -> Path:
    """A journal of this hour."""
    moment = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60))
    return write_journal(project, [{**each, "timestamp": each["timestamp"].replace("2026-11-25T10:00", moment)} for each in calls], [])


async def test_the_address_is_nowhere_but_in_the_address_bar(browser: Browser, tmp_path: Path) -> None:
    _write_now(tmp_path)
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(url)
        token = urlsplit(url).path.split("/")[1]
        assert token not in await found.page.content()
        assert await found.page.evaluate("[document.cookie, Object.keys(sessionStorage).length, Object.keys(localStorage).length]") == [
            "",
            0,
            0,
        ]
