"""Pictures of the page for the documentation: a run of the standard flow, a session whose streams break, in a real browser.

    scripts/screenshots [FOLDER]

The client, the gateway, the run and the browser are real ones; the model is simulated. Nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser

from finestream.cli.page import site_of
from finestream.web.serving import served
from tests.e2e.browser import started, tab
from tests.e2e.page_stage import address, at_work, gateway_of, run_with_faults

ROOT = Path(__file__).parents[1]
STILL = "*, *::before, *::after { animation: none !important; transition: none !important; }"
COLOURS = ("light", "dark")
# name, view, what has to be there, width, height
VIEWS: Sequence[tuple[str, str, str, int, int]] = (
    ("figures", "figures", ".tile", 1280, 860),
    ("run", "runs", ".timeline .spell", 1280, 1010),
    ("calls", "calls", "a.row", 1280, 480),
    ("phone", "runs", ".timeline .spell", 390, 844),
    ("wall", "figures", "a.row", 2220, 620),
)


async def live(browser: Browser, folder: Path, target: Path) -> tuple[Path, Mapping[str, str]]:
    """Take what streams while the client writes; return the project and the environment there."""
    with at_work(folder, 1500.0) as (project, known, process):
        url = address(await asyncio.to_thread(gateway_of, project, known))
        async with tab(browser, viewport={"width": 1280, "height": 420}) as found:
            await found.open(f"{url}#/live")
            await found.page.wait_for_selector(".stream[data-mood=mended]")
            await found.page.wait_for_function("+document.querySelector('.stream .size')?.value > 9000")
            for colours in COLOURS:
                await _take(found.page, target / f"live-{colours}.png", colours)
        await asyncio.to_thread(process.wait)
    return project, known


async def still(browser: Browser, project: Path, target: Path) -> None:
    """Take everything else."""
    async with served(site_of(project)) as url:
        for name, view, waits_for, width, height in VIEWS:
            async with tab(browser, viewport={"width": width, "height": height}) as found:
                await found.open(url)
                await found.page.select_option("#since", "1h")
                await found.view(view, waits_for)
                for colours in COLOURS:
                    await _take(found.page, target / f"{name}-{colours}.png", colours)
        async with tab(browser, viewport={"width": 1280, "height": 620}) as found:
            await found.open(f"{url}#/calls")
            await found.page.click("#troubles")
            for row, name in (("ours.py", "seam"), ("comma.py", "correction")):
                await found.page.click(f"a.row:has-text('{row}')")
                await found.page.wait_for_selector(f".story h3:has-text('{row}')")
                await found.page.evaluate("scrollTo(0, 0)")
                for colours in COLOURS:
                    await _take(found.page, target / f"{name}-{colours}.png", colours)


async def _take(page: Any, path: Path, colours: Any) -> None:
    await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    await page.screenshot(path=path, animations="disabled", caret="hide")


async def main(target: Path) -> None:
    """Make them all."""
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="finestream-screenshots-", ignore_cleanup_errors=True) as name:
        async with started() as browser:
            project, known = await live(browser, Path(name), target)
            await asyncio.to_thread(run_with_faults, project, known, "standard-flow", pace=700.0, backend="api")
            await still(browser, project, target)
    for path in sorted(target.glob("*.png")):
        print(f"{path.relative_to(target.parent)} {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
