"""Claude Code's settings: which files count, what beats what, and how ours gets in front without touching any of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finestream.cli.client_settings import Layers, overlaid, read_layers

URL = "http://127.0.0.1:4000/token"
OURS = {"ANTHROPIC_BASE_URL": URL, "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1"}


def put(path: Path, **env: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"env": env}))
    return path


def read(project: Path, *arguments: str, managed: Path | None = None, **environ: str) -> Layers:
    return read_layers(project, arguments, {"HOME": str(project.parent / "home"), **environ}, managed or project.parent / "none.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_without_any_file_there_is_nothing(project: Path) -> None:
    assert read(project) == Layers()


def test_the_user_has_two_files_and_may_have_them_elsewhere(project: Path) -> None:
    home = project.parent / "home"
    put(home / ".claude.json", A="old", B="old")
    put(home / ".claude" / "settings.json", A="new")
    put(project.parent / "other" / "settings.json", A="other")
    put(project.parent / "other" / ".claude.json", C="other")
    assert read(project).user == {"A": "new", "B": "old"}
    assert read(project, CLAUDE_CONFIG_DIR=str(project.parent / "other")).user == {"A": "other", "C": "other"}


def test_the_project_s_local_file_counts_for_the_work_tree(project: Path) -> None:
    """Seen on the client (2.1.330): the shared file only in the folder itself, the local one at the root of the repository, too."""
    (project / ".git").mkdir()
    put(project / ".claude" / "settings.json", A="root shared")
    put(project / ".claude" / "settings.local.json", A="root local", B="root local")
    put(project / "sub" / ".claude" / "settings.json", A="own shared", C="own shared")
    put(project / "sub" / ".claude" / "settings.local.json", B="own local")
    assert read(project / "sub").project == {"A": "root local", "B": "own local", "C": "own shared"}


def test_a_linked_work_tree_has_the_local_file_of_the_first_one(project: Path) -> None:
    main = project.parent / "main"
    (main / ".git" / "worktrees" / "project").mkdir(parents=True)
    (main / ".git" / "worktrees" / "project" / "commondir").write_text("../..\n")
    (project / ".git").write_text(f"gitdir: {main}/.git/worktrees/project\n")
    put(main / ".claude" / "settings.local.json", A="main")
    assert read(project).project == {"A": "main"}


def test_a_git_file_that_leads_nowhere_is_no_trouble(project: Path) -> None:
    (project / ".git").write_text("gitdir: /nowhere\n")
    assert read(project).project == {}


def test_managed_settings_are_apart(project: Path) -> None:
    assert read(project, managed=put(project.parent / "managed.json", A="boss")).managed == {"A": "boss"}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"env": 5}', '{"env": {"A": null, "B": []}}', "\udcff", "[" * 100_000])
def test_what_cannot_be_read_is_left_for_the_client_to_report(text: str, project: Path) -> None:
    put(project / ".claude" / "settings.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read(project).project == {}


def test_numbers_and_truth_values_are_text_and_the_mark_of_an_editor_is_none(project: Path) -> None:
    put(project / ".claude" / "settings.json").write_text('\ufeff{"env": {"A": 1, "B": true, "C": "x"}}')
    assert read(project).project == {"A": "1", "B": "true", "C": "x"}


def test_settings_of_the_command_line_are_text_or_a_file_in_the_project(project: Path) -> None:
    put(project / "mine.json", A="file")
    for arguments in (["--settings", "mine.json"], [f"--settings={project / 'mine.json'}"]):
        assert read(project, *arguments).given == {"A": "file"}
    given = read(project, "--settings", ' {"env": {"A": "text"}, "model": "opus"}')
    assert given.given == {"A": "text"}
    assert given.content == {"env": {"A": "text"}, "model": "opus"}
    assert read(project, "--settings", "missing.json").content is None


def test_the_later_layer_beats_the_one_before() -> None:
    layers = Layers({"A": "user", "B": "user", "C": "user"}, {"B": "project", "C": "project"}, {"C": "given"})
    assert layers.all == {"A": "user", "B": "project", "C": "given"}
    assert layers.trusted == {"A": "user", "B": "user", "C": "given"}


@pytest.mark.parametrize(
    ("layers", "arguments"),
    [
        (Layers(), ["-p", "hi"]),
        (Layers({"OTHER": "1"}), ["-p"]),
        (Layers(content={"model": "opus"}), ["--settings", "mine.json"]),
        (Layers({"ANTHROPIC_BASE_URL": "x"}, content=None), ["--settings", "unreadable.json"]),
    ],
)
def test_where_nothing_contradicts_the_arguments_stay_as_they_are(layers: Layers, arguments: list[str]) -> None:
    with overlaid(arguments, layers, OURS) as final:
        assert final == arguments


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        (["-p", "hi"], [], ["-p", "hi"]),
        (["-p", "--settings", "mine.json", "hi"], ["-p"], ["hi"]),
        (["--settings={}", "-p", "--settings={}"], ["--settings={}", "-p"], []),
        (["-p", "--", "--settings", "x"], [], ["-p", "--", "--settings", "x"]),
    ],
)
def test_where_something_does_ours_takes_the_place_of_the_last_settings(arguments: list[str], before: list[str], after: list[str]) -> None:
    has_own = any(argument.startswith("--settings") for argument in arguments[: arguments.index("--") if "--" in arguments else None])
    layers = Layers({"ANTHROPIC_BASE_URL": "http://other"}, content={} if has_own else None)
    with overlaid(arguments, layers, OURS) as final:
        place = len(before)
        assert final[:place] == before
        assert final[place] == "--settings"
        assert final[place + 2 :] == after
        file = Path(final[place + 1])
        assert json.loads(file.read_text()) == {"env": OURS}
        assert file.parent.stat().st_mode & 0o777 == 0o700
    assert not file.parent.exists()


def test_what_the_user_gave_stays_in_ours(project: Path) -> None:
    content = {"model": "opus", "env": {"A": "1", "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "0"}}
    layers = Layers(given={"A": "1", "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "0"}, content=content)
    with overlaid(["--settings", "x"], layers, OURS) as final:
        assert json.loads(Path(final[1]).read_text()) == {"model": "opus", "env": {"A": "1", **OURS}}
