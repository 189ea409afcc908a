"""What an uninstallation does with what runs have left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from finestream.install import Assets, Place, Plan, install, uninstall
from tests.install.shipping import (
    contents,
    order,
    write,
)


def test_no_entry_ever_names_a_file_that_is_not_there(place: Place, assets: Assets) -> None:
    """So that a session in between, or a process that is killed half-way, finds scripts without entries and never the other way round."""

    def order_of(plan: Plan) -> list[str]:
        return [change.path.relative_to(place.root).as_posix() for change in plan.changes]

    coming = order_of(install(place, order(assets, monitor=True), os.environ, is_dry=True))
    assert coming[0] == "finestream/install.json"
    assert coming[-1] == "settings.local.json"
    install(place, order(assets), os.environ)
    between = order_of(install(place, order(assets, monitor=True), os.environ, is_dry=True))
    assert between[-2:] == ["settings.json", "settings.local.json"]
    install(place, order(assets, monitor=True), os.environ)
    changing = order_of(install(place, order(assets), os.environ, is_dry=True))
    assert changing[-1] == "finestream/monitor.json"
    leaving = order_of(uninstall(place, assets, is_dry=True))
    assert leaving[0] == "settings.local.json"
    assert leaving[-2:] == ["finestream/install.json", "finestream/.gitignore"]


class TestWhatRunsLeaveBehind:
    """The journal, the hooks' memory, compiled scripts."""

    @pytest.fixture
    def used(self, place: Place, assets: Assets) -> Place:
        install(place, order(assets, monitor=True), os.environ)
        state = place.root / "finestream"
        told = [("t1", "surfaced"), ("t1", "surfaced"), ("t2", "failed: x"), ("t2", "recovered"), ("t3", "given_up")]
        lines = [json.dumps({"INVALID_JSON": "{", "tool_use_id": call, "outcome": outcome}) + "\n" for call, outcome in told]
        write(state / "streaming-errors.log", "".join(lines[1:]) + '{"half')
        write(state / "streaming-errors.log.1", lines[0])
        for name in (
            "events.jsonl",
            "events.jsonl.1",
            "monitor.lock",
            "figures.sqlite",
            "streaming-metrics.json",
            "agents/a1",
            "mended/t.json",
            "failures/f.json",
        ):
            write(state / name, "")
        for folder in (place.root / "hooks" / "finestream", place.root / "hooks" / "finestream" / "finestream_hooks"):
            write(folder / "__pycache__" / "x.cpython-311.pyc", "")
        return place

    def test_goes_and_what_is_lost_is_said(self, used: Place, assets: Assets) -> None:
        before = contents(used.root)
        said = ["with the log goes what arrived of 2 tool inputs that never came through; --keep-logs keeps it"]
        assert uninstall(used, assets, is_dry=True).report.warnings == said
        assert contents(used.root) == before
        plan = uninstall(used, assets)
        assert plan.report.warnings == said
        assert ".claude/finestream/streaming-errors.log" in plan.report.removed
        assert not used.root.exists()

    @pytest.mark.parametrize("has_session", [True, False])
    def test_a_monitor_ends_unless_a_session_needs_it(self, has_session: bool, used: Place, assets: Assets) -> None:
        state = used.root / "finestream"
        write(state / "monitor.sessions", json.dumps({"s": os.getpid()} if has_session else {}))
        program = f"import fcntl, os, sys, time; f = open(r'{state / 'monitor.lock'}', 'w'); fcntl.flock(f, fcntl.LOCK_EX)"
        program += "; f.write(str(os.getpid())); f.flush(); print('locked', flush=True); sys.stdin.read()"
        with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as monitor:
            assert monitor.stdout and monitor.stdout.readline() == b"locked\n"
            uninstall(used, assets, is_dry=True)
            assert monitor.poll() is None
            warnings = uninstall(used, assets).report.warnings
            if has_session:
                assert "goes on as it was for 1 open sessions" in warnings[-1]
                monitor.communicate()
            else:
                assert monitor.wait(30) == -signal.SIGTERM

    def test_the_logs_may_stay(self, used: Place, assets: Assets) -> None:
        plan = uninstall(used, assets, keeps_logs=True)
        assert plan.report.warnings == []
        left = [path.name for path in sorted(used.root.rglob("*")) if path.is_file()]
        assert left == [".gitignore", "events.jsonl", "events.jsonl.1", "streaming-errors.log", "streaming-errors.log.1"]

    def test_what_is_not_ours_stays(self, used: Place, assets: Assets) -> None:
        for name in ("finestream/notes.txt", "finestream/workflows/mine.yaml", "hooks/finestream/mine.py", "hooks/other.sh"):
            write(used.root / name, "mine")
        plan = uninstall(used, assets)
        assert plan.report.kept == [".claude/finestream/notes.txt: not ours", ".claude/finestream/workflows/mine.yaml: not ours"]
        left = [path.relative_to(used.root).as_posix() for path in sorted(used.root.rglob("*")) if path.is_file()]
        mine = ["finestream/notes.txt", "finestream/workflows/mine.yaml", "hooks/finestream/mine.py", "hooks/other.sh"]
        assert left == ["finestream/.gitignore", *mine]
