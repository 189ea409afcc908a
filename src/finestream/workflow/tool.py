"""The tool with which an agent hands its document on, as a model is shown it. PURE. Its one law: one call may hold any of the parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finestream.handoff import RESUME

DESCRIPTION = (
    "Hands your document on to the agents that need it, part by part while you write it. Call it with the parts that are ready, in their "
    "order; call it again for further parts, or to replace one that has to be changed."
)
_RESUME = {"type": "object", "description": "Only after an interruption, as you are told then", "additionalProperties": {"type": "integer"}}


def tool_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a call may hold of a document of this ``schema``."""
    parts = {key: value for key, value in schema.items() if key != "required"}
    # In front, where it has to stand in a call: models follow the order of a schema.
    return {**parts, "properties": {RESUME: _RESUME, **schema.get("properties", {})}}
