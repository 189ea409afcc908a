"""Files that are the user's own. SHELL.

Its one law: a link is not, nor is what another user has written or may read, as it is with the files of a clone.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def is_own(known: os.stat_result) -> bool:
    """Say whether what `lstat` has found is a plain file of this user's, and of nobody else's concern."""
    return stat.S_ISREG(known.st_mode) and not known.st_mode & 0o077 and known.st_uid == os.geteuid()


def open_own(path: Path, flags: int) -> int:
    """Open a file of ours, private where it is made now, and wait for nobody.

    Raises:
        OSError: It cannot be opened, or something else is in its place: what a link leads to is not ours to write.
    """
    refusal = OSError(errno.ELOOP, "it is a link, or no plain file", str(path))
    try:
        handle = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise refusal if error.errno in (errno.ELOOP, errno.ENXIO) else error from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise refusal
    return handle
