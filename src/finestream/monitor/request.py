"""The request that a response answers. PURE. Its body is parsed only when the response holds a tool call, because most do not need it."""

from __future__ import annotations

import json
import re
from functools import cached_property

from finestream.events import Json

_MODEL = re.compile(rb'\s*\{\s*"model"\s*:\s*"([^"\\\x00-\x1f\x7f-\xff]{1,200})"')


class Request:
    """A Messages API request as the client sent it, in bytes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    @cached_property
    def body(self) -> Json | None:
        """The parsed body, or None when it is no request that could be continued."""
        try:
            body = json.loads(self._raw)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) and isinstance(body.get("messages"), list) else None

    @property
    def model(self) -> str | None:
        """The model that is asked for, where the body begins with it, as the client's does: it is not parsed for that."""
        match = _MODEL.match(self._raw)
        return match[1].decode("ascii") if match else None

    @cached_property
    def _schemas(self) -> dict[str, object]:
        tools = (self.body or {}).get("tools")
        known = tools if isinstance(tools, list) else []
        return {str(tool.get("name")): tool.get("input_schema") for tool in known if isinstance(tool, dict)}

    def schema(self, tool: str) -> Json | None:
        """The `input_schema` of a tool, or None."""
        schema = self._schemas.get(tool)
        return schema if isinstance(schema, dict) else None
