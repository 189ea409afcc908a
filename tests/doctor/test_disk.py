"""The journal can be written, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from finestream.doctor.disk import check_journal
from finestream.doctor.findings import Finding
from tests.doctor.patients import patient


def look(project: Path) -> Finding:
    (found,) = check_journal(patient(project))
    return found


def test_it_can_be_made_or_written_and_looking_leaves_nothing(tmp_path: Path) -> None:
    assert look(tmp_path).severity == "fine"
    assert list(tmp_path.iterdir()) == []
    folder = tmp_path / ".claude" / "finestream"
    folder.mkdir(parents=True)
    assert "git" in look(tmp_path).message
    (folder / ".gitignore").write_text("*\n")
    assert look(tmp_path).severity == "fine"
    assert [path.name for path in folder.iterdir()] == [".gitignore"]


@pytest.mark.parametrize("place", [".claude", ".claude/finestream"])
def test_a_file_where_a_folder_should_be(place: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("")
    assert look(tmp_path).severity == "broken"


@pytest.mark.parametrize("place", [".claude", ".claude/finestream"])
def test_a_link_where_a_folder_should_be(place: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    found = look(tmp_path)
    assert (found.severity, f"{tmp_path / place} is a link" in found.message, "folder in its place" in found.fix) == ("broken", True, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
