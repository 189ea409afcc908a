"""The proof that a file of a project is the user's own and came with no clone: a seal that takes the user's key to make. SHELL.

Its one law: nothing that lies in a project proves anything about it. A strict umask makes a clone's files private, git knows nothing of
those of an archive or a submodule, and a pull replaces what git ignores. So the key lies in the user's own state folder.
"""

import hashlib
import hmac
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Optional

LENGTH = 64  # of a key: hexadecimal digits
_SEAL = "seal"


def sealed(content: "Mapping[str, object]", key: bytes) -> "dict[str, object]":
    """Return ``content``, which is plain JSON, with its seal."""
    return {**content, _SEAL: _seal(content, key)}


def is_sealed(content: "Mapping[str, object]", environ: "Mapping[str, str]" = os.environ) -> bool:
    """Say whether the user's own key has sealed ``content``, for whatever project that names."""
    key, found = load_key(environ), str(content.get(_SEAL)).encode("utf-8", "replace")
    try:
        return key is not None and hmac.compare_digest(found, _seal(content, key).encode("ascii"))
    except RecursionError:  # nested as deeply as can just be read
        return False


def _seal(content: "Mapping[str, object]", key: bytes) -> str:
    rest = {name: value for name, value in content.items() if name != _SEAL}
    return hmac.new(key, json.dumps(rest, sort_keys=True).encode("ascii"), hashlib.sha256).hexdigest()


def key_file(environ: "Mapping[str, str]") -> "Optional[str]":
    """Return where the user's key is, or would be; None: there is no home. A relative ``XDG_STATE_HOME`` is void by its specification."""
    state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if not state.startswith("/"):
        state = f"{home}/.local/state" if home.startswith("/") else ""
    return f"{state}/finestream/key" if state else None


def load_key(environ: "Mapping[str, str]") -> "Optional[bytes]":
    """Return the user's key, None where there is none that is nobody else's, too."""
    path = key_file(environ)
    try:
        with open(os.open(path or "", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            known, key = os.fstat(file.fileno()), file.read(LENGTH + 2).strip()
    except OSError:
        return None
    return key if known.st_uid == os.geteuid() and not known.st_mode & 0o077 and len(key) == LENGTH else None
