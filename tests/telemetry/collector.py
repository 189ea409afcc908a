"""An OpenTelemetry collector on the loopback interface: it takes what comes over the wire, and decodes it with the protocol's own code."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE = 30.0  # seconds until a test gives up
MOST = 2**28  # bytes of an endless answer


@dataclass
class Span:
    """A span as it came."""

    name: str
    trace: str
    id: str
    parent: str
    start: float
    end: float
    kind: int
    is_error: bool
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    links: list[str]


@dataclass
class Collector:
    """What has come. ``metrics``: by name, the points of the latest export that had any, each with its attributes."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    metrics: dict[str, list[tuple[dict[str, Any], Any]]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answered: int = 0  # bytes of endless answers that somebody took

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Take one export."""
        self.headers.append(headers)
        self.raw.append(body)
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            for of_resource in traces.resource_spans:
                self.resources.append(_attributes(of_resource.resource.attributes))
                self.spans += [_span(span) for scope in of_resource.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            metrics = ExportMetricsServiceRequest.FromString(body)
            for metric in (each for of in metrics.resource_metrics for scope in of.scope_metrics for each in scope.metrics):
                points = getattr(metric, str(metric.WhichOneof("data"))).data_points
                self.metrics[metric.name] = [(_attributes(point.attributes), point) for point in points]
                self.units[metric.name] = metric.unit

    def named(self, name: str) -> list[Span]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def wait_for(self, name: str, number: int = 1) -> list[Span]:
        """Wait until there are so many spans of a name."""
        end = time.monotonic() + PATIENCE
        pause = threading.Event()
        while len(self.named(name)) < number:
            assert time.monotonic() < end, f"{name!r} did not come; there are {[span.name for span in self.spans]}"
            pause.wait(0.02)
        return self.named(name)


@contextmanager
def collecting(*, status: int = 200, is_endless: bool = False) -> Iterator[Collector]:
    """Run a collector as long as the context lasts. ``status``: of its answers; ``is_endless``: they have no end."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            data = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            collector.take(self.path, data, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", str(2**50) if is_endless else "0")
            self.end_headers()
            with suppress(OSError):
                while is_endless and collector.answered < MOST:
                    collector.answered += self.wfile.write(b"x" * 2**16)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _span(span: Any) -> Span:
    return Span(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano / 1e9,
        span.end_time_unix_nano / 1e9,
        span.kind,
        span.status.code == 2,
        _attributes(span.attributes),
        [(event.name, _attributes(event.attributes)) for event in span.events],
        [link.span_id.hex() for link in span.links],
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
