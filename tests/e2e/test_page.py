"""The page in a real browser: what streams is seen to grow, what is hostile is shown and nothing else, and every figure is the figure."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from finestream.cli.page import backstage_of, site_of
from finestream.gateway import serve
from finestream.settings import Settings
from finestream.web.serving import served
from tests.cli.journal_of import write_journal
from tests.cli.starting import FINESTREAM
from tests.e2e.browser import Tab, tab
from tests.e2e.hostile import STRINGS, hostile_project
from tests.e2e.page_stage import address, at_work, gateway_of, run_with_faults
from tests.e2e.real_client import environment, settle
from tests.gateway.sockets import Book

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = {"live": ".idle, .stream", "figures": ".tile", "runs": ".card.run, .empty", "calls": "a.row, .empty"}
Json = dict[str, Any]


def figures_of(project: Path, known: Mapping[str, str] | None = None) -> Json:
    """What `finestream metrics` says."""
    command = [*FINESTREAM, "metrics", "--json", "--project", str(project)]
    return dict(json.loads(subprocess.run(command, env=known, capture_output=True, check=True, text=True).stdout))


async def values(found: Tab, selector: str) -> list[float | None]:
    """The values that stand there, exactly; None where it says that there is none."""
    script = "all => all.map(each => each.querySelector('data') ? Number(each.querySelector('data').value) : each.textContent)"
    told: list[Any] = await found.page.eval_on_selector_all(selector, script)
    return [None if isinstance(each, str) and "not measured" in each else each for each in told]


async def test_a_session_is_seen_while_it_is_written_and_told_afterwards(browser: Browser, tmp_path: Path, claude: Path) -> None:
    with at_work(tmp_path, 1500.0) as (project, known, process):
        url = address(gateway_of(project, known))
        async with tab(browser) as found:
            await found.open(f"{url}#/live")
            await found.page.wait_for_selector(".stream .target:has-text('ours.py')")
            sizes = [await found.page.evaluate("+document.querySelector('.stream .size').value")]
            while len(set(sizes)) < 4 and sizes[-1] < 20_000:
                more = "least => +(document.querySelector('.stream .size')?.value ?? 1e9) > least"
                await found.page.wait_for_function(more, arg=sizes[-1])
                sizes.append(await found.page.evaluate("+(document.querySelector('.stream .size')?.value ?? 1e9)"))
            assert len(set(sizes)) >= 4 and sizes == sorted(sizes)
            await found.page.wait_for_selector(".stream[data-mood=mended] .state:has-text('attempt 1 of 2')")
            await found.page.wait_for_selector(".stream .target:has-text('theirs.py')")
            command = [*FINESTREAM, "dashboard", "--web", "--json"]
            printed = json.loads(subprocess.run(command, cwd=project, env=known, capture_output=True, check=True).stdout)
            assert printed["url"] == url
            found.is_cut_off = True
            assert process.wait(60) == 0
        assert project.joinpath("ours.py").stat().st_size > 16_000
        async with served(site_of(project)) as alone, tab(browser) as found:
            await found.open(f"{alone}#/calls")
            await found.page.click("a.row:has-text('ours.py')")
            await found.page.wait_for_selector(".story .seam")
            told = await found.text(".story")
            assert "its input was cut and continued" in told and "came behind the seam: recovered" in told
            await found.page.click("a.row:has-text('comma.py')")
            await found.page.wait_for_selector(".story .pair del")
            assert await found.text(".story .pair del") == ","


async def test_the_page_connects_again_by_itself_and_says_so(browser: Browser, tmp_path: Path) -> None:
    write_journal(tmp_path)
    token = "a" * 32
    async with tab(browser) as found:
        async with serve(Settings(), upstream="http://127.0.0.1:9", book=Book(), token=token, pages=backstage_of(tmp_path)) as gate:
            await found.open(f"{gate.url}/finestream/dashboard/")
            assert await found.text("#link") == "● live"
            found.is_cut_off = True
        await found.page.wait_for_selector("#link[data-state=broken]")
        assert "reconnecting" in await found.text("#link")
        again: Json = {"token": token, "port": gate.port, "pages": backstage_of(tmp_path)}
        async with serve(Settings(), upstream="http://127.0.0.1:9", book=Book(), **again):
            await found.page.wait_for_selector("#link[data-state=open]")
            assert await found.page.locator("#trouble").is_hidden()


async def test_hostile_content_is_text_everywhere(browser: Browser, tmp_path: Path) -> None:
    hostile_project(tmp_path)
    async with served(site_of(tmp_path)) as url, tab(browser) as found:
        await found.open(url)
        before = await _elements(found)
        seen = ""
        for view, waits_for in VIEWS.items():
            await found.view(view, f"#{view} :is({waits_for})")
            seen += await found.text("main")
            assert await _elements(found) == before, view
        for row in await found.page.locator("#calls a.row").all():
            await row.click()
            await found.page.wait_for_selector(".story .moments")
            seen += await found.text(".story")
            await found.page.click(".close")
        assert await found.page.evaluate("window.pwned") is None
        assert await _elements(found) == before
        assert [each for each in STRINGS if each not in seen] == []
        # What turns the direction of writing, hides, or steers a terminal, is spelled out.
        html = await found.page.content()
        assert not set(html) & set("\u202e\u2066\u200b\x00\x1b\ufffe")
        assert "\\u202e" in html and "\\x1b" in html


async def _elements(found: Tab) -> Json:
    """What could act: elements that load or run something, and attributes that do."""
    script = """() => ({
        elements: document.querySelectorAll(
            "script, iframe, object, embed, img, image, use, foreignObject, form, base, meta, link, style").length,
        handlers: [...document.querySelectorAll("*")].flatMap(each => [...each.attributes])
            .filter(each => /^(on.*|style|src|srcdoc|action|formaction|xlink:.*)$/.test(each.name)).length,
        links: [...document.querySelectorAll("[href]")].filter(each => !/^(#|[a-z]+\\.(css|svg)$)/.test(each.getAttribute("href"))).length,
    })"""
    return dict(await found.page.evaluate(script))


async def test_a_run_is_a_timeline_in_which_agents_overlap(browser: Browser, tmp_path: Path, claude: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    settle(tmp_path / "home", project)
    (project / ".claude").mkdir()
    (project / ".claude" / "finestream.yaml").write_text("backoff: [0.2s]\n")
    known = environment(tmp_path / "home")
    run_with_faults(project, known, "quick-flow", pace=2500.0, backend="api")
    report = figures_of(project, known)
    async with served(site_of(project)) as url, tab(browser) as found:
        await found.open(f"{url}#/runs")
        await found.page.wait_for_selector(".timeline .spell")
        lanes = await found.page.eval_on_selector_all(
            ".timeline .lane",
            "all => all.map(lane => ({ step: lane.dataset.step,"
            " marks: [...lane.querySelectorAll('[data-mark]')].map(each => each.dataset.mark),"
            " spells: [...lane.querySelectorAll('.spell')].map(each => [+each.getAttribute('x'), +each.getAttribute('width')]) }))",
        )
        first, second = lanes
        assert [first["step"], second["step"]] == ["developer", "qa"]
        assert min(x for x, _ in second["spells"]) < max(x + width for x, width in first["spells"])
        assert {"chunk", "fault", "recovery"} <= set(first["marks"])
        assert await found.page.locator("[data-arrow='developer qa']").count() == 1
        assert "first chunk after" in (await found.page.locator(".timeline").text_content() or "")
        said: list[str] = []
        await found.page.focus(".timeline")
        for key in ("Home", "ArrowRight", "ArrowRight"):
            await found.page.keyboard.press(key)
            said.append(await found.text(".lanes .readout"))
        assert len(set(said)) == 3 and all(" · Developer: " in each or " · QA: " in each for each in said)
        # Every figure is the one of `finestream metrics --json`, to the last digit.
        await found.view("figures", ".tile")
        assert (
            dict(
                zip(
                    await found.page.eval_on_selector_all("[data-figure]", "all => all.map(each => each.dataset.figure)"),
                    await values(found, "[data-figure] .value"),
                    strict=True,
                )
            )
            == report["figures"]
        )
        names = await found.page.locator(".agents tbody th").all_text_contents()
        counted = await values(found, ".agents tbody tr td:nth-child(2)")
        assert dict(zip(names, counted, strict=True)) == {name: sums["counts"]["inputs"] for name, sums in report["agents"].items()}
