"""A candidate as a process: started, asked a first question, and ended. SHELL.

Its one law: the exam begins only when a request has come through, and what was started here does not outlive it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp

from finestream.errors import ExamError, FinestreamError, GatewayError
from finestream.exam.candidates import Candidate, fill
from finestream.exam.packages import cache, install

PROBE = "[probe]"  # stands in the first question, and in no other
_LOG = "gateway.log"
_TO_START = 90.0  # seconds until a gateway listens
_TO_ANSWER = 15.0
_TO_END = 5.0
_POLL = 0.1
_LONGEST = 2**20  # bytes of the first answer; it is a few words, and some gateways never end
_ASKED = {"model": "claude-opus-5-5", "max_tokens": 16, "stream": True, "messages": [{"role": "user", "content": PROBE}]}
_HEADERS = {"x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01"}


@asynccontextmanager
async def running(candidate: Candidate, upstream: str, folder: Path, say: Callable[[str], None]) -> AsyncIterator[str]:
    """Run a gateway in front of ``upstream`` as long as the context lasts, and yield the address for the client, once it has answered.
    ``folder`` is made for it.

    Raises:
        ExamError: it cannot be installed, does not start, or does not pass a request on; its log is named.
        GatewayError: the same, of one that was not started here.
    """
    words = {"upstream": upstream, "port": str(_free_port()), "folder": str(folder), "python": sys.executable}
    if candidate.package:
        say(f"{candidate.package.requirement} is looked for, and installed where it is not there yet")
        words["bin"] = str(await asyncio.to_thread(install, candidate.package, cache(os.environ)))
    folder.mkdir(parents=True)
    for name, text in candidate.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(fill(text, words), encoding="utf-8")
    if candidate.command:
        async with _process(candidate, words, folder) as process:
            yield await _ready(candidate, words, process, folder / _LOG)
        return
    base = fill(candidate.base, words)
    why = await trouble(base)
    if why:
        raise GatewayError(why, "Is it in front of 127.0.0.1 at the port of --upstream-port?", address=base)
    yield base


class Door:
    """The way to a gateway, which is started anew when it has ceased to answer."""

    def __init__(self, start: Callable[[Path], AbstractAsyncContextManager[str]], place: Path, say: Callable[[str], None]) -> None:
        self.address = ""
        self._start = start
        self._place = place
        self._say = say
        self._lives = 0
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Start it."""
        self._lives += 1
        self.address = await self._stack.enter_async_context(self._start(self._place / f"gateway-{self._lives}"))

    async def close(self) -> None:
        """End it."""
        await self._stack.aclose()

    async def has_died(self, address: str) -> bool:
        """Tell whether what stood behind ``address`` answers nobody any more. Then something new stands behind another one."""
        async with self._lock:
            why = await trouble(address) if address == self.address else "gone"
            if why and address == self.address:
                self._say(f"the gateway {why}; it is started anew")
                await self.close()
                await self.open()
        return bool(why)


@asynccontextmanager
async def open_door(candidate: Candidate, upstream: str, place: Path, say: Callable[[str], None]) -> AsyncIterator[Door]:
    """Run a gateway as `running` does, as often as it has to be.

    Raises:
        ExamError, GatewayError: as `running`.
    """
    door = Door(lambda folder: running(candidate, upstream, folder, say), place, say)
    try:
        await door.open()
        yield door
    finally:
        await door.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def _process(candidate: Candidate, words: Mapping[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [fill(word, words) for word in shlex.split(candidate.command)]
    own = {name: fill(value, words) for name, value in candidate.environment.items()}
    environment = {**_plain(os.environ), "HOME": str(folder), "PYTHONUNBUFFERED": "1", **own}
    with (folder / _LOG).open("wb") as log:
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        except OSError as error:
            raise ExamError(
                f"cannot be started: {error.strerror}", "Give the command of a gateway that is installed.", path=command[0]
            ) from error
    try:
        yield process
    finally:
        await _end(process)


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """Our own environment without what would send a gateway elsewhere."""
    prefixes = ("ANTHROPIC_", "CLAUDE", "FINESTREAM_")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {name: value for name, value in environ.items() if not name.startswith(prefixes) and name.upper() not in proxies}


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process with all that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _TO_END)
            return


async def _ready(candidate: Candidate, words: Mapping[str, str], process: asyncio.subprocess.Process, log: Path) -> str:
    """Wait until the gateway passes a request on."""
    clock = asyncio.get_running_loop().time
    end = clock() + _TO_START
    while process.returncode is None and clock() < end:
        said = _said(log) if "{said}" in candidate.base else ""
        if said is not None and await _listens(int(words["port"])):
            base = fill(candidate.base, {**words, "said": said})
            why = await trouble(base)
            if why:
                raise _refusal(candidate, why, log)
            return base
        await asyncio.sleep(_POLL)
    how = "does not listen" if process.returncode is None else f"has ended with exit code {process.returncode}"
    raise _refusal(candidate, how, log)


def _refusal(candidate: Candidate, why: str, log: Path) -> FinestreamError:
    fix = "This is its log. It has to listen on 127.0.0.1 at {port}, and to pass each request on to {upstream}, with any API key."
    return ExamError(f"the gateway {candidate.name} {why}", fix, path=str(log))


def _said(log: Path) -> str | None:
    with suppress(ValueError, KeyError, IndexError, OSError):
        return str(json.loads(log.read_text(encoding="utf-8").splitlines()[0])["url"])
    return None


async def _listens(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def trouble(base: str) -> str:
    """Ask for a few words, as the client would, and say what is wrong with the answer."""
    timeout = aiohttp.ClientTimeout(total=_TO_ANSWER)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{base}/v1/messages", json=_ASKED, headers=_HEADERS) as got,
        ):
            text = await _beginning(got.content)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return f"answers nothing: {str(error) or type(error).__name__}"
    return "" if got.status == 200 and "message_stop" in text else f"does not pass requests on: it answers {got.status}, {text[:200]!r}"


async def _beginning(content: aiohttp.StreamReader) -> str:
    """Read an answer of which nothing is known: neither its end, nor how it is encoded."""
    data = bytearray()
    async for piece in content.iter_any():
        data += piece
        if len(data) > _LONGEST:
            break
    return data[:_LONGEST].decode("utf-8", "replace")
