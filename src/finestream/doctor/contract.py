"""What an upstream has to do so that the client, and the monitor, can work with it: asked with a few small requests. SHELL.

Its one law: only what can be seen from outside is judged, and what was not seen is not claimed. Two of the requests are answered by a
model, with a few tokens; they are made only when the user names the upstream.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.patient import Patient

_PATIENCE = 60.0
_AT_ONCE = 0.005  # seconds between the first and the last event of an answer that came in one piece
_LATE = 0.3  # seconds until the first event, from which on a single piece is no proof of a fast model but of somebody who collects
_TASK = "Write the numbers from 1 to 60 in words, one a line, and nothing else."
_ASK_A_TOOL = {"name": "note", "description": "Takes a note.", "input_schema": {"type": "object"}, "eager_input_streaming": True}
_COMPRESSIONS = "gzip, deflate, br"
_HOW = "Ask whoever runs it; docs/protocol.md of finestream and Claude Code's gateway protocol say what is needed."


class Reply(NamedTuple):
    """``arrivals``: when each read brought something, in seconds from the request; ``trouble``: no reply at all."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    arrivals: tuple[float, ...] = ()
    trouble: str | None = None

    @property
    def events(self) -> list[str]:
        """The names of the events of a stream."""
        return [line[7:].strip() for line in self.body.decode("utf-8", "replace").splitlines() if line.startswith("event: ")]


def check_contract(patient: Patient) -> Iterator[Finding]:
    """Ask the upstream that the user has named."""
    if patient.upstream is None:
        yield fine("not asked; 'finestream doctor --upstream URL' does that, with a few small requests")
        return
    model = patient.env.get("ANTHROPIC_MODEL") or "claude-haiku-4-5"
    body = {"model": model, "max_tokens": 256, "stream": True, "messages": [{"role": "user", "content": _TASK}]}
    streamed = ask(patient, "POST", "/v1/messages?beta=true", body)
    if streamed.trouble:
        yield broken(f"{patient.upstream} cannot be reached: {streamed.trouble}", "Check the address and the network.")
        return
    if streamed.status in (401, 403):
        yield warning(f"it wants a credential (HTTP {streamed.status}), so streams were not looked at", "Set ANTHROPIC_API_KEY for doctor.")
    else:
        yield from judge_stream(streamed)
        yield judge_eager(ask(patient, "POST", "/v1/messages", {**body, "max_tokens": 16, "tools": [_ASK_A_TOOL]}))
    yield judge_error(ask(patient, "POST", "/v1/messages", {}))
    yield judge_paths(ask(patient, "HEAD", "/api/hello"), ask(patient, "GET", "/v1/finestream-doctor"))


def judge_stream(reply: Reply) -> Iterator[Finding]:
    """Judge an answer that should be a stream."""
    kind = reply.headers.get("content-type", "")
    if reply.status != 200 or not kind.startswith("text/event-stream"):
        shown = reply.body[:200].decode("utf-8", "replace")
        yield broken(f"a stream was asked for, and HTTP {reply.status} with '{kind}' came: {shown}", _HOW)
        return
    encoding = reply.headers.get("content-encoding", "identity")
    if encoding != "identity":
        yield warning(f"streams come compressed ({encoding}), which delays them", _HOW)
    else:
        yield _judged_events(reply)
    yield _judged_pace(reply)


def _judged_events(reply: Reply) -> Finding:
    events = reply.events
    if events[:1] != ["message_start"] or events[-1:] != ["message_stop"]:
        return broken(
            f"the stream does not go from message_start to message_stop: {', '.join(events[:3])} ... {', '.join(events[-2:])}", _HOW
        )
    pings = events.count("ping")
    seen = f"{pings} pings" if pings else "no ping, which may be the model's speed"
    return fine(f"{len(events)} events from message_start to message_stop, {seen}", events=len(events), pings=pings)


