"""The instruments: every metric that is given to OpenTelemetry, with its unit. PURE.

Names, units and buckets of ``gen_ai.*`` are those of the GenAI semantic conventions; the others are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
_BYTES = (64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216)


class Instrument(NamedTuple):
    """``kind``: how values are put together."""

    kind: Literal["histogram", "counter", "up_down"]
    unit: str
    description: str
    buckets: tuple[float, ...] = ()


INSTRUMENTS: Mapping[str, Instrument] = {
    "gen_ai.client.operation.duration": Instrument("histogram", "s", "From a request to the end of its response", _SECONDS),
    "gen_ai.client.operation.time_to_first_chunk": Instrument("histogram", "s", "Until the first chunk of a response", _SECONDS),
    "gen_ai.client.token.usage": Instrument("histogram", "{token}", "Tokens of a response, by kind", _TOKENS),
    "finestream.tool_input.duration": Instrument("histogram", "s", "From the first to the last byte of a tool input", _SECONDS),
    "finestream.tool_input.size": Instrument("histogram", "By", "Size of a tool input", _BYTES),
    "finestream.tool_input.chunks": Instrument("counter", "{chunk}", "Finished chunks of tool inputs"),
    "finestream.recoveries": Instrument("counter", "{recovery}", "Attempts to continue or repeat what was cut, by how they came out"),
    "finestream.corrections": Instrument("counter", "{correction}", "Malformed tool inputs, by how they came out"),
    "finestream.faults": Instrument("counter", "{fault}", "What was not watched to its end, or not reached at all"),
    "finestream.streams.open": Instrument("up_down", "{stream}", "Watched responses that are open"),
    "finestream.run.duration": Instrument("histogram", "s", "From the beginning to the end of a run", _SECONDS),
    "finestream.step.duration": Instrument("histogram", "s", "From the beginning to the end of an agent's work in a run", _SECONDS),
    "finestream.handoff.first_part": Instrument("histogram", "s", "Until the receiver was told the first part of a document", _SECONDS),
    "finestream.handoff.duration": Instrument("histogram", "s", "Until a document that is handed on was complete", _SECONDS),
}
