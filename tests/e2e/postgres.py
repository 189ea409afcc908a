"""A PostgreSQL server of a test's own. It is the machine's, where there is one; in CI it is installed, and never skipped."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory

from tests.e2e.debian import needed

HOW_TO_GET_IT = "PostgreSQL is missing: apt-get install postgresql, or put its initdb and postgres on PATH"
PASSWORD = f"secret-{secrets.token_hex(8)}"
PATIENCE = 60.0


def find_server() -> Path | None:
    """Return the folder with the programs of a server. Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    places = [*reversed(found), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextmanager
def server() -> Iterator[str]:
    """Serve, on a free port of the loopback interface, and yield the URL of an empty database, with a password in it."""
    programs = needed(find_server, "postgresql", HOW_TO_GET_IT)
    # Not below pytest's own folder, into which nobody else may look.
    with TemporaryDirectory(prefix="finestream-postgres-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        user = _owner(place)
        (place / "password").write_text(PASSWORD)
        (place / "password").chmod(0o644)
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            place / "data",
            "-U",
            "finestream",
            "-E",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]
        secured = [*initdb, "-E", "UTF8", "-A", "scram-sha-256", "--pwfile", place / "password"]
        subprocess.run(secured, user=user, cwd=place, check=True, capture_output=True)
        with create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with _running([programs / "postgres", "-D", place / "data", "-p", str(port), "-k", place, "-c", "fsync=off"], place, user):
            yield f"postgresql://finestream:{PASSWORD}@127.0.0.1:{port}/postgres"


def _owner(place: Path) -> int | None:
    """Give the folder to somebody who is not root, for whom the server refuses to work. None: it is ours."""
    if os.getuid():
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(place, user.pw_uid, user.pw_gid)
    return user.pw_uid


@contextmanager
def _running(command: list[str | Path], place: Path, user: int | None) -> Iterator[None]:
    with subprocess.Popen(
        [*command, "-c", "listen_addresses=127.0.0.1"], user=user, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            said = _until_ready(process)
            assert process.poll() is None, "".join(said)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # it parts from whoever is connected
            process.communicate(timeout=PATIENCE)


def _until_ready(process: subprocess.Popen[str]) -> list[str]:
    said = []
    assert process.stderr
    for line in process.stderr:
        said.append(line)
        if "ready to accept connections" in line:
            break
    return said
