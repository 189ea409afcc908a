"""The file that a bug leaves behind. SHELL. Its one law: it holds what a developer needs, and no credential."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from finestream import __version__
from finestream.journal.scrubbing import redact


def save_bug(error: BaseException, arguments: list[str]) -> Path | None:
    """Write the traceback of ``error`` to a new file and return its path; None where no folder takes it.

    Of the arguments only the command's name is kept: those of ``finestream claude`` are prompts and settings.
    """
    facts = f"finestream {__version__}, Python {platform.python_version()}, {platform.platform()}, command: {' '.join(arguments[:1])}"
    text = redact("\n".join([facts, "", *traceback.format_exception(error)]))
    for folder in (_state_folder(), Path(tempfile.gettempdir())):
        path = folder / f"finestream-bug-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return path
    return None


def _state_folder() -> Path:
    folder = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (folder if folder.is_absolute() else Path.home() / ".local" / "state") / "finestream"
