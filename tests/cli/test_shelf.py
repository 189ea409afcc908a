"""The shelf: which files count, in which order, and what becomes of those that cannot be read."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_named, load_shelf, print_table, write
from finestream.errors import FinestreamError

AGENT = "---\nname: {}\ndescription: Use when needed.\n---\n\nDo it.\n"


def put(project: Path, name: str, text: str = AGENT, *, below: str = "") -> Path:
    path = project / ".claude" / "agents" / below / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(name) if text is AGENT else text, encoding="utf-8")
    return path


def test_the_projects_come_first_and_hide_the_shipped_ones(tmp_path: Path) -> None:
    put(tmp_path, "zoologist")
    put(tmp_path, "developer")
    put(tmp_path, "botanist", below="sub folder")
    (tmp_path / ".claude" / "agents" / "notes.txt").write_text("not an agent")
    found = load_shelf(AGENTS, tmp_path)
    assert [(volume.name, volume.origin) for volume in found[:4]] == [
        *(("developer", "project"), ("botanist", "project"), ("zoologist", "project"), ("analyst", "shipped")),
    ]
    assert [volume.origin for volume in found if volume.name == "developer"] == ["project"]
    assert definitions(found)["developer"].body == "Do it."


def test_a_broken_one_of_the_project_hides_the_shipped_one_too(tmp_path: Path) -> None:
    put(tmp_path, "developer", "no keys")
    found = [volume for volume in load_shelf(AGENTS, tmp_path) if volume.name == "developer"]
    assert [(volume.origin, volume.definition) for volume in found] == [("project", None)]
    assert "developer" not in definitions(found)


def test_without_a_project_there_are_the_shipped_ones(tmp_path: Path) -> None:
    assert {volume.origin for volume in load_shelf(WORKFLOWS, tmp_path / "nowhere")} == {"shipped"}
    assert len(load_shelf(WORKFLOWS, tmp_path)) == 3


def test_of_two_with_one_name_the_first_is_used(tmp_path: Path) -> None:
    paths = [put(tmp_path, "one", AGENT.format("one"), below=below) for below in ("a", "b")]
    assert definitions(load_named(AGENTS, paths))["one"].path == str(paths[0])


def test_files_and_folders_can_be_named(tmp_path: Path) -> None:
    path = put(tmp_path, "one")
    assert [volume.name for volume in load_named(AGENTS, [path, tmp_path])] == ["one", "one"]
    with pytest.raises(FinestreamError, match="is not there"):
        load_named(AGENTS, [tmp_path / "two.md"])


def test_what_is_no_text_is_a_finding_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_bytes(b"---\nname: one\ndescription: Use when the caf\xe9 closes.\n---\n")
    (volume,) = load_named(AGENTS, [tmp_path])
    assert volume.definition is None
    assert [(each.rule, each.line) for each in volume.findings] == [("not-utf8", 3)]


def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    # A link to itself: even for root there is nothing to read.
    link = tmp_path / "one.md"
    link.symlink_to(link)
    with pytest.raises(FinestreamError):
        load_named(AGENTS, [link])
    (tmp_path / "folder.md").mkdir()
    from finestream.cli import shelf

    volume = shelf._load(AGENTS, tmp_path / "folder.md", "named")
    assert [each.rule for each in volume.findings] == ["unreadable"]


def test_what_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "one.md"
    with path.open("wb") as file:
        file.truncate(2**31)
    (volume,) = load_named(AGENTS, [path])
    assert [each.rule for each in volume.findings] == ["too-big"]


def test_a_missing_one_is_told_with_a_near_name(tmp_path: Path) -> None:
    found = load_shelf(AGENTS, tmp_path)
    assert find_volume(found, AGENTS, "qa").name == "qa"
    with pytest.raises(FinestreamError, match="Did you mean 'architect'"):
        find_volume(found, AGENTS, "architekt")
    with pytest.raises(FinestreamError, match="There are: analyst, architect"):
        find_volume(found, AGENTS, "lawyer")


def test_a_drawing_is_shown_on_a_terminal_that_knows_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii", write_through=True))
    write("├─●  café")
    assert buffer.getvalue() == b"+-*  caf?\n"


def test_a_table_is_not_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([["A", "BB", "C"], ["aaa", "b", "c" * 500]])
    assert capsys.readouterr().out == f"A    BB  C\naaa  b   {'c' * 500}\n"


class Terminal(io.StringIO):
    """One that says that it is one."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (80, ["RUN      STATE  REQUEST", "20 日本  done   make a page of many words"]),
        (30, ["RUN      STATE  REQUEST", "20 日本  done   make a page o…"]),
        (24, ["RUN  STATE  REQUEST", "20 日本  done", "  make a page of many w…"]),
        (10, ["RUN  STATE", "  REQUEST", "20 日本", "  done", "  make a …"]),
    ],
)
def test_a_table_has_room_on_any_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, shown: list[str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table([["RUN", "STATE", "REQUEST"], ["20 日本", "done", "make a page of many words"]])
    assert terminal.getvalue().splitlines() == shown
