"""Files as an installation touches them. SHELL.

Its one law: a file is there as it was or as it shall be, and never half; what somebody else has written since we looked is not overwritten.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from finestream.errors import InstallError
from finestream.plainfile import read_plain

PRIVATE = 0o600


class Meddled(Exception):
    """Somebody else has changed the file since it was read."""


@dataclass(frozen=True)
class Change:
    """What becomes of one file: the bytes it had when it was read, and those it gets; None: it is not there.

    ``mode``: the permissions that it gets, None: those that it has; ``mode_before``: those that it gets when that is taken back.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    mode: int | None = None
    mode_before: int | None = None

    @property
    def inverse(self) -> Change:
        """What takes it back."""
        return Change(self.path, self.after, self.before, self.mode_before, self.mode)


class Disk:
    """The seam to the file system: all that an installation does there goes through these four."""

    def read(self, path: Path) -> bytes | None:
        """Return the bytes of a file, or None where there is none.

        Raises:
            InstallError: It cannot be read.
        """
        try:
            return read_plain(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise refused(error, path, "read") from error

    def carry_out(self, change: Change) -> None:
        """Write or remove one file; a link is followed, and stays.

        Raises:
            Meddled: The file is not as it was when the change was planned.
            OSError: The disk refuses.
        """
        if change.after is None:
            self._compare(change)
            _target(change.path).unlink(missing_ok=True)
        else:
            self._write(change, change.after)

    def make_folder(self, path: Path, mode: int = 0o777) -> None:
        """Make one folder; that another program was faster is as well."""
        _check_writable(path.parent)
        path.mkdir(mode, exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder, unless something is in it."""
        with suppress(OSError):  # what is not empty stays, and what is in it is named
            path.rmdir()

    def _write(self, change: Change, data: bytes) -> None:
        target = _target(change.path)
        _check_writable(target.parent)
        known = target.stat() if target.exists() else None
        if known and not known.st_mode & 0o222:
            raise PermissionError(errno.EACCES, "it is read-only", str(target))
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                _dress(file.fileno(), known, change.mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._compare(change)
            Path(name).replace(target)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()

    def _compare(self, change: Change) -> None:
        if self.read(change.path) != change.before:
            raise Meddled(str(change.path))


def _dress(handle: int, known: os.stat_result | None, mode: int | None) -> None:
    """Give a new file the permissions and, as far as we may, the owner of the one in whose place it steps."""
    if known is None:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, (0o666 if mode is None else mode) & ~mask)
        return
    with suppress(PermissionError):
        os.fchown(handle, known.st_uid, known.st_gid)
    # Behind the owner, whose change drops bits.
    os.fchmod(handle, stat.S_IMODE(known.st_mode) if mode is None else mode)


def _target(path: Path) -> Path:
    """Return the file that is meant by a path whose last part may be a link, even one that leads to no file yet."""
    return path.resolve() if path.is_symlink() else path


def _check_writable(folder: Path) -> None:
    # A root user may write anywhere; that nobody may is still somebody's wish.
    if not folder.stat().st_mode & 0o222:
        raise PermissionError(errno.EACCES, "the folder is read-only", str(folder))


def refused(error: OSError, path: Path, what: str) -> InstallError:
    """Return the error to raise for what the disk says."""
    reason = (error.strerror or str(error)).lower()
    where = f" ({error.filename})" if error.filename and Path(str(error.filename)) != path and ".tmp" not in str(error.filename) else ""
    fixes = {
        errno.ENOSPC: "Make room and do it again; nothing was changed.",
        errno.EROFS: "The file system is mounted read-only.",
        errno.ELOOP: "The link leads to itself: mend it or remove it.",
        errno.EEXIST: "A file is where a folder belongs: move it away.",
        errno.ENOTDIR: "A file is where a folder belongs: move it away.",
        errno.EISDIR: "A folder is where a file belongs: move it away.",
        errno.EINVAL: "Move it away: a file belongs there.",
        errno.ENOENT: "Make the folder, or mend the link that leads there.",
    }
    fix = fixes.get(error.errno or 0, "Give yourself the permission to write there (chmod u+w), or let its owner do it.")
    return InstallError(f"this cannot be {'read' if what == 'read' else 'written'}: {reason}{where}", fix, path=str(path))
