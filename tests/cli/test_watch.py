"""``finestream watch`` as a process beside a monitor: on a terminal, in a pipe, as JSON; and what hostile streams cannot do to it."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from finestream.simulator.background import running
from finestream.simulator.scenes import Call, many
from finestream.simulator.script import Fault, Script
from tests.cli.monitoring import ask, monitor
from tests.cli.starting import FINESTREAM, PYTHONPATH, finish, start
from tests.show.screen import Screen
from tests.terminal import Terminal, terminal

EVIL = "\x1b[2J\x1b]0;owned\x07\u202e\x9b31m\r"
_DRAWN = re.compile(r"\x1b\[(?:\?25[hl]|[0-9]*[AKJ]|[0-9;]*m)")
_COLOURS = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3|4|9|10)[0-7]\b")
TEXT = "".join(f"line {number} of the text\n" for number in range(400))


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".claude").mkdir(parents=True)
    (folder / ".claude" / "finestream.yaml").write_text("backoff: [0.5s]\n")
    return folder


def script(path: str = "docs/a.md", text: str = TEXT, *, pace: float = 1000.0, fault: Fault | tuple[Fault, ...] = ()) -> Script:
    return many([Call("Write", {"file_path": path, "content": text}, fault)], tokens_per_second=pace)


@contextmanager
def asked(project: Path, played: Script) -> Iterator[threading.Thread]:
    """A monitor of the project, and a client that has asked something through it."""
    with running(played) as upstream, monitor(project, "--upstream", upstream.url) as (_, said):
        client = threading.Thread(target=ask, args=(said["url"],))
        client.start()
        yield client
        client.join()


@contextmanager
def asked_without_end(project: Path) -> Iterator[None]:
    """The same, with an answer that is still being written when the context ends, and ends with it."""
    with running(script(pace=20)) as upstream:
        with monitor(project, "--upstream", upstream.url) as (_, said):
            client = threading.Thread(target=_ask_in_vain, args=(said["url"],))
            client.start()
            yield
        client.join()


@contextmanager
def watching(project: Path, *arguments: str, **variables: str) -> Iterator[Terminal]:
    """Watch in a terminal."""
    known = {"PYTHONPATH": PYTHONPATH, "HOME": str(project.parent / "home"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **variables}
    with terminal([*FINESTREAM, "watch", *arguments], project, known) as screen:
        yield screen


def left(screen: Terminal, width: int = 120) -> Screen:
    """What stands on the screen in the end."""
    grid = Screen(width)
    grid.feed(screen.raw)
    return grid


def test_a_stream_grows_before_ones_eyes_and_ctrl_c_leaves_a_clean_screen(project: Path) -> None:
    with watching(project) as screen:
        before = screen.modes
        screen.expect("No monitor runs for")
        screen.expect("finestream claude")
        with asked(project, script()):
            screen.expect(r"main +Write +docs/a\.md +[1-9]\.\d KB .* streaming")
            for width in (40, 300, 72, 120):
                screen.resize(width, 20)
                screen.press("")
                screen.expect(r"\d\.\d KB")
            screen.expect(r"8\.\d KB")
            screen.expect("done")
        screen.expect("No monitor runs")
        screen.press("\x03")
        assert screen.wait() == 130
        assert screen.modes == before
        assert screen.raw.endswith("\x1b[?25h")
        # Behind the last drawing comes nothing but what takes it away.
        assert re.search(r"\r\x1b\[\d+A\x1b\[J\x1b\[\?25h$", screen.raw)


def test_a_cut_and_its_continuation_are_seen(project: Path) -> None:
    with watching(project) as screen, asked(project, script(fault=Fault("reset", at=4000))):
        screen.expect("continuing 1/2")
        screen.expect(r"8\.\d KB .* continued")


def test_nothing_that_comes_from_a_stream_is_obeyed_and_colours_can_be_left_out(project: Path) -> None:
    with watching(project, "--text", NO_COLOR="1") as screen, asked(project, script(f"{EVIL}.md", (EVIL + "漢字\n") * 300, pace=3000)):
        screen.expect(r"\\x1b\[2J.*\.md")
        screen.expect(r"\| .*漢字")
        screen.expect("done")
        raw = screen.raw.replace("\r\n", "\n")
        rest = _DRAWN.sub("", raw)
        assert not set(rest) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert not _COLOURS.search(raw)


def test_a_terminal_that_can_do_nothing_gets_lines(project: Path) -> None:
    with watching(project, TERM="dumb") as screen:
        screen.expect("No monitor runs")
        with asked(project, script()):
            screen.expect(r"main: streaming Write")
            screen.expect(r"main: done Write docs/a\.md \(8\.\d KB, 400 lines, \d+ chunks\)")
        assert "\x1b" not in screen.raw


def lines_until(process: Any, word: str) -> list[str]:
    """Read lines up to the one in which a word stands."""
    found = [""]
    while word not in found[-1]:
        line = process.stdout.readline()
        assert line, (found, process.stderr.read())
        found.append(line)
    return found[1:]


def test_in_a_pipe_there_is_a_line_for_each_thing_that_matters(project: Path) -> None:
    with start("watch", "--project", str(project), folder=project.parent) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("No monitor runs for")
        with asked(project, script(f"{EVIL}.md", fault=Fault("reset", at=4000))):
            said = "".join(lines_until(process, "done, continued"))
        assert "continuing, attempt 1 of 2 Write" in said
        assert said.isascii()
        assert not set(said) - {"\n"} & set(map(chr, range(32)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_json_is_one_object_a_line_and_bytes_grow(project: Path) -> None:
    with start("watch", "--all", "--json", folder=project.parent) as process:
        with asked(project, script(f"{EVIL}.md")):
            said = lines_until(process, '"ended"')
        assert all(line.isascii() and line.isprintable() for line in map(str.rstrip, said))
        events = [event for event in map(json.loads, said) if event.get("tool")]
        assert {event["project"] for event in events} == {str(project)}
        assert {event["kind"] for event in events} == {"monitor"}
        sizes = [event["bytes"] for event in events]
        assert sizes == sorted(sizes)
        assert len(set(sizes)) > 5
        assert (events[-1]["outcome"], events[-1]["target"], events[-1]["lines"]) == ("complete", f"{EVIL}.md", 400)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr and process.stderr.read() == ""


def test_a_monitor_that_is_killed_and_another_one_in_its_place(project: Path) -> None:
    with start("watch", "--json", folder=project) as process, running(script(pace=200)) as upstream:
        for _ in range(2):
            with monitor(project, "--upstream", upstream.url) as (gateway, said):
                client = threading.Thread(target=_ask_in_vain, args=(said["url"],))
                client.start()
                lines_until(process, '"progress"')
                gateway.kill()
                (*_, last) = lines_until(process, '"ended"')
                assert json.loads(last)["outcome"] == "gateway gone"
                client.join()


def _ask_in_vain(url: str) -> None:
    with suppress(HTTPException, OSError):
        ask(url)


def test_once_tells_how_it_stands(project: Path) -> None:
    code, out, err = finish("watch", "--once", folder=project)
    assert (code, err) == (0, "")
    assert out == f"No monitor runs for {project}.\nStart a session behind one: finestream claude\n"
    assert finish("watch", "--once", "--json", folder=project) == (0, "", "")
    with start("watch", "--json", "--text", folder=project) as process, asked_without_end(project):
        lines_until(process, "line 0 of the text")
        code, out, _ = finish("watch", "--once", "--text", folder=project)
        assert code == 0
        assert re.search(r"1 stream\n.*\n.*main +Write +docs/a.md +\d.* streaming", out)
        assert "| line " in out
        (found,) = map(json.loads, finish("watch", "--once", "--json", folder=project)[1].splitlines())
        assert (found["event"], found["tool"], found["state"]) == ("snapshot", "Write", "streaming")
        other = finish("watch", "--once", folder=project.parent)[1]
        assert "Of other projects there is: 1 monitor; see: finestream watch --all" in other
        assert "docs/a.md" in finish("watch", "--once", "--all", folder=project.parent)[1]


def test_a_reader_that_leaves_is_no_fault(project: Path) -> None:
    with start("watch", "--json", folder=project) as process, asked(project, script()):
        lines_until(process, '"progress"')
        assert process.stdout
        process.stdout.close()
        assert process.wait(60) == 1
        assert process.stderr and process.stderr.read() == ""
