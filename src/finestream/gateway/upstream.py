"""The side that talks to the Messages API. SHELL. Its law: what the client sent goes on unchanged, except for the few rules that stand
here.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from finestream.errors import GatewayError
from finestream.gateway.records import AGENT_HEADER

# RFC 9110, section 7.6.1: these belong to one connection. Host and Content-Length are made anew; the last one is ours.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "host"}
)
EAGER = "eager_input_streaming"
MOST_OF_A_REFUSAL = 64 * 2**10
"""Bytes of a refusal that are read before it is passed on."""
# No client takes a header with one of these, and none of ours is sent with it.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EXTRA_CERTIFICATES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class Exchange(NamedTuple):
    """A request as the client made it; ``path`` with its query, spelled as it came."""

    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes


class Reply(NamedTuple):
    """An answer, and what of its body has been read already."""

    response: aiohttp.ClientResponse
    head: bytes = b""


def end_to_end(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    """The headers that are not for one connection only, in their order, doubles kept."""
    pairs = list(headers)
    named = {name.strip().lower() for key, value in pairs if key.lower() == "connection" for name in value.split(",")}
    return CIMultiDict(
        (key, value)
        for key, value in pairs
        if key.lower() not in HOP_BY_HOP and key.lower() not in named and not _FORBIDDEN.search(key + value)
    )


def reason_phrase(answer: aiohttp.ClientResponse) -> str | None:
    """What upstream calls the status; None: nothing that can be said again."""
    return None if _FORBIDDEN.search(answer.reason or "") else answer.reason


class Upstream:
    """One Messages API, reached through as many connections as there are streams."""

    def __init__(self, url: str) -> None:
        self._base = url.rstrip("/")
        self._refuses_eager = False
        # A proxy for the world is not for this machine (pain P22).
        self._is_local = _is_loopback(URL(url).host or "")
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_certificates(os.environ) if url.startswith("https:") else True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=30),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.session.close()

    async def send(self, exchange: Exchange, *, is_watched: bool) -> Reply:
        """Send a request on.

        A stream that is to be watched is asked for without compression. Where upstream has refused `eager_input_streaming`, the field is
        left out (pain P16); it is found out by the 400 that names it, and remembered.

        Raises: aiohttp.ClientError, OSError: upstream cannot be reached.
        """
        headers = CIMultiDict(
            (key, value) for key, value in exchange.headers.items() if key.lower() not in ("content-length", AGENT_HEADER)
        )
        if is_watched:
            headers["Accept-Encoding"] = "identity"
        body = without_eager(exchange.body) if self._refuses_eager and is_watched else exchange.body
        response = await self._request(exchange, headers, body)
        if response.status == 400 and is_watched and EAGER.encode() in body:
            detail = await _beginning(response)
            if EAGER.encode() in detail:
                self._refuses_eager = True
                response.close()
                return Reply(await self._request(exchange, headers, without_eager(body)))
            return Reply(response, detail)
        return Reply(response)

    async def _request(self, exchange: Exchange, headers: CIMultiDict[str], body: bytes) -> aiohttp.ClientResponse:
        url = URL(self._base + exchange.path, encoded=True)
        data = body if body or exchange.method in ("POST", "PUT", "PATCH") else None
        proxy, auth = self._way(url)
        more: Any = {"headers": headers, "data": data, "proxy": proxy, "proxy_auth": auth}
        return await self.session.request(exchange.method, url, allow_redirects=False, **more)

    def _way(self, url: URL) -> tuple[URL | None, aiohttp.BasicAuth | None]:
        """The proxy that the environment names. aiohttp finds it by itself, but then it adds passwords of ``~/.netrc``, too."""
        named = None if self._is_local or proxy_bypass(url.host or "") else getproxies().get(url.scheme)
        if not named:
            return None, None
        proxy = URL(named)
        auth = aiohttp.BasicAuth(proxy.user, proxy.password or "") if proxy.user else None
        return proxy.with_user(None), auth


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """As much of an answer as matters; the rest waits for whoever passes it on."""
    read = b""
    while len(read) < MOST_OF_A_REFUSAL and (more := await response.content.read(MOST_OF_A_REFUSAL - len(read))):
        read += more
    return read


def without_eager(body: bytes) -> bytes:
    """The request without the field that asks for fine-grained streaming; anything that is no JSON object stays as it is."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return body
    tools = parsed.get("tools") if isinstance(parsed, dict) else None
    if not isinstance(tools, list):
        return body
    parsed["tools"] = [{key: value for key, value in tool.items() if key != EAGER} if isinstance(tool, dict) else tool for tool in tools]
    return json.dumps(parsed).encode()


def _certificates(environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    """The system's authorities and those that the user's company adds. True is aiohttp's own context: the system's, made already."""
    named = {environ[name]: name for name in _EXTRA_CERTIFICATES if environ.get(name)}  # often all the same
    files = {path: name for path, name in named.items() if os.path.isfile(path)}  # noqa: PTH113 - of whatever the environment names; Path.is_file raises for some
    if not files:
        return True
    context = ssl.create_default_context()
    for path, name in files.items():
        try:
            context.load_verify_locations(path)
        except OSError as error:  # ssl.SSLError is one
            why = getattr(error, "reason", None) or error.strerror or error
            fix = f"Give a file of certificates (PEM) in {name}, or unset it."
            raise GatewayError(f"the certificates that {name} names cannot be used: {why}", fix, address=path) from error
    return context


def reason(trouble: Exception) -> str:
    """Why upstream cannot be reached, in words for people."""
    if isinstance(trouble, aiohttp.ClientConnectorError):  # its own text speaks of ssl where there is none
        return f"{trouble.host}:{trouble.port}: {trouble.os_error.strerror or trouble.os_error}"
    return str(trouble) or type(trouble).__name__


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
