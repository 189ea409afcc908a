"""A session of Claude Code whose client goes in the middle: whoever waits for it hears of it, whatever the SDK makes of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import CLIConnectionError

from finestream.workflow.claude_code import ClaudeCodeSession
from finestream.workflow.session import Gone, Happening
from finestream.workflow.troubles import Passing
from tests.workflow.telling import assignment


class Broken:
    """The SDK's client, when its process has gone."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def connect(self) -> None:
        pass

    async def query(self, text: str) -> None:
        raise self._error

    async def interrupt(self) -> None:
        raise self._error

    async def disconnect(self) -> None:
        pass

    async def receive_messages(self) -> AsyncIterator[Any]:
        for message in list[Any]():
            yield message
        raise self._error


ERRORS = pytest.mark.parametrize("error", [CLIConnectionError("it has gone"), Exception("it has gone")], ids=["its own", "a bare one"])


def broken(error: Exception, queue: asyncio.Queue[Happening], folder: Path) -> ClaudeCodeSession:
    made = ClaudeCodeSession(
        assignment("s"), queue, client=folder / "claude", project=folder, environment={"CLAUDE_CONFIG_DIR": str(folder)}
    )
    made._client = Broken(error)  # type: ignore[assignment]  # the seam: what the SDK does without a process
    return made


@ERRORS
async def test_what_ends_the_reading_is_told(error: Exception, tmp_path: Path) -> None:
    queue: asyncio.Queue[Happening] = asyncio.Queue()
    made = broken(error, queue, tmp_path)
    async with asyncio.timeout(5):
        await made._read()
        gone = await queue.get()
    assert isinstance(gone, Gone) and gone.reason == "it has gone" and gone.fix


@ERRORS
async def test_what_cannot_be_said_may_be_said_to_another_client(error: Exception, tmp_path: Path) -> None:
    made = broken(error, asyncio.Queue(), tmp_path)
    with pytest.raises(Passing, match="it has gone"):
        await made.say("Go on.")
    await made.close()
