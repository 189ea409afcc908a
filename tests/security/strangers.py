"""Another user of this machine: what he can do is tried out by a process that has become him."""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

NOBODY = 65534
_HOW = "a second user is needed: run this as root, such as 'sudo scripts/test tests/security' or in a container"


def need_root() -> None:
    """See to it that there can be a second user: without one there is nothing to be tried, and in CI that is a failure."""
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail(_HOW)
        pytest.skip(_HOW)


@contextmanager
def common_folder() -> Iterator[Path]:
    """A folder that everybody can get to and write in, and take nothing of others away, as `/tmp` is."""
    folder = Path(tempfile.mkdtemp(prefix="finestream-test-"))
    folder.chmod(0o1777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody(act: Callable[[], object]) -> str:
    """Do something as somebody else; return what went wrong, or an empty text."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        try:
            os.close(out)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            act()
        except BaseException as error:  # a failed assertion, too: it is told on the other side of the fork
            said = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        with suppress(BaseException):
            os.write(into, said.encode()[:60_000])
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
