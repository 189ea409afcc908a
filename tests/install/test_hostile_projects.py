"""A clone brings whatever its author has put into it: a record, a list, links. None of it leads out of the project."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.errors import InstallError
from finestream.install import Assets, Place, foreign_environment, install, project_place, uninstall, user_place
from finestream.install.record import digest
from finestream_hooks.fallback import fall_back
from tests.install.shipping import contents, order, write


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    (tmp_path / "project" / ".claude").mkdir(parents=True)
    write(home / ".profile", "mine")
    return project_place(tmp_path / "project", os.environ)


@pytest.mark.parametrize("path", ["../../home/.profile", "hooks/finestream/../../../../home/.profile", "agents//../../../home/.profile"])
def test_records_and_lists_name_files_of_ours_alone(path: str, place: Place, assets: Assets, home: Path) -> None:
    known = digest(b"mine")
    entry = {"sha256": known, "original": base64.b64encode(b"evil").decode(), "copy": path}
    write(place.root / "finestream" / "install.json", {"folders": ["../..", "../../home"], "files": {path: entry, "agents/x.md": entry}})
    write(place.root / "hooks" / "finestream" / "manifest.json", {"files": {path: known, str(home / ".profile"): known}})
    install(place, order(assets), os.environ)
    uninstall(place, assets)
    assert contents(home) == {".profile": (b"mine", 0o644)}


def forged(place: Place) -> Path:
    """A record that knows the bytes of the user's settings, and other ones that were there before."""
    write(place.root / "settings.json", "{}")
    write(place.root / "settings.local.json", "{}")
    evil = {"sha256": digest(b"{}"), "original": base64.b64encode(b'{"env": {"A": "evil"}}').decode(), "fallback": '{"env": {"A": "evil"}}'}
    files = {"settings.json": evil, "settings.local.json": evil, "agents/developer.md": evil}
    return write(place.root / "finestream" / "install.json", {"folders": [], "files": files})


def cloned(record: Path) -> None:
    record.chmod(0o644)


def linked(record: Path) -> None:
    record.rename(record.with_name("elsewhere")).chmod(0o600)
    record.symlink_to("elsewhere")


def tracked(record: Path) -> None:
    record.chmod(0o600)  # as a clone's is under a strict umask
    project = record.parents[2]
    for command in (["init", "--quiet"], ["add", "--force", str(record)]):
        subprocess.run(["git", *command], cwd=project, check=True)


@pytest.mark.parametrize("come", [cloned, tracked])
def test_a_record_that_is_not_the_users_own_gives_nothing_back(come: Callable[[Path], None], place: Place, assets: Assets) -> None:
    come(forged(place))
    uninstall(place, assets)
    assert (place.root / "settings.json").read_text() == "{}"
    assert (place.root / "settings.local.json").read_text() == "{}"
    come(forged(place))
    install(place, order(assets, monitor=True), os.environ)
    assert foreign_environment(place, "settings.local.json") == {}
    uninstall(place, assets)
    assert "evil" not in str(contents(place.root))


def test_a_record_that_was_copied_is_the_users_own_again_after_an_installation(place: Place, assets: Assets) -> None:
    record = place.root / "finestream" / "install.json"
    install(place, order(assets), os.environ)
    record.chmod(0o644)
    warned = [".claude/finestream/install.json may have come with a clone, and was not believed"]
    assert install(place, order(assets), os.environ).report.warnings == warned
    assert record.stat().st_mode & 0o777 == 0o600
    assert install(place, order(assets), os.environ).report.warnings == []


@pytest.mark.parametrize("come", [cloned, linked])
def test_a_fall_back_uses_no_record_that_is_not_the_users_own(come: Callable[[Path], None], place: Place) -> None:
    record = forged(place)
    come(record)
    fall_back(str(place.project), str(record.parent), port=1, upstream="https://api.example", token="{}")
    assert (place.root / "settings.local.json").read_text() == "{}"


