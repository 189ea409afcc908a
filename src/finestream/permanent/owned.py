"""Files that are the user's own. SHELL. Its one law: a link is not, nor is what another user has written or may read, as a clone's files may be."""

from __future__ import annotations

import os
import stat


def is_own(known: os.stat_result) -> bool:
    """Say whether what `lstat` has found is a plain file of this user's, and of nobody else's concern."""
    return stat.S_ISREG(known.st_mode) and not known.st_mode & 0o077 and known.st_uid == os.geteuid()
