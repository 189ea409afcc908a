"""The journal's files as a hook writes to them. SHELL. Its one law: a line is one write to a file opened for appending, or it is nothing.

The same files and rules as the gateway's journal. What the disk refuses is not written, which is told when a session begins: the next call
goes on.
"""

import errno
import posix
import time

from finestream_hooks.jsontext import spell

EVENTS = "events.jsonl"
ERRORS = "streaming-errors.log"
ROTATE = 10 * 2**20  # bytes; whoever set another size has it obeyed where the file is that large
# No symbolic link and no waiting for a pipe: whoever wrote the project may have put something other than a file there.
FLAGS = posix.O_RDWR | posix.O_APPEND | posix.O_CREAT | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
KIND, REGULAR, _LINK = 0o170000, 0o100000, 0o120000


def append(folder: str, name: str, record: "dict[str, object]") -> None:
    """Add a record, clean of credentials, to a file of the journal in ``folder``.

    Raises:
        OSError: The disk refused it.
    """
    line = spell({"timestamp": now(), **record}).encode("ascii") + b"\n"
    path = f"{folder}/{name}"
    try:
        check_folder(folder)
        handle = posix.open(path, FLAGS, 0o600)
    except FileNotFoundError:
        prepare(folder)
        handle = posix.open(path, FLAGS, 0o600)
    try:
        size = check_file(handle)
        if not size or size + len(line) <= ROTATE or not _has_turned(path, len(line)):
            _write(handle, size, line)
            return
    finally:
        posix.close(handle)
    handle = posix.open(path, FLAGS, 0o600)
    try:
        _write(handle, check_file(handle), line)
    finally:
        posix.close(handle)


def prepare(folder: str) -> None:
    """Make the journal's folder, hidden from git; a project that has vanished is not made again."""
    for path, mode in ((folder.rpartition("/")[0], 0o777), (folder, 0o700)):
        try:
            posix.mkdir(path, mode)
        except FileExistsError:
            _check(path)
    try:
        handle = posix.open(f"{folder}/.gitignore", posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    posix.write(handle, b"*\n")
    posix.close(handle)


def check_folder(folder: str) -> None:
    """See to it that what is written into the journal's folder stays in the project: git carries links, which lead anywhere.

    Raises:
        OSError: It, or the one above it, is a link, or is not there.
    """
    _check(folder.rpartition("/")[0])
    _check(folder)


def _check(path: str) -> None:
    if posix.lstat(path).st_mode & KIND == _LINK:
        raise OSError(errno.ELOOP, f"{path} is a link, which a clone can bring, and so is not followed. Put a folder in its place")


def now() -> str:
    """Return the time as the journal writes it."""
    seconds = time.time()
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{int(seconds * 1000) % 1000:03}Z"


def check_file(handle: int) -> int:
    """See to it that nobody else reads what is written: a clone brings files that all may read, another user files of his own.

    Returns:
        The size in bytes.
    Raises:
        OSError: It is somebody else's, or no file.
    """
    status = posix.fstat(handle)
    if status.st_mode & KIND != REGULAR:
        raise OSError(errno.EINVAL, "it is not a regular file")
    if status.st_uid == posix.geteuid():
        if status.st_mode & 0o077:
            posix.fchmod(handle, 0o600)
    elif posix.geteuid():  # who may do anything need not be refused
        raise OSError(errno.EPERM, "a file there is another user's, who would read along. Remove it")
    return status.st_size


def _write(handle: int, size: int, line: bytes) -> None:
    # Somebody's last write may have been cut by a full disk or a kill: what is torn must not spoil this line too.
    is_torn = size > 0 and posix.pread(handle, 1, size - 1) not in (b"\n", b"")
    posix.write(handle, b"\n" + line if is_torn else line)


def _has_turned(path: str, more: int) -> bool:
    from finestream_hooks.rotation import turn

    return turn(path, more)
