"""The gateway's records -> spans, events and measurements, one table row a kind. PURE.

Its one law: names, sizes, times and outcomes alone. No text of a prompt, an answer or a tool input gets out, nor the path of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from finestream.telemetry.values import Attributes, EventValue, Measure, Record, SpanValue, agent_of, attributes, number, outcome_of

_PROVIDER = {"gen_ai.provider.name": "anthropic"}
_CHAT = {"gen_ai.operation.name": "chat", **_PROVIDER}
_CACHED = {"cache_read": "cache_read_input_tokens", "cache_creation": "cache_creation_input_tokens"}
_FAILED = {"cut": "aborted", "client_left": "client_left"}


def request_span(began: Record, ended: Record) -> SpanValue:
    """Return the span of a response: one message of the model, from the request to its last byte, whatever was asked again for it."""
    usage = _usage(ended)
    told = {
        **_CHAT,
        **_models(ended),
        **_speaker(ended),
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": [ended["stop_reason"]] if isinstance(ended.get("stop_reason"), str) else None,
        "gen_ai.response.time_to_first_chunk": first_chunk(began, ended),
        "gen_ai.usage.input_tokens": usage.get("input"),
        "gen_ai.usage.output_tokens": usage.get("output"),
        **{f"gen_ai.usage.{name}.input_tokens": usage.get(name) for name in _CACHED},
        "finestream.requests": ended.get("requests"),
        "finestream.outcome": ended.get("outcome"),
    }
    model = told.get("gen_ai.request.model") or told.get("gen_ai.response.model")
    name = f"chat {model}" if model else "chat"
    return SpanValue(name, began["at"], ended["at"], attributes(told), _FAILED.get(str(ended.get("outcome"))))


def input_span(record: Record) -> SpanValue:
    """Return the span of a tool input while it was written, from its first byte to its last."""
    told = {
        "gen_ai.tool.name": record.get("tool"),
        "gen_ai.tool.call.id": record.get("tool_use_id"),
        "gen_ai.tool.type": "function",
        **_speaker(record),
        **{f"finestream.tool_input.{name}": number(record, name) for name in ("bytes", "lines", "deltas", "chunks")},
        "finestream.tool_input.first_chunk": _seconds(record, "first_chunk_ms"),
        **{f"finestream.{name}": number(record, name) for name in ("attempts", "cuts", "fallbacks")},
        "finestream.outcome": record.get("outcome"),
    }
    outcome = str(record.get("outcome"))
    error = outcome if outcome in ("cut", "surfaced", "client_left", "blind") else None
    start = record["at"] - (_seconds(record, "duration_ms") or 0.0)
    return SpanValue(f"tool_input {record.get('tool')}", start, record["at"], attributes(told), error)


def event_of(record: Record) -> EventValue | None:
    """Return what a record says of the span in which it happened; None: it is a span itself, or nothing to tell."""
    event = record.get("event")
    if event not in _EVENTS:
        return None
    told = {
        "error.type": record.get("error"),
        "gen_ai.tool.name": record.get("tool"),
        "gen_ai.tool.call.id": record.get("tool_use_id"),
        **{f"finestream.{name}": record.get(name) for name in ("action", "attempt", "bytes_received", "checkpoint", "auto_fixed")},
        "finestream.outcome": outcome_of(record),
    }
    return EventValue(f"finestream.{event}", attributes(told))


_EVENTS = frozenset({"cut", "recovery", "retry", "correction", "blind", "fault", "client_left"})


def response_measures(began: Record, ended: Record) -> Iterator[Measure]:
    """Yield what is measured of a response."""
    common = attributes({**_CHAT, **_models(ended)})
    error = _FAILED.get(str(ended.get("outcome")))
    labels: Attributes = {**common, "error.type": error} if error else common
    yield Measure("gen_ai.client.operation.duration", ended["at"] - began["at"], labels)
    first = first_chunk(began, ended)
    if first is not None:
        yield Measure("gen_ai.client.operation.time_to_first_chunk", first, common)
    usage = _usage(ended)
    for kind in ("input", "output"):
        if kind in usage:
            yield Measure("gen_ai.client.token.usage", usage[kind], {**common, "gen_ai.token.type": kind})


def record_measures(record: Record) -> Iterator[Measure]:
    """Yield what is measured of a record."""
    measures = _MEASURES.get(str(record.get("event")))
    if measures:
        yield from measures(record)


def first_chunk(began: Record, ended: Record) -> float | None:
    """Return the seconds from the request to the first byte of its response. ``waited``: until upstream had begun to answer."""
    first, waited = number(ended, "first"), number(began, "waited")
    return None if first is None or waited is None else round(waited + first, 6)


def _input_measures(record: Record) -> Iterator[Measure]:
    told = {"gen_ai.tool.name": record.get("tool"), "gen_ai.agent.name": agent_of(record), "finestream.outcome": record.get("outcome")}
    labels = attributes(told)
    values = {
        "finestream.tool_input.duration": _seconds(record, "duration_ms"),
        "finestream.tool_input.size": number(record, "bytes"),
        "finestream.tool_input.chunks": number(record, "chunks"),
    }
    yield from (Measure(name, value, labels) for name, value in values.items() if value is not None)


def _counted(instrument: str, *names: str) -> Callable[[Record], Iterator[Measure]]:
    """Return what counts a record, with these of its fields."""

    def measures(record: Record) -> Iterator[Measure]:
        told = {
            "error.type": record.get("error"),
            "finestream.action": record.get("action"),
            "finestream.outcome": outcome_of(record),
            "finestream.event": record.get("event"),
            "gen_ai.agent.name": agent_of(record),
        }
        yield Measure(instrument, 1, attributes({name: told[name] for name in names}))

    return measures


_RECOVERY = _counted("finestream.recoveries", "error.type", "finestream.action", "finestream.outcome", "gen_ai.agent.name")
_FAULT = _counted("finestream.faults", "finestream.event", "error.type")
_MEASURES: Mapping[str, Callable[[Record], Iterator[Measure]]] = {
    "tool_input": _input_measures,
    "recovery": _RECOVERY,
    "retry": _RECOVERY,
    "correction": _counted("finestream.corrections", "error.type", "finestream.outcome", "gen_ai.agent.name"),
    **dict.fromkeys(("blind", "fault", "client_left", "unreachable"), _FAULT),
}


def _speaker(record: Record) -> dict[str, object]:
    return {
        "gen_ai.conversation.id": record.get("session_id"),
        "gen_ai.agent.name": agent_of(record),
        "gen_ai.agent.id": record.get("agent_id"),
        "finestream.stream": record.get("stream"),
    }


def _models(record: Record) -> dict[str, object]:
    return {"gen_ai.request.model": record.get("requested"), "gen_ai.response.model": record.get("model")}


def _usage(record: Record) -> dict[str, float]:
    """Tokens by kind. The API counts cached input apart; the conventions want it to be a part of the input."""
    usage = record.get("usage")
    told: Mapping[str, object] = usage if isinstance(usage, dict) else {}
    found = {"input": number(told, "input_tokens"), "output": number(told, "output_tokens")}
    found |= {name: number(told, field) for name, field in _CACHED.items()}
    known = {name: value for name, value in found.items() if value is not None}
    if "input" in known:
        known["input"] += sum(known.get(name, 0) for name in _CACHED)
    return known


def _seconds(record: Record, name: str) -> float | None:
    milliseconds = number(record, name)
    return None if milliseconds is None else milliseconds / 1000
