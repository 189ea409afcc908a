"""What cannot be had is said in one line, and nothing else happens; where nobody wants it, nothing is said or loaded."""

from __future__ import annotations

import sys

import pytest

from finestream.telemetry.opening import opened

ADDRESS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("environ", "is_open", "sentence"),
    [
        ({}, False, ""),
        ({**ADDRESS, "OTEL_SDK_DISABLED": "true"}, False, ""),
        ({**ADDRESS, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False, "OpenTelemetry: grpc is not spoken here"),
        (
            {**ADDRESS, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "99999"},
            False,
            "cannot be set up from the OTEL_ variables: ValueError",
        ),
        ({**ADDRESS, "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, True, "one of the OTEL_ variables makes no sense to OpenTelemetry"),
    ],
)
def test_what_the_environment_wants(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], is_open: bool, sentence: str) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []
    with opened(environ, said.append, lambda _: None) as telemetry:
        assert (telemetry is not None) == is_open
    assert sentence in "".join(said) and bool(said) == bool(sentence)


def test_where_it_is_not_installed_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "finestream.telemetry.sdk", None)
    said: list[str] = []
    with opened(ADDRESS, said.append, lambda _: None) as telemetry:
        assert telemetry is None
    assert said == ["OpenTelemetry is wanted (OTEL_EXPORTER_OTLP_ENDPOINT is set), but not installed: pip install 'finestream[otel]'"]