def test_a_list_names_nothing_of_the_users_own(place: Place, assets: Assets) -> None:
    """It travels with a clone, and its author may know the bytes of what lies elsewhere, such as settings that everybody has."""
    mine = {"settings.json": "{}\n", "settings.local.json": "{}", "agents/mine.md": "mine", "finestream/workflows/mine.yaml": "mine"}
    mine |= {"commands/mine.md": "mine"}
    for path, text in mine.items():
        write(place.root / path, text)
    listed = {path: digest(text.encode()) for path, text in mine.items()}
    write(place.root / "hooks" / "finestream" / "manifest.json", {"files": listed})
    uninstall(place, assets)
    assert {path: (place.root / path).read_text() for path in mine} == mine
    write(place.root / "hooks" / "finestream" / "manifest.json", {"files": listed})
    install(place, order(assets), os.environ)
    assert (place.root / "agents" / "mine.md").exists()
    assert (place.root / "commands" / "mine.md").exists()
    assert (place.root / "finestream" / "workflows" / "mine.yaml").exists()


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("agents", "../../home"),
        ("commands", "../../home"),
        ("finestream", "../../home"),
        ("hooks", "../../home"),
        ("hooks/finestream", "../../../home"),
        ("hooks/finestream/finestream_hooks", "../../../../home"),
        ("hooks/finestream/manifest.json", "../../../../home/.profile"),
        ("finestream/install.json", "../../../home/.profile"),
        ("finestream/.gitignore", "../../../home/.profile"),
        ("finestream/agents", "../../../home"),
        ("finestream/monitor.json", "../../../home/nothing"),
    ],
)
def test_links_where_only_ours_belongs_are_refused(link: str, target: str, place: Place, assets: Assets, home: Path) -> None:
    path = place.root / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    before = contents(home), contents(place.root)
    refusal = r"this is a link, and leads to something that is not ours\n  .* remove the link"
    with pytest.raises(InstallError, match=refusal):
        install(place, order(assets, monitor=True, force=True), os.environ)
    with pytest.raises(InstallError, match=refusal):
        uninstall(place, assets)
    assert (contents(home), contents(place.root)) == before


@pytest.mark.parametrize("target", ["../home", "elsewhere"])
def test_settings_that_lie_elsewhere_are_refused(target: str, tmp_path: Path, assets: Assets, home: Path) -> None:
    project = tmp_path / "project"
    (project / "elsewhere").mkdir(parents=True)
    (project / ".claude").symlink_to(target)
    place = project_place(project, os.environ)
    before = contents(home), contents(project)
    refusal = r"this is a link, so everything would go into another folder\n  Make it a folder"
    with pytest.raises(InstallError, match=refusal):
        install(place, order(assets), os.environ)
    with pytest.raises(InstallError, match=refusal):
        uninstall(place, assets)
    assert (contents(home), contents(project)) == before


def test_the_users_own_settings_may_lie_anywhere(tmp_path: Path, assets: Assets, home: Path) -> None:
    for folder in ("dotfiles", "agents"):
        (tmp_path / folder).mkdir()
    (home / ".claude").symlink_to(tmp_path / "dotfiles")
    (home / ".claude" / "agents").symlink_to(tmp_path / "agents")
    install(user_place(os.environ), order(assets), os.environ)
    assert (tmp_path / "agents" / "developer.md").exists()
    uninstall(user_place(os.environ), assets)
    assert contents(tmp_path / "agents") == {}


@pytest.mark.parametrize(
    "path", ["agents/developer.md", "agents/old.md", "commands/quick-flow.md", "hooks/finestream/finestream_hooks/__init__.py"]
)
@pytest.mark.parametrize("text", ["mine", "# 1\n"])
def test_a_link_was_not_installed_whatever_its_bytes_are(text: str, path: str, place: Place, assets: Assets, home: Path) -> None:
    """Its author may know the bytes of the file that it leads to, such as those that every home begins with."""
    write(home / ".profile", text)
    write(place.root / path, "").unlink()
    (place.root / path).symlink_to(home / ".profile")
    write(place.root / "hooks" / "finestream" / "manifest.json", {"files": {path: digest(text.encode())}})
    refused = install(place, order(assets, force=True), os.environ).report.refused
    assert refused == ([] if "old" in path else [f".claude/{path} is a link, and stays as it is"])
    uninstall(place, assets)
    assert (place.root / path).is_symlink()
    assert contents(home) == {".profile": (text.encode(), 0o644)}


def test_compiled_scripts_are_removed_from_our_folder_alone(place: Place, assets: Assets, home: Path) -> None:
    write(home / "cache" / "x.pyc", "mine")
    install(place, order(assets), os.environ)
    (place.root / "hooks" / "finestream" / "finestream_hooks" / "__pycache__").symlink_to(home / "cache")
    uninstall(place, assets)
    assert (home / "cache" / "x.pyc").exists()


def test_settings_that_are_of_no_concern_may_be_anything(place: Place, assets: Assets) -> None:
    write(place.root / "settings.local.json", "{ // mine\n}")
    before = contents(place.root)
    assert install(place, order(assets), os.environ).report.warnings == []
    assert uninstall(place, assets).report.kept == []
    assert contents(place.root) == before


def test_an_address_that_somebody_has_pasted_goes_with_the_rest(place: Place, assets: Assets) -> None:
    """It leads to a monitor that is long dead, and would keep the client from the API."""
    for name in ("settings.json", "settings.local.json"):
        write(place.root / name, {"env": {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:9/{'x' * 32}", "A": "1"}})
    install(place, order(assets), os.environ)
    assert install(place, order(assets), os.environ).is_idle
    uninstall(place, assets)
    for name in ("settings.json", "settings.local.json"):
        assert json.loads((place.root / name).read_text()) == {"env": {"A": "1"}}
