"""Who listens on a port of this machine, as far as its system tells. SHELL: it reads ``/proc``.

Its one law: where nothing is told, nobody is accused. A port that its owner has left is anybody's, and whoever takes it would be given the
token, and with each request after that the credentials.
"""

import os

_LISTENS = b"0A"
# As the kernel writes 127.0.0.1, alone or as an address of version 6, on machines of either byte order.
_HERE = (b"0100007F", b"7F000001", b"0000000000000000FFFF00000100007F", b"00000000000000000000FFFF7F000001")
_FILES = ("/proc/net/tcp", "/proc/net/tcp6")


def is_foreign(port: int) -> bool:
    """Say whether another user, and not the system's own, listens on ``port`` of 127.0.0.1."""
    here, anywhere = _owners(port)
    found = here or anywhere
    return bool(found) and not found & {os.geteuid(), 0}


def _owners(port: int) -> "tuple[set[int], set[int]]":
    """Return who listens on the address itself, and who on all addresses."""
    here: set[int] = set()
    anywhere: set[int] = set()
    for row in _rows():
        fields = row.split()
        address, _, number = fields[1].partition(b":") if len(fields) > 7 else (b"", b"", b"")
        if number and fields[3] == _LISTENS and int(number, 16) == port:
            if address in _HERE:
                here.add(int(fields[7]))
            elif not address.strip(b"0"):
                anywhere.add(int(fields[7]))
    return here, anywhere


def _rows() -> "list[bytes]":
    rows: list[bytes] = []
    for path in _FILES:
        try:
            with open(path, "rb") as file:
                rows += file.read().split(b"\n")[1:]
        except OSError:  # another system
            continue
    return rows
