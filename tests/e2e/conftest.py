"""The client that the end-to-end tests drive, and the two ways to register our hooks. It is never skipped: without it nothing here would be
proven.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from finestream.gateway.hooks import answer
from finestream.journal import Journal, open_journal
from finestream.settings import Settings
from tests.e2e.browser import started
from tests.hooks.running import SCRIPTS

HOW_TO_GET_IT = (
    "Claude Code is missing: run scripts/setup, or pip install 'finestream[claude-code]' (it comes inside the claude-agent-sdk wheel)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that ``-m 'not e2e'`` leaves it out."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def claude() -> Path:
    """Return the Claude Code client: the one in the wheel of the SDK, else the one on PATH."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    bundled = Path(spec.origin or "").parent / "_bundled" / "claude" if spec else None
    if bundled and bundled.is_file():
        return bundled
    found = shutil.which("claude")
    if found is None:
        pytest.fail(HOW_TO_GET_IT, pytrace=False)
    return Path(found)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Return one browser for all tests that look at the page."""
    async with started() as found:
        yield found


Install = Callable[[Path], None]


def commands(project: Path) -> None:
    """Register the scripts as an installation does."""
    text = (SCRIPTS / "hooks.json").read_text().replace("${CLAUDE_PLUGIN_ROOT}/hooks", str(SCRIPTS))
    text = text.replace('"python3"', json.dumps(sys.executable))
    (project / ".claude").mkdir()
    (project / ".claude" / "settings.json").write_text(text)


@asynccontextmanager
async def addresses() -> AsyncIterator[Install]:
    """Serve the gateway's answers; what it gives registers their addresses, and the scripts where the client asks none."""
    journals: list[Journal] = []

    async def handle(request: web.Request) -> web.Response:
        said = answer(request.match_info["event"], await request.read(), journals[0])
        return web.Response(body=said or b"", content_type="application/json") if said else web.Response()

    def install(project: Path) -> None:
        journals.append(open_journal(project, Settings(), lambda trouble: None))
        commands(project)
        path = project / ".claude" / "settings.json"
        settings = json.loads(path.read_text())
        for event in settings["hooks"]:
            if event not in ("SessionStart", "StopFailure"):
                settings["hooks"][event] = [{"hooks": [{"type": "http", "url": f"{url}/hooks/{event}", "timeout": 10}]}]
        path.write_text(json.dumps(settings))

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/hooks/{event}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield install
    finally:
        await runner.cleanup()


@pytest.fixture(params=["commands", "addresses"])
async def install(request: pytest.FixtureRequest) -> AsyncIterator[Install]:
    """Give each of the two ways to register our hooks."""
    if request.param == "commands":
        yield commands
        return
    async with addresses() as by_address:
        yield by_address
