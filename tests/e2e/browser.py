"""A real browser: Debian's Chromium, driven through Playwright. It is the machine's, where there is one; in CI it is installed, and never
skipped. Whatever a page does that it should not is noted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

from tests.e2e.debian import needed

HOW_TO_GET_IT = "Chromium is missing: apt-get install chromium, or put a chromium on PATH"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PATIENCE = 30_000.0  # milliseconds for whatever must come; a fault, not a measure


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def started() -> AsyncIterator[Browser]:
    """Run a browser with a profile that is thrown away."""
    program = needed(find_browser, "chromium", HOW_TO_GET_IT)
    with TemporaryDirectory(prefix="finestream-browser-", ignore_cleanup_errors=True) as home:
        known: dict[str, str | float | bool] = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CONFIG_HOME": str(Path(home, "config")),
        }
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=program, args=FLAGS, env=known)
            try:
                yield browser
            finally:
                await browser.close()


class Tab:
    """One page, and everything it did that it should not have done: ``wrong``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.is_cut_off = False
        """Its server is away at the moment, so that requests may fail."""
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: self.wrong.append(f"popup: {popup.url}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not (self.is_cut_off and "Failed to load resource" in message.text):
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1" or request.method != "GET":
            self.wrong.append(f"request: {request.method} {request.url}")

    async def open(self, url: str) -> None:
        """Go to an address, and wait until the page hears its server."""
        await self.page.goto(url)
        await self.page.wait_for_selector("#link[data-state=open]")

    async def view(self, name: str, waits_for: str) -> None:
        """Change to another view."""
        await self.page.evaluate("hash => { location.hash = hash }", f"#/{name}")
        await self.page.wait_for_selector(waits_for)

    async def text(self, selector: str) -> str:
        """Return the text of the first element that is found."""
        return await self.page.locator(selector).first.inner_text()

    async def violations(self) -> list[Any]:
        """Return what the policy of the page has forbidden so far."""
        found: list[Any] = await self.page.evaluate("window.forbidden")
        return found


@asynccontextmanager
async def tab(browser: Browser, **options: Any) -> AsyncIterator[Tab]:
    """Open a page; at its end nothing may have gone wrong."""
    context: BrowserContext = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    note = "event => window.forbidden.push(`${event.effectiveDirective} ${event.blockedURI}`)"
    await context.add_init_script(f"window.forbidden = []; addEventListener('securitypolicyviolation', {note});")
    found = Tab(await context.new_page())
    try:
        yield found
        trouble = (found.wrong, await found.violations())
        assert trouble == ([], []), trouble
    finally:
        await context.close()
