"""An agent as a conversation with the Messages API, for those who have no Claude Code. SHELL.

Its one law: what the model is sent stands in a file first, so that a run that was killed takes the conversation up where it stood.

The agent has one tool, the one that hands its document on; ``effort`` and ``permission_mode`` of its definition mean nothing here.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from finestream.gateway.records import AGENT_HEADER, SESSION_HEADER
from finestream.handoff.messages import TOOL
from finestream.message import add_usage
from finestream.recovery.request import WRAPPER
from finestream.workflow.answer import Answer, Broken, Call, broken
from finestream.workflow.history import Json, cached, in_order, result
from finestream.workflow.listening import Listener
from finestream.workflow.models import output_limit, resolve
from finestream.workflow.plan import Assignment
from finestream.workflow.session import Called, Ended, Gone, Happening
from finestream.workflow.tool import DESCRIPTION, tool_schema
from finestream.workflow.transcript import Transcript
from finestream.workflow.troubles import Stopping

PATIENCE = 3  # answers in a row that bring nothing whole, before the turn is given up
_SILENCE = 300.0  # seconds without a byte; the API and the gateway send pings, and Claude Code waits as long behind a gateway
_CONNECT = 10.0  # seconds, to an address of this machine
_GO_ON = {"max_tokens": "Please continue from where you left off.", "pause_turn": "Please go on."}
_FAULTS = {
    "refusal": "the model refuses to answer",
    "model_context_window_exceeded": "the conversation is longer than the model's context",
}


class ApiSession:
    """One conversation."""

    def __init__(
        self,
        assignment: Assignment,
        queue: asyncio.Queue[Happening],
        *,
        url: str,
        folder: Path,
        default_model: str,
        api_key: str | None = None,
        taken_up: str | None = None,
    ) -> None:
        """Prepare it.

        Args:
            url: Of the gateway.
            folder: Where conversations are kept.
            default_model: Of an agent that takes the one of its surroundings.
            api_key: None: what the environment says.
            taken_up: The session that is gone on with.
        """
        self.ident = taken_up or str(uuid4())
        self._assignment = assignment
        self._queue = queue
        self._transcript = Transcript(folder / f"{self.ident}.jsonl")
        self._fixed = _fixed(assignment, default_model)
        self._options = {"base_url": url, "api_key": api_key, "default_headers": _headers(assignment, self.ident)}
        self._listener = Listener()
        self._usage: Json = {}
        self._client: Any = None
        self._turn: asyncio.Task[None] | None = None

    async def open(self) -> None:
        # The SDK takes seconds to load, and other agents are at work meanwhile.
        sdk = await asyncio.to_thread(import_module, "anthropic")
        self._client = sdk.AsyncAnthropic(
            **self._options,
            # Retries have one owner: the gateway goes on with what was cut, and the worker begins anew. A third one would multiply theirs.
            max_retries=0,
            timeout=sdk.Timeout(_SILENCE, connect=_CONNECT),
            # A proxy for the world is not for this machine, and the gateway knows the way from here.
            http_client=sdk.DefaultAsyncHttpxClient(trust_env=False),
        )
        if not (self._client.api_key or self._client.auth_token or self._client.credentials):
            raise Stopping("there is no credential for the API", "Set ANTHROPIC_API_KEY, then resume the run.")
        self._transcript.open()

    async def say(self, text: str) -> None:
        self._transcript.keep("user", [{"type": "text", "text": text}])
        self._turn = asyncio.create_task(self._take_turn())

    async def remembers(self, marker: str) -> bool:
        return any(marker in json.dumps(message, ensure_ascii=False) for message in self._transcript.messages)

    async def close(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            with suppress(asyncio.CancelledError):
                await self._turn
        if self._client is not None:
            await self._client.close()
        self._transcript.close()

    async def _take_turn(self) -> None:
        self._usage = {}
        happening: Happening
        try:
            happening = Ended(await self._converse(), usage=self._usage)
        except Broken as trouble:
            happening = Ended("", trouble.cause, trouble.status, self._usage)
        except Exception as error:  # a fault of our own: whoever waits at the queue would wait for ever
            happening = Gone(f"{type(error).__name__}: {error}", "This is a fault of finestream: resume the run, and report it.")
        self._queue.put_nowait(happening)

    async def _converse(self) -> str:
        """Ask until the model has nothing more to do, and return what it said last."""
        said, in_vain = "", 0
        for asked in count(1):
            answer = await self._ask()
            self._transcript.keep("assistant", answer.content())
            calls = answer.calls()
            in_vain = 0 if any(call.given is not None for call in calls) else in_vain + 1
            if not calls and (answer.stop_reason not in _GO_ON or in_vain > PATIENCE):
                break
            said = "" if calls else said + answer.text()
            for call in calls:  # one by one, so that what an answer tells is never forgotten because of the next
                self._transcript.keep("user", [await self._answered(call)])
            if not calls:
                self._transcript.keep("user", [{"type": "text", "text": _GO_ON[answer.stop_reason]}])
            self._check(asked, in_vain)
        return said + answer.text()

    def _check(self, asked: int, in_vain: int) -> None:
        if in_vain > PATIENCE:
            raise Broken(f"{in_vain} calls in a row did not arrive whole")
        if asked == self._assignment.max_turns:
            raise Broken(f"the agent has taken all of its {asked} turns")

    async def _ask(self) -> Answer:
        """Send the conversation, and hear the answer to its end."""
        sdk, transport = import_module("anthropic"), import_module("httpx2")
        answer = Answer(self._listener)
        try:
            # The bytes, and not the helper that keeps the message up to date: it reads the whole input again at each delta (facts 8.9).
            async with self._client.messages.with_streaming_response.create(**self._request()) as response:
                async for data in response.iter_bytes():
                    for happening in answer.feed(data):
                        self._queue.put_nowait(happening)
        except sdk.APIStatusError as error:
            raise Broken(_told(error), error.status_code) from error
        except (sdk.APIError, transport.TransportError) as error:
            if not answer.is_over:
                raise Broken(f"the connection has failed: {error or type(error).__name__}") from error
        finally:
            self._usage = add_usage(self._usage, answer.usage)
        if not answer.is_over:
            raise Broken("the answer has no end")
        if answer.stop_reason in _FAULTS:  # not kept: the API wants what it has refused taken out, and nothing has room behind the other
            raise Broken(_FAULTS[answer.stop_reason])
        return answer

    def _request(self) -> Json:
        messages = in_order(self._transcript.messages)
        messages[-1]["content"] = cached(messages[-1]["content"])
        return {**self._fixed, "messages": messages}

    async def _answered(self, call: Call) -> Json:
        if call.name != TOOL:
            return result(call.ident, f"There is no tool {call.name} here, only {TOOL}.", is_error=True)
        if call.given is None:
            told = _CUT if call.is_cut else _GARBLED
            content = [{"type": "text", "text": text} for text in (json.dumps({WRAPPER: call.raw}), told)]
            return result(call.ident, content, is_error=True)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Called(call.given, answer))
        return result(call.ident, await answer)


_CUT = (
    "The call was cut off by the output limit. Parts that had arrived whole are handed on. Call the tool again with the part that was cut "
    "and those behind it, fewer of them in one call."
)
_GARBLED = "The input of the call is no JSON object. Call the tool again with the same parts, written as one; escape quotes and line ends."


def _fixed(assignment: Assignment, default_model: str) -> Json:
    """What every request of the conversation has in common. Nothing of thinking: what a model does by itself no model refuses."""
    model = resolve(assignment.model, default_model)
    system = cached([{"type": "text", "text": text} for text in (assignment.body, _note(assignment)) if text])
    tool = {"name": TOOL, "description": DESCRIPTION, "input_schema": tool_schema(assignment.schema), "eager_input_streaming": True}
    limit = assignment.max_tokens or output_limit(model)
    return {"model": model, "max_tokens": limit, "tools": [tool], "stream": True, **({"system": system} if system else {})}


def _note(assignment: Assignment) -> str:
    """What an agent has to know that counts on more than it has."""
    missing = [name for name in assignment.tools or () if name != TOOL]
    if assignment.tools is not None and not missing:
        return ""
    named = f" ({', '.join(missing)} are not there)" if missing else ""
    return (
        f"In this session your only tool is {TOOL}{named}: you cannot read or change files, run commands or reach the network. Work from "
        "what you are told, and say in your document what you had to assume."
    )


def _headers(assignment: Assignment, ident: str) -> dict[str, str]:
    return {AGENT_HEADER: assignment.step, SESSION_HEADER: ident}


def _told(error: Any) -> str:
    wait = error.response.headers.get("retry-after")
    return f"{broken(error.body).cause}{f' (it asks to wait for {wait} s)' if wait else ''}"
