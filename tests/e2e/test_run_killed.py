"""A run that is killed again and again: the same documents, nothing lost, nothing told twice, nobody left behind."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.runs import LEFT, Json, Project, Run, Started, wrong

PACING = "0.2,400"
KINDS = ("began", "handing", "part", "given", "turn", "done")  # what a kill may follow


class Reaper:
    """Kills a run at random moments, and looks meanwhile whether everything that belonged to it ends in time."""

    def __init__(self, project: Project, seed: int) -> None:
        self._project = project
        self._dice = random.Random(seed)
        self._pool = ThreadPoolExecutor()
        self._looks: list[Future[list[str]]] = []

    def strike(self) -> None:
        """Begin the run, or go on with it, and kill it in its start or a little after one of the next things that it tells."""
        started = self._go_on()
        if self._dice.random() < 0.3:
            started.wait(self._dice.uniform(0.0, 2.5))
        else:
            seen, last = count(1), self._dice.randint(1, 6)
            started.until(lambda told: told["kind"] in KINDS and next(seen) == last)
            started.wait(self._dice.uniform(0.0, 0.2))
        assert started.process.poll() is None, f"the run was over before kill {len(self._looks) + 1}"
        started.kill()
        self._looks += [self._pool.submit(run.left, run.processes(), time.monotonic() + LEFT) for run in self._project.runs]
        if self._looks and self._dice.random() < 0.5:  # else the next one begins while the clients of this one end
            self._looks[-1].result()

    def _go_on(self) -> Started:
        runs = self._project.runs
        return self._project.resume(runs[0].ident, "--json") if runs else self._project.begin("--json")

    def finish(self) -> tuple[Run, Json]:
        """Let the run come to its end."""
        code, out, err = self._go_on().finish()
        assert code == 0, out[-2000:] + err
        self._pool.shutdown()
        [run] = self._project.runs
        return run, run.summary()

    def left(self) -> list[str]:
        """Those who were there when their time was over."""
        return [process for look in self._looks for process in look.result()]


@pytest.mark.parametrize(("backend", "kills"), [("claude-code", 20), ("api", 5)])
def test_a_run_that_is_killed_again_and_again_is_the_run_that_was_not(backend: str, kills: int, tmp_path: Path) -> None:
    undisturbed = Project(tmp_path / "undisturbed", "--pacing", "0,0", "--backend", backend)
    disturbed = Project(tmp_path / "disturbed", "--pacing", PACING, "--backend", backend)
    with undisturbed.tidied(), disturbed.tidied():
        assert undisturbed.begin().finish()[0] == 0
        [calm] = undisturbed.runs
        assert not wrong(calm, calm.documents())
        reaper = Reaper(disturbed, seed=20)
        for _ in range(kills):
            reaper.strike()
        run, summary = reaper.finish()
        assert not reaper.left()
        assert not run.processes()
        assert summary["state"] == "completed"
        assert not wrong(run, calm.documents())
