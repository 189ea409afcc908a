"""The user's own key, which seals what is arranged for a project. SHELL. Its one law: there is one, and it is never replaced."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from finestream.errors import InstallError
from finestream_hooks.seals import LENGTH, key_file, load_key


def own_key(environ: Mapping[str, str], *, is_dry: bool = False) -> bytes:
    """Return the user's key, which is made where there is none; with ``is_dry`` one that nobody keeps.

    Raises:
        InstallError: There is no place for it, or something else is there.
    """
    new = secrets.token_hex(LENGTH // 2).encode("ascii")
    found = load_key(environ)
    if found or is_dry:
        return found or new
    path = Path(key_file(environ) or "")
    if path.name:
        _make(path, new)
        found = load_key(environ)
    if not found:
        raise InstallError("this is no private file of yours with a key in it", "Set HOME, or move away what is there.", path=str(path))
    return found


def _make(path: Path, key: bytes) -> None:
    """Write the file in one step, unless another process was faster."""
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent) as draft:  # its mode is 0600
            draft.write(key + b"\n")
            draft.flush()
            with suppress(FileExistsError):
                path.hardlink_to(draft.name)
    except OSError as error:
        fix = "Make its folder writable; without it nothing tells your monitor from one that a clone brings."
        raise InstallError(f"the key cannot be written: {error.strerror}", fix, path=str(path)) from error
