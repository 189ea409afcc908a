"""Runs that are kept in PostgreSQL: the same runs, in a database that they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.postgres import PASSWORD, server
from tests.e2e.runs import Project, Run, wrong


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", "--pacing", "0.2,800", "--backend", "api")
    with made.tidied():
        yield made


def check_complete(run: Run) -> None:
    assert run.summary()["state"] == "completed"
    assert not wrong(run, run.documents())
    assert not (run.path / "run.sqlite").exists()
    assert not [path for path in run.path.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize("backend", ["claude-code", "api"])
def test_a_run_is_killed_and_goes_on(backend: str, database: str, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", "--pacing", "0.2,400", "--backend", backend)
    with project.tidied():
        started = project.begin("--json", "--database", database)
        assert started.until(lambda told: told["kind"] == "part" and told["step"] == "left")
        started.kill()
        [run] = project.runs
        code, out, err = project.resume(run.ident, "--database", database).finish()
        assert code == 0, out + err
        assert PASSWORD not in out + err
        assert len([entry for entry in run.entries("left") if entry["kind"] == "began"]) == 2
        check_complete(run)


def test_runs_in_one_database_do_not_disturb_each_other(database: str, project: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "other", *project.options)
    with other.tidied():
        killed = project.begin("--json", "--database", database)
        assert killed.until(lambda told: told["kind"] == "part" and told["step"] == "left")
        killed.kill()
        started = other.begin("--json", "--database", database)
        assert started.until(lambda told: told["kind"] == "part")
        [first], [second] = project.runs, other.runs
        code, out, err = project.resume(first.ident, "--database", database).finish()
        assert code == 0, out + err
        code, out, err = started.finish()
        assert code == 0, out + err
        check_complete(first)
        check_complete(second)


def test_a_run_that_is_kept_there_is_asked_for_where(database: str, project: Project) -> None:
    started = project.begin("--json", "--database", database)
    assert started.until(lambda told: told["kind"] == "part")
    started.kill()
    [run] = project.runs
    code, _, err = project.resume(run.ident).finish()
    assert code == 1
    assert "Name it again with --database." in err


def test_a_database_that_is_not_there_is_told_without_its_password(project: Project) -> None:
    code, out, err = project.begin("--database", f"postgresql://finestream:{PASSWORD}@127.0.0.1:1/postgres").finish()
    assert code == 1, out + err
    assert "database" in err and "Traceback" not in err
    assert PASSWORD not in out + err
