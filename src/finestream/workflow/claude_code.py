"""An agent as a session of Claude Code, through the claude-agent-sdk. SHELL. Its one law: the client's own files and settings decide."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    Message,
    ProcessError,
    ResultMessage,
    SdkMcpTool,
    StreamEvent,
    SystemMessage,
    create_sdk_mcp_server,
)
from claude_agent_sdk._internal.transport.subprocess_cli import SubprocessCLITransport  # the public client hides its process

from finestream.errors import ClientError
from finestream.handoff.messages import TOOL
from finestream.workflow.listening import Listener
from finestream.workflow.plan import Assignment
from finestream.workflow.session import Called, Ended, Gone, Happening
from finestream.workflow.tool import DESCRIPTION, tool_schema
from finestream.workflow.troubles import STOPS, Passing

# What it would say by itself comes out as an error of ours, and on a terminal there is a picture.
logging.getLogger("claude_agent_sdk").addHandler(logging.NullHandler())

_SERVER, _NAME = TOOL.removeprefix("mcp__").split("__")
_GRACE = 2.0  # seconds for a client to leave its work
_LINE = 64 * 2**20  # bytes of one line of the client: a tool's result may hold a whole file
_RENEWALS = 3  # attempts, of which the first ones may be those in which the client renews a login
_SEE = "See whether Claude Code starts by itself: claude -p hello"


class _Process(SubprocessCLITransport):
    """The client's process. It is named as soon as it is there: whoever ends it must know it in its start, too."""

    def __init__(self, options: ClaudeAgentOptions, born: Callable[[int], None]) -> None:
        super().__init__(_nothing(), options)
        self._born = born
        self._is_there = asyncio.Event()

    async def connect(self) -> None:
        await super().connect()
        assert self._process is not None
        self._born(self._process.pid)
        self._is_there.set()

    async def ended(self) -> int:
        """Wait for its end, and return its exit code."""
        await self._is_there.wait()
        assert self._process is not None
        return int(await self._process.wait())


async def _nothing() -> AsyncIterator[dict[str, Any]]:
    """No prompt: what there is to say is said one by one."""
    for each in list[dict[str, Any]]():
        yield each


