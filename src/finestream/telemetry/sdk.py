"""The OpenTelemetry SDK, set up and taken down. SHELL. It is imported only where somebody wants telemetry: it takes half a second.

Its one law: a collector that is away, slow or wrong is said once and costs nothing more. Exporters work in threads of their own behind
bounded queues; what does not fit is dropped; the end waits for a short time only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer
from requests import PreparedRequest, Response, Session

from finestream import __version__
from finestream.telemetry.wish import Wish

Tell = Callable[[str], None]
_NAME = "finestream"
_LAST = 2.0  # seconds for what is not sent yet, when the gateway ends
_SETTING = "one of the OTEL_ variables makes no sense to OpenTelemetry, which takes its own default instead"
_DELIVERY = "telemetry cannot be delivered ({}); what was to be sent is dropped while this lasts; see OTEL_EXPORTER_OTLP_ENDPOINT"


class Sdk:
    """A tracer and a meter of ours, which nobody else in the process shares."""

    def __init__(self, wish: Wish, tell: Tell) -> None:
        self._complaints = _Complaints(tell)
        self._complaints.attach()
        resource = _resource()
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        if wish.traces:
            self._traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(session=_Session())))
        readers = [PeriodicExportingMetricReader(OTLPMetricExporter(session=_Session()))] if wish.metrics else []
        self._metrics = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._complaints.settle()

    @property
    def tracer(self) -> Tracer:
        """What makes spans."""
        return self._traces.get_tracer(_NAME, __version__)

    @property
    def meter(self) -> Meter:
        """What makes instruments."""
        return self._metrics.get_meter(_NAME, __version__)

    def close(self) -> None:
        """Send what is left, for a short time; then let go of it."""
        threads = [threading.Thread(target=_quietly, args=(each.shutdown,), daemon=True) for each in (self._traces, self._metrics)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _LAST
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        # A thread that is let go may still complain: nobody hears of it, as long as nobody gets the logger back.
        self._complaints.detach(is_quiet=not any(thread.is_alive() for thread in threads))


class _Session(Session):
    """Takes the status of an answer and nothing of its body, which nobody needs and which may have no end."""

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a request."""
        response = super().send(request, **{**kwargs, "stream": True})
        response.close()
        return response


def _quietly(shutdown: Callable[[], None]) -> None:
    try:
        shutdown()
    except Exception as fault:  # whatever it is: nobody needs it any more, and nobody hears of it but who listens to logs
        logging.getLogger("opentelemetry").warning("the end of telemetry: %s", fault)


def _resource() -> Resource:
    """What the environment says of this service; a name and a version where it does not."""
    found = Resource.create()
    ours = {SERVICE_NAME: _NAME} if str(found.attributes.get(SERVICE_NAME, "unknown_service")).startswith("unknown_service") else {}
    return Resource({SERVICE_VERSION: __version__}).merge(found).merge(Resource(ours))


class _Complaints(logging.Handler):
    """What the SDK logs, told once: it would write each failure to the terminal, where somebody else draws."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell
        self._waiting = [_SETTING, _DELIVERY]
        self._logger = logging.getLogger("opentelemetry")
        self._before = self._logger.propagate

    def attach(self) -> None:
        """Listen, instead of everybody else."""
        self._logger.addHandler(self)
        self._logger.propagate = False

    def settle(self) -> None:
        """Everything is set up, so what is complained of now is the delivery."""
        self._waiting = [_DELIVERY]

    def detach(self, *, is_quiet: bool) -> None:
        """Say nothing any more, and give the logger back where nothing more can come."""
        self._waiting = []
        if is_quiet:
            self._logger.removeHandler(self)
            self._logger.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        """Say the first complaint of its kind, and no other."""
        if self._waiting:
            self._tell(self._waiting.pop(0).format(_reason(record)))


def _reason(record: logging.LogRecord) -> str:
    """The kind of the trouble alone: the whole message holds the address or a header, and they may hold a password."""
    about = record.args if isinstance(record.args, tuple) else ()
    kinds = [type(each).__name__ for each in about if isinstance(each, BaseException)]
    statuses = [f"HTTP {each}" for each in about if isinstance(each, int) and 100 <= each < 600]
    return ", ".join([*kinds, *statuses]) or "it is not taken"
