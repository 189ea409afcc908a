"""What was copied is there, as it was; what somebody has made of it is named and left alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from finestream.doctor import Finding, Patient, read_sheets
from finestream.doctor.copies import check_copies
from finestream.install import Assets, install, project_place, user_place
from tests.doctor.patients import patient
from tests.install.shipping import order, ship

SCRIPT, AGENT, WORKFLOW = "hooks/finestream/pre_tool.py", "agents/developer.md", "finestream/workflows/quick-flow.yaml"


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return ship(tmp_path / "shipped")


def look(project: Path, assets: Assets) -> list[Finding]:
    return list(check_copies(patient(project, assets=assets.files.keys())))


def test_where_nothing_is_installed_nothing_is_said(project: Path, assets: Assets) -> None:
    assert look(project, assets) == []


def test_all_as_it_was_is_fine(project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    (found,) = look(project, assets)
    assert (found.severity, f"all {len(assets.files)} copies" in found.message) == ("fine", True)


@pytest.mark.parametrize(("path", "severity"), [(SCRIPT, "warning"), (AGENT, "fine"), (WORKFLOW, "fine")])
@pytest.mark.parametrize("how", ["text", "link", "pipe", "folder"])
def test_an_edited_one_is_named_and_nobody_mends_it(how: str, path: str, severity: str, project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    file = project / ".claude" / path
    before = file.read_bytes()
    file.unlink()
    if how == "text":
        file.write_bytes(before + b"# mine\n")
    elif how == "link":
        (project / "same").write_bytes(before)
        file.symlink_to(project / "same")
    elif how == "pipe":
        os.mkfifo(file)
    else:
        file.mkdir()
    (found,) = look(project, assets)
    assert (found.severity, found.mend, found.facts) == (severity, None, {"edited": [path]})
    assert found.message == f"{file} was edited since it was installed; an upgrade leaves it alone"
    assert severity == "fine" or "--force', which keeps a copy" in found.fix


@pytest.mark.parametrize(("path", "severity"), [(SCRIPT, "broken"), (AGENT, "warning"), (WORKFLOW, "warning")])
def test_a_missing_one_is_named_and_can_be_mended(path: str, severity: str, project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    file = project / ".claude" / path
    file.unlink()
    (found,) = look(project, assets)
    assert (found.severity, found.facts, str(file) in found.message) == (severity, {"missing": [path]}, True)
    assert found.mend is not None and "doctor --fix" in found.fix


def test_in_a_clone_without_a_record_the_user_installs(project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    shutil.rmtree(project / ".claude" / "finestream")
    (project / ".claude" / "hooks" / "finestream" / "manifest.json").unlink()
    (found,) = look(project, assets)
    assert (found.severity, found.mend, "finestream install" in found.fix) == ("warning", None, True)
    assert "manifest.json is missing" in found.message


def test_many_are_not_listed_one_by_one(project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    for path in assets.files:
        (project / ".claude" / path).unlink()
    broken, warning = look(project, assets)
    assert " and " in broken.message and " more " in broken.message
    assert " more " in warning.message


def test_few_are_all_named(project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    gone = next(path for path in assets.files if path.endswith(".md"))
    (project / ".claude" / gone).unlink()
    (warning,) = look(project, assets)
    assert gone in warning.message and " more" not in warning.message


def test_a_list_that_came_with_a_clone_names_nothing_of_the_users_own(project: Path, assets: Assets) -> None:
    install(project_place(project, os.environ), order(assets), os.environ)
    manifest = project / ".claude" / "hooks" / "finestream" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"files": {', '"files": {"../../home/.profile": "0", "settings.json": "0",'))
    assert [found.severity for found in look(project, assets)] == ["fine"]


def test_the_users_own_are_looked_at_too(project: Path, assets: Assets, home: Path) -> None:
    install(user_place(os.environ), order(assets), os.environ)
    (home / ".claude" / SCRIPT).write_text("mine")
    sheets = read_sheets([("user", home / ".claude.json"), ("user", home / ".claude" / "settings.json")])
    (found,) = check_copies(Patient(project, os.environ, sheets, assets=assets.files.keys()))
    assert (found.severity, str(home / ".claude" / SCRIPT) in found.message) == ("warning", True)