class ClaudeCodeSession:
    """One client process."""

    def __init__(
        self,
        assignment: Assignment,
        queue: asyncio.Queue[Happening],
        *,
        client: Path,
        project: Path,
        environment: Mapping[str, str],
        settings: str | None = None,
        taken_up: str | None = None,
        born: Callable[[int], None] = lambda pid: None,
        left: Callable[[Path], None] = lambda transcript: None,
    ) -> None:
        """Prepare it.

        Args:
            environment: What the client needs to know on top of our own.
            settings: A file of settings for it.
            taken_up: The session that is gone on with.
            born: Is told the client's process.
            left: Is told the transcript at the session's end.
        """
        self.ident = taken_up or str(uuid4())
        self._queue = queue
        # As the client finds it: the SDK gives it our own environment, too.
        place = {**os.environ, **environment}.get("CLAUDE_CONFIG_DIR")
        self._config = Path(place) if place else Path.home() / ".claude"
        self._project = project
        self._left = left
        self._listener = Listener()
        self._is_busy = False
        options = self._options(assignment, environment, is_taken_up=taken_up is not None)
        options = replace(options, cli_path=client, settings=settings)
        self._process = _Process(options, born)
        self._client = ClaudeSDKClient(options, self._process)
        self._pump: asyncio.Task[None] | None = None

    def _options(self, assignment: Assignment, environment: Mapping[str, str], *, is_taken_up: bool) -> ClaudeAgentOptions:
        tool = SdkMcpTool(_NAME, DESCRIPTION, tool_schema(assignment.schema), self._handle)
        more: dict[str, Any] = {"resume" if is_taken_up else "session_id": self.ident}
        if assignment.permission_mode:
            more["permission_mode"] = assignment.permission_mode
        if assignment.max_turns:
            more["max_turns"] = assignment.max_turns
        extra: dict[str, str | None] = {"agent": assignment.agent}
        if assignment.is_shipped or not _has_tool(assignment):
            extra["agents"] = json.dumps({assignment.agent: _definition(assignment)})
        limit = {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(assignment.max_tokens)} if assignment.max_tokens else {}
        return ClaudeAgentOptions(
            cwd=self._project,
            # Not the SDK's empty one: the agent's own text is its system prompt.
            system_prompt={"type": "preset", "preset": "claude_code"},
            env={**environment, **limit},
            mcp_servers={_SERVER: create_sdk_mcp_server(_SERVER, tools=[tool])},
            allowed_tools=[TOOL],
            setting_sources=["user", "project", "local"],
            include_partial_messages=True,
            max_buffer_size=_LINE,
            extra_args=extra,
            stderr=lambda line: None,
            **more,
        )

    async def open(self) -> None:
        try:
            await self._connect()
        except Exception as error:  # the SDK raises bare ones where the client refuses, or does not answer
            message = f"a session of Claude Code does not start: {error}"
            # One that was ended may start the next time; one that refuses will refuse again.
            was_ended = isinstance(error, ProcessError) and (error.exit_code or 0) < 0
            raise Passing(message, _SEE) if was_ended else ClientError(message, _SEE) from error
        self._pump = asyncio.create_task(self._read())

    async def _connect(self) -> None:
        """Start the client and wait for it, as long as it is there; the SDK would wait a minute for the answer of one that has ended."""
        connecting, ending = asyncio.create_task(self._client.connect()), asyncio.create_task(self._process.ended())
        try:
            await asyncio.wait((connecting, ending), return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise ProcessError("it has ended", exit_code=await ending)
            connecting.result()
        finally:
            for task in (connecting, ending):
                task.cancel()
            await asyncio.gather(connecting, ending, return_exceptions=True)

    async def say(self, text: str) -> None:
        self._is_busy = True
        try:
            await self._client.query(text)
        except Exception as error:  # whatever the SDK says, the client is not there any more; another one may be
            raise Passing(f"the client does not listen: {error}", _SEE) from error

    async def remembers(self, marker: str) -> bool:
        return any(marker in line and _is_heard(line) for line in await asyncio.to_thread(self._lines))

    def _lines(self) -> list[str]:
        path = self.transcript
        return path.read_text(encoding="utf-8", errors="replace").splitlines() if path else []

    @property
    def transcript(self) -> Path | None:
        """Where the client keeps the conversation (facts 9.3); None before it has written anything."""
        return next(self._config.glob(f"projects/*/{self.ident}.jsonl"), None)

    async def close(self) -> None:
        if self._is_busy:  # else the client would finish what it is at, or be ended in the middle of it
            with suppress(Exception):  # that it is not there is as good
                async with asyncio.timeout(_GRACE):
                    await self._client.interrupt()
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await self._client.disconnect()
        transcript = self.transcript
        if transcript:
            self._left(transcript)

    async def _handle(self, given: dict[str, Any]) -> dict[str, Any]:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Called(given, answer))
        return {"content": [{"type": "text", "text": await answer}]}

    async def _read(self) -> None:
        reason = "the client has ended"
        try:
            async for message in self._client.receive_messages():
                for happening in self._happenings(message):
                    self._queue.put_nowait(happening)
        except Exception as error:  # the SDK raises bare ones, too, and whoever waits at the queue would wait for ever
            reason = str(error)
        self._is_busy = False
        self._queue.put_nowait(Gone(reason, _SEE))

    def _happenings(self, message: Message) -> list[Happening]:
        if isinstance(message, StreamEvent):
            return [] if message.parent_tool_use_id else self._listener.hear(message.event)
        if isinstance(message, ResultMessage):
            return [self._ended(message)]
        if isinstance(message, SystemMessage) and message.subtype == "api_retry":
            return _retried(message.data)
        return []

    def _ended(self, message: ResultMessage) -> Ended:
        self._is_busy, fault = False, None
        if message.is_error:
            fault = message.result or "; ".join(message.errors or ()) or message.subtype
        return Ended(message.result or "", fault, message.api_error_status, message.usage, message.total_cost_usd)


def _retried(told: Mapping[str, Any]) -> list[Happening]:
    """End a turn in which the client asks on and on for what it is refused: it may renew a login once or twice, and no more."""
    status, attempt = told.get("error_status"), told.get("attempt")
    if status not in STOPS or not isinstance(attempt, int) or attempt < _RENEWALS:
        return []
    return [Ended("", str(told.get("error") or "refused"), status)]


def _is_heard(line: str) -> bool:
    """Whether a line of the transcript is something that was said to the model, and not only waits to be."""
    try:
        return bool(json.loads(line)["type"] == "user")
    except (ValueError, KeyError, TypeError):  # cut off by a kill
        return False


def _has_tool(assignment: Assignment) -> bool:
    return assignment.tools is None or TOOL in assignment.tools


def _definition(assignment: Assignment) -> dict[str, Any]:
    """The agent as the client's --agents takes it; one that has no tool to hand on with is given it."""
    tools = assignment.tools if _has_tool(assignment) else (*(assignment.tools or ()), TOOL)
    found = {
        "description": assignment.description,
        "prompt": assignment.body,
        "tools": list(tools) if tools is not None else None,
        "disallowedTools": list(assignment.disallowed_tools) or None,
        "model": assignment.model,
        "effort": assignment.effort,
    }
    return {key: value for key, value in found.items() if value is not None}