def _judged_pace(reply: Reply) -> Finding:
    first, last = reply.arrivals[0], reply.arrivals[-1]
    facts = {"first_ms": round(first * 1000), "last_ms": round(last * 1000), "reads": len(reply.arrivals)}
    if last - first > _AT_ONCE:
        return fine(f"events come as they are made: {len(reply.arrivals)} pieces over {(last - first) * 1000:.0f} ms", **facts)
    if first > _LATE:
        return warning(f"the whole answer came at once after {first:.1f} s: somebody on the way collects it", _HOW, facts=facts)
    return fine("the whole answer came at once, and too quickly to say whether somebody collects it", **facts)


def judge_eager(reply: Reply) -> Finding:
    """Judge the answer to a request for fine-grained streaming."""
    if reply.status == 400 and b"eager_input_streaming" in reply.body:
        return warning("it refuses eager_input_streaming; the monitor leaves it out, and tool inputs come late", _HOW)
    if reply.status != 200:
        return warning(f"a request with a tool was answered with HTTP {reply.status}", _HOW)
    return fine("it takes eager_input_streaming")


def judge_error(reply: Reply) -> Finding:
    """Judge the answer to a request that is wrong."""
    try:
        error = json.loads(reply.body)["error"]
        is_right = isinstance(error["type"], str) and isinstance(error["message"], str)
    except (ValueError, LookupError, TypeError):
        is_right = False
    if not 400 <= reply.status < 500:
        return warning(f"a wrong request was answered with {reply.trouble or f'HTTP {reply.status}'} instead of a 4xx", _HOW)
    if not is_right:
        return warning(f"the error of HTTP {reply.status} has not the API's form, so the client cannot say what is wrong", _HOW)
    return fine(f"errors are passed on in the API's form (HTTP {reply.status})")


def judge_paths(head: Reply, unknown: Reply) -> Finding:
    """Judge the answers to what the API has not, or not everywhere."""
    for what, reply in (("HEAD /api/hello", head), ("an unknown path", unknown)):
        if reply.trouble or reply.status >= 500:
            return warning(f"{what} is answered with {reply.trouble or f'HTTP {reply.status}'} instead of a refusal", _HOW)
    if unknown.status < 400:
        return warning(f"an unknown path is answered with HTTP {unknown.status}, as if it were known", _HOW)
    return fine(f"HEAD is answered with HTTP {head.status}, an unknown path with {unknown.status}")


def ask(patient: Patient, method: str, path: str, body: object = None) -> Reply:
    """Make one request, and note when what came."""
    parts = urlsplit(patient.upstream or "")
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if secure:
        connection = http.client.HTTPSConnection(host, port, timeout=_PATIENCE, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    data = None if body is None else json.dumps(body)
    started = time.perf_counter()
    try:
        connection.request(method, parts.path.rstrip("/") + path, data, _headers(patient.env))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        pieces, arrivals = [], []
        while piece := answer.read1(65536):
            pieces.append(piece)
            arrivals.append(time.perf_counter() - started)
    except (OSError, http.client.HTTPException) as error:
        return Reply(trouble=str(error) or type(error).__name__)
    finally:
        connection.close()
    return Reply(answer.status, headers, b"".join(pieces), tuple(arrivals) or (time.perf_counter() - started,))


def _headers(env: Mapping[str, str]) -> dict[str, Any]:
    """Return what the client would send, a beta and a header that nobody knows included."""
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01", "accept-encoding": _COMPRESSIONS}
    headers |= {"anthropic-beta": "interleaved-thinking-2025-05-14", "x-claude-code-session-id": "finestream-doctor"}
    if env.get("ANTHROPIC_API_KEY"):
        headers["x-api-key"] = env["ANTHROPIC_API_KEY"]
    token = env.get("ANTHROPIC_AUTH_TOKEN") or env.get("CLAUDE_CODE_OAUTH_TOKEN")
    if token:
        headers["authorization"] = f"Bearer {token}"
    return headers
