"""The messages of one session in a file, one a line. SHELL. Its one law: what the model is sent stands there first, to the character."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from finestream.workflow.history import Json, united


class Transcript:
    """A conversation that outlives its process."""

    def __init__(self, path: Path) -> None:
        """Read what is there. Nothing is written before it is opened."""
        self._path = path
        self.messages, self._length = _read(path)
        self._file: FileIO | None = None

    def open(self) -> None:
        """Prepare to write. What a killed process has left of a line is cut off."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._file = FileIO(self._path, "r+")
        self._file.truncate(self._length)
        self._file.seek(self._length)

    def keep(self, role: str, content: Sequence[Json]) -> None:
        """Add a message, and return when the system has it; one without content is none."""
        assert self._file is not None, "open it first"
        if not content:
            return
        line = united(json.dumps({"role": role, "content": content}, ensure_ascii=False))
        rest = memoryview(line.encode() + b"\n")
        while rest:  # a file without a buffer may take less than all
            rest = rest[self._file.write(rest) :]
        self.messages.append(json.loads(line))

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()


def _read(path: Path) -> tuple[list[Json], int]:
    """Return the messages up to the first line that is not whole, and the bytes that they take."""
    messages: list[Json] = []
    length = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        message = _message(line) if line.endswith(b"\n") else None
        if message is None:
            break
        messages.append(message)
        length += len(line)
    return messages, length


def _message(line: bytes) -> Json | None:
    try:
        value: Any = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.keys() >= {"role", "content"} else None
