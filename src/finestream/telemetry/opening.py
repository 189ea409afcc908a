"""Telemetry where the environment wants it, and nothing where it does not. SHELL. Its one law: without a wish nothing is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from finestream.telemetry.wish import wish_of

if TYPE_CHECKING:
    from finestream.telemetry.telling import Telemetry

_MISSING = "OpenTelemetry is wanted (OTEL_EXPORTER_OTLP_ENDPOINT is set), but not installed: pip install 'finestream[otel]'"


@contextmanager
def opened(environ: Mapping[str, str], tell: Callable[[str], None], name: Callable[[str], str | None]) -> Iterator[Telemetry | None]:
    """Open telemetry as long as the context lasts; None: nobody wants it, or it cannot be had, which is said.

    Args:
        tell: Takes what there is to say to the user.
        name: Knows what agents are called.
    """
    wish = wish_of(environ)
    for complaint in wish.complaints:
        tell(complaint)
    if not wish:
        yield None
        return
    try:
        from finestream.telemetry.sdk import Sdk
        from finestream.telemetry.telling import Telemetry
    except ImportError:
        tell(_MISSING)
        yield None
        return
    try:
        sdk = Sdk(wish, tell)
    except Exception as fault:  # a variable that the SDK cannot read must not cost the user a session
        tell(f"OpenTelemetry cannot be set up from the OTEL_ variables: {type(fault).__name__}: {fault}")
        yield None
        return
    try:
        yield Telemetry(sdk, tell, name)
    finally:
        sdk.close()
