"""The events of a model's stream -> what happens in a session. SHELL. Its one law: the fragments of a call, joined, are its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finestream.handoff.messages import TOOL
from finestream.workflow.history import united
from finestream.workflow.session import Begun, Fragment, Happening, Restarted, Working

_DOING = {"text": "writing", "thinking": "thinking"}


class Listener:
    """Hears the streams of one session, one after the other."""

    def __init__(self) -> None:
        self._calls: dict[int, str] = {}
        self._half = ""

    def hear(self, event: Mapping[str, Any]) -> list[Happening]:
        """Take the next event."""
        match event:
            case {"type": "message_start"}:
                self._calls.clear()
                return [Restarted()]
            case {"type": "content_block_start", "index": index, "content_block": {"type": "tool_use", "id": call, "name": name}}:
                if name != TOOL:
                    return [Working(name)]
                self._calls[index], self._half = call, ""
                return [Begun(call)]
            case {"type": "content_block_start", "content_block": {"type": kind}}:
                return [Working(_DOING.get(kind, kind))]
            case {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}}:
                return self._fragment(index, text)
        return []

    def _fragment(self, index: int, text: str) -> list[Happening]:
        # The API cuts anywhere, between the two halves of a character too (facts 8.1).
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = united(text.removesuffix(self._half))
        return [Fragment(self._calls[index], whole)] if whole and index in self._calls else []
