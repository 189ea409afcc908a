"""Telemetry is wanted where the variables of OpenTelemetry say so, and refused where they ask for what is not spoken here."""

from __future__ import annotations

import pytest

from finestream.telemetry.wish import Wish, wish_of

ALL = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environ", "traces", "metrics"),
    [
        ({}, False, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False, False),
        (ALL, True, True),
        ({**ALL, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x/v1/traces"}, True, False),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x"}, False, True),
        ({**ALL, "OTEL_SDK_DISABLED": "TRUE"}, False, False),
        ({**ALL, "OTEL_TRACES_EXPORTER": "none"}, False, True),
        ({**ALL, "OTEL_METRICS_EXPORTER": "prometheus"}, True, False),
    ],
)
def test_what_is_wanted(environ: dict[str, str], traces: bool, metrics: bool) -> None:
    wish = wish_of(environ)
    assert wish == Wish(traces, metrics)
    assert bool(wish) == (traces or metrics)


def test_a_protocol_that_is_not_spoken_is_complained_of() -> None:
    wish = wish_of({**ALL, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf"})
    assert (wish.traces, wish.metrics) == (False, True)
    assert wish.complaints == (
        "OpenTelemetry: grpc is not spoken here, so no traces are sent; "
        "give OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf and an endpoint for it",
    )
