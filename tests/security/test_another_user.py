"""What another user of the machine can read, and what he can put in our way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finestream.cli.bug import save_bug
from finestream.cli.client_settings import Layers, overlaid
from finestream.doctor.gateway import health
from finestream.errors import ArrangementError
from finestream.index import measure
from finestream.journal import EVENTS, FOLDER, open_journal
from finestream.permanent.arrangement import load_arrangement
from finestream.permanent.key import own_key
from finestream.permanent.sessions import Sessions
from finestream.roster import Entry, entries, noted
from finestream.settings import Settings
from finestream.workflow.folder import RUNS, Folder
from finestream.workflow.ledger import Ledger
from finestream_hooks.lines import append
from finestream_hooks.seals import load_key
from tests.hooks.running import SCRIPTS, event, run
from tests.index.files import EVER
from tests.permanent.arranging import arrange
from tests.security.strangers import NOBODY, as_nobody, common_folder, need_root
from tests.workflow.telling import plan

TOKEN = "not-a-secret-0123456789abc"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for everybody, with a home in it."""
    need_root()
    with common_folder() as folder:
        (folder / "home").mkdir(mode=0o755)
        monkeypatch.setenv("HOME", str(folder / "home"))
        yield folder


@pytest.fixture
def _careless(place: Path) -> Iterator[None]:
    """What is made is for all, where nobody says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def everything(place: Path) -> None:
    """Write all that finestream writes by itself."""
    project = place / "project"
    project.mkdir()
    journal = open_journal(project, Settings(), pytest.fail)
    for record in (journal.event, journal.error):
        record({"event": "tool_input", "INVALID_JSON": "what was written"})
    append(str(journal.folder), EVENTS, {"event": "tool_started"})
    measure(journal.folder, EVER)
    Sessions(journal.folder / "monitor.sessions").begin("one", os.getpid())
    arrange(project)
    run = Folder(project / RUNS / "1")
    run.begin(plan(), {}, key=own_key(os.environ))
    run.keep_document(Ledger("architect"))
    run.keep_summary({})
    with run.events({}):
        pass
    save_bug(ValueError("a bug"), ["run"])


def found(place: Path) -> list[str]:
    """Say what can be read below a folder, whoever asks."""
    read = []
    for folder, _, names in os.walk(place):
        for name in names:
            path = Path(folder) / name
            try:
                path.read_bytes()
            except OSError:
                continue
            read.append(path.relative_to(place).as_posix())
    return read


@pytest.mark.usefixtures("_careless")
def test_nothing_that_is_written_can_be_read_by_others(place: Path) -> None:
    everything(place)
    told: list[str] = found(place)
    assert len(told) >= 12, told

    def look() -> None:
        assert found(place) == [], found(place)

    with noted(Entry(f"http://127.0.0.1:1/{TOKEN}", str(place), os.getpid(), "claude", 0.0), os.environ):
        assert len(found(place)) == len(told) + 1
        assert as_nobody(look) == ""


@pytest.mark.usefixtures("_careless")
def test_settings_for_the_client_lie_in_a_private_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(place))
    layers = Layers(project={"ANTHROPIC_BASE_URL": "http://foreign.example"})
    with overlaid((), layers, {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:1/{TOKEN}"}) as arguments:
        assert not any(TOKEN in word for word in arguments)
        path = Path(arguments[1])
        assert TOKEN in path.read_text()
        assert "PermissionError" in as_nobody(path.read_text)


@pytest.mark.parametrize("writer", ["gateway", "hook"])
def test_a_file_that_another_user_has_put_there_gets_no_line(writer: str, place: Path) -> None:
    """He cannot read a file of ours, but one of his own; here he is root, and it is nobody who writes."""
    folder = place / FOLDER
    folder.mkdir(parents=True)
    planted = folder / EVENTS
    planted.touch()
    for path in (folder.parent, folder):
        path.chmod(0o777)
    planted.chmod(0o666)

    def write() -> None:
        if writer == "hook":
            append(str(folder), EVENTS, {"event": "tool_started"})
            return
        told: list[str] = []
        open_journal(place, Settings(), told.append).event({"event": "tool_started"})
        raise OSError(told)

    said = as_nobody(write)
    assert "another user's, who would read along" in said, said
    assert planted.read_bytes() == b""


def test_what_another_user_arranges_is_not_followed(place: Path) -> None:
    """A key, an arrangement and a note of a gateway, each private and in its place, but not his who reads them."""
    arrange(place)
    path = place / FOLDER / "monitor.json"
    notes = place / "home" / ".local" / "state" / "finestream" / "gateways"
    notes.mkdir()
    note = notes / "1-00000000.json"
    note.write_text(json.dumps({"url": f"http://127.0.0.1:1/{TOKEN}", "project": "/", "pid": 1, "kind": "claude", "began": 0.0}))
    os.chown(notes.parent, NOBODY, NOBODY)
    os.chown(notes, NOBODY, NOBODY)
    for each in (path.parent.parent, path.parent, notes.parent.parent, notes.parent.parent.parent):
        each.chmod(0o755)

    def look() -> None:
        assert load_key(os.environ) is None
        assert entries(os.environ) == []
        load_arrangement(place)

    said = as_nobody(look)
    assert said.startswith("ArrangementError") and "cannot be read" in said, said
    for each in (path, note, notes.parent / "key"):
        each.chmod(0o644)
    said = as_nobody(look)
    assert said.startswith("ArrangementError") and "others may read this file" in said, said
    with pytest.raises(ArrangementError):
        load_arrangement(place)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who listens; docs/security.md says so")
def test_whoever_listens_on_the_port_of_the_monitor_gets_neither_token_nor_requests(place: Path) -> None:
    """A monitor that nobody needs has ended and left its port. A stranger takes it, and answers as a monitor would."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arrange(place, "http://127.0.0.1:9/mine", port=port)
    url = f"http://127.0.0.1:{port}/{TOKEN}"
    settings = place / ".claude" / "settings.local.json"
    settings.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": url}}))
    ready, told = os.pipe()
    stranger = os.fork()
    if stranger == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with socket.create_server(("127.0.0.1", port)) as server:
            os.write(told, b"!")
            while True:
                connection, _ = server.accept()
                os.write(told, connection.recv(65536) or b"?")
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"pid": 1}')
                connection.close()
    os.close(told)
    try:
        assert os.read(ready, 1) == b"!"
        scripts = place / ".claude" / "hooks" / "finestream"
        shutil.copytree(SCRIPTS, scripts)
        asked = json.dumps(event("SessionStart")).encode()
        ran = run("streaming_monitor", asked, place, scripts=scripts, known={"ANTHROPIC_BASE_URL": url})
        assert health(url) is None
    finally:
        os.kill(stranger, signal.SIGKILL)
        os.waitpid(stranger, 0)
    with os.fdopen(ready, "rb") as pipe:
        assert TOKEN.encode() not in pipe.read()
    assert b"gave way to http://127.0.0.1:9/mine" in ran.stdout, ran
    assert url not in settings.read_text()
