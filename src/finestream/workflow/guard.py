"""Nobody is left behind: a process that outlives us, if only for a moment, and ends our clients. SHELL.

Its one law: it ends only processes that we have named, and only if they are still the same ones.

A client that loses its parent notices that nobody listens, but not before its request to the model is answered, and then has spent the
user's tokens. This process reads their ids from a pipe; when the pipe ends, however we have, it ends those that are still there.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

# The standard library alone, so that it starts in the time of the interpreter. A process is told from a later one of the same id by the
# moment of its start, as far as the system says it.
_PROGRAM = r"""
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)

def birth(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            state, *fields = file.read().rpartition(b")")[2].split()
            return b"" if state == b"Z" else fields[18]
    except OSError:
        pass
    try:
        import subprocess
        return subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True).stdout.strip()
    except OSError:
        return b""

known = {}
for line in sys.stdin:
    known[int(line)] = birth(int(line))

def end(number):
    for pid, born in list(known.items()):
        if not born or birth(pid) != born:
            del known[pid]
            continue
        try:
            os.kill(pid, number)
        except OSError:
            del known[pid]

end(signal.SIGTERM)
for _ in range(20):
    if not known:
        break
    time.sleep(0.1)  # they are nobody's children any more: their end can only be looked for
    end(0)
end(signal.SIGKILL)
"""


class Guard:
    """Knows our clients."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # a Ctrl-C of the terminal is not meant for it
        )

    def born(self, pid: int) -> None:
        """Note a client. That it has ended need not be said: it is not the same any more."""
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.write(f"{pid}\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End it, and with it whoever is still there."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
