"""Whether anybody wants OpenTelemetry, and whether it can be had: what the environment says. PURE: the environment is a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "http/protobuf"
_SIGNALS = ("TRACES", "METRICS")


class Wish(NamedTuple):
    """Which signals are wanted, and what stands in the way of one, said to the user."""

    traces: bool
    metrics: bool
    complaints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.traces or self.metrics


def wish_of(environ: Mapping[str, str]) -> Wish:
    """Read the variables that say whether, where and how. The others are the SDK's own business.

    A signal is wanted where it has an endpoint, and is not switched off by OTEL_SDK_DISABLED or by OTEL_TRACES_EXPORTER
    or OTEL_METRICS_EXPORTER with another value than ``otlp``.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return Wish(False, False)
    wanted = {signal: _is_wanted(environ, signal) for signal in _SIGNALS}
    refused = [signal for signal in _SIGNALS if wanted[signal] and _protocol(environ, signal) != PROTOCOL]
    complaints = tuple(
        f"OpenTelemetry: {_protocol(environ, signal)} is not spoken here, so no {signal.lower()} are sent; "
        f"give OTEL_EXPORTER_OTLP_{signal}_PROTOCOL={PROTOCOL} and an endpoint for it"
        for signal in refused
    )
    traces, metrics = (wanted[signal] and signal not in refused for signal in _SIGNALS)
    return Wish(traces, metrics, complaints)


def _is_wanted(environ: Mapping[str, str], signal: str) -> bool:
    has_endpoint = any(environ.get(name, "").strip() for name in (ENDPOINT, f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
    return has_endpoint and environ.get(f"OTEL_{signal}_EXPORTER", "otlp").strip().lower() == "otlp"


def _protocol(environ: Mapping[str, str], signal: str) -> str:
    names = (f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), PROTOCOL)
