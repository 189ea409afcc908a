"""What cannot be installed into is refused with its place, and left exactly as it was."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.errors import InstallError
from finestream.install import Place, install, load_assets, project_place, uninstall, user_place
from finestream.install.disk import Change
from tests.install.shipping import MeddlingDisk, contents, handler, order, ship


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    (tmp_path / "project" / ".claude").mkdir(parents=True)
    return project_place(tmp_path / "project", os.environ)


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ('{\n  // mine\n  "a": 1\n}', "2:3", "JSON has no comments"),
        ('{"a": 1 /* one */}', "1:9", "JSON has no comments"),
        ('{"a": 1,}', "1:9", "the comma before this is one too many"),
        ('{"a": [1,\n]}', "2:1", "the comma before this is one too many"),
        ("{'a': 1}", "1:2", "expected a name in double quotes, found \"'a': 1}\""),
        ('{"a" 1}', "1:6", "expected ':', found '1}'"),
        ('{"a": }', "1:7", "expected a value, found '}'"),
        ('{"a": NaN}', "1:7", "expected a value, found 'NaN}'"),
        ('{"a": 01}', "1:8", "expected ',' or '}', found '1}'"),
        ('{"a": "x\ny"}', "1:7", "this string does not end in its line, or holds something that JSON must escape"),
        ('{"a": "\\x"}', "1:7", "this string does not end in its line, or holds something that JSON must escape"),
        ('{"a": 1', "1:8", "expected ',' or '}', found the end of the file"),
        ('{"a": 1} {}', "1:10", "there is more after the end of the value: '{}'"),
        ("{\u00a0}", "1:2", "expected a name in double quotes, found '\\xa0}'"),
        ("[]", "1:1", "the settings must be an object, not array"),
        ('"x"', "1:1", 'the settings must be an object, not "x"'),
        ('{"hooks": null}', "1:11", "'hooks' must be an object, not null"),
        ('{"hooks": []}', "1:11", "'hooks' must be an object, not array"),
        ('{"hooks": "x"}', "1:11", "'hooks' must be an object, not \"x\""),
        ('{"hooks": {"Stop": {}}}', "1:20", "'hooks.Stop' must be an array, not object"),
        ('{"hooks": {"Mine": 1}, "hooks": {}}', "1:20", "'hooks.Mine' must be an array, not 1"),
        ('{"a": "\udcff"}', "1:8", "this is not UTF-8 text"),
    ],
)
def test_settings_that_cannot_be_edited_are_left_alone(text: str, where: str, says: str, place: Place, tmp_path: Path) -> None:
    path = place.root / "settings.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = contents(place.root)
    with pytest.raises(InstallError) as caught:
        install(place, order(ship(tmp_path / "shipped")), os.environ)
    assert str(caught.value).startswith(f"{path}:{where}: {says}\n")
    assert contents(place.root) == before
    assert uninstall(place, ship(tmp_path / "shipped")).is_idle  # nothing of ours is in there


def test_an_env_of_another_shape_is_in_the_way_of_a_monitor_only(place: Place, tmp_path: Path) -> None:
    assets = ship(tmp_path / "shipped")
    (place.root / "settings.local.json").write_text('{"env": null}')
    install(place, order(assets), os.environ)
    with pytest.raises(InstallError, match=r"settings.local.json:1:9: 'env' must be an object, not null"):
        install(place, order(assets, monitor=True), os.environ)


def test_broken_settings_with_something_of_ours_stop_an_uninstallation(place: Place, tmp_path: Path) -> None:
    """The entries go before the files that they name; where they cannot go, neither may the files."""
    assets = ship(tmp_path / "shipped")
    install(place, order(assets), os.environ)
    with (place.root / "settings.json").open("a") as file:
        file.write("// mine")
    before = contents(place.root)
    with pytest.raises(InstallError, match="there is more after the end"):
        uninstall(place, assets)
    assert contents(place.root) == before


def read_only(path: Path) -> Callable[[], None]:
    mode = path.stat().st_mode
    path.chmod(mode & ~0o222)
    return lambda: path.chmod(mode)


@pytest.mark.parametrize("name", ["settings.json", ".", "hooks"])
def test_what_is_read_only_stays_so(name: str, place: Place, tmp_path: Path) -> None:
    (place.root / "settings.json").write_text("{}")
    (place.root / "hooks").mkdir()
    give_back = read_only(place.root / name)
    before = contents(place.root)
    with pytest.raises(InstallError, match=r"cannot be written: .*read-only.*\n  Give yourself the permission"):
        install(place, order(ship(tmp_path / "shipped")), os.environ)
    assert contents(place.root) == before
    give_back()


def test_a_file_in_the_place_of_a_folder(place: Place, tmp_path: Path) -> None:
    place.root.rmdir()
    place.root.write_text("not a folder")
    with pytest.raises(InstallError, match=r"\.claude: this cannot be written: .*\n  A file is where a folder belongs"):
        install(place, order(ship(tmp_path / "shipped")), os.environ)
    assert place.root.read_text() == "not a folder"


def test_a_folder_in_the_place_of_a_file(place: Place, tmp_path: Path) -> None:
    (place.root / "settings.json").mkdir()
    with pytest.raises(InstallError, match=r"settings.json: this cannot be read: .*\n  A folder is where a file belongs"):
        install(place, order(ship(tmp_path / "shipped")), os.environ)


def test_a_link_to_itself(place: Place, tmp_path: Path) -> None:
    (place.root / "settings.json").symlink_to("settings.json")
    with pytest.raises(InstallError, match="leads to itself"):
        install(place, order(ship(tmp_path / "shipped")), os.environ)


def test_a_link_into_a_folder_that_is_not_there(place: Place, tmp_path: Path) -> None:
    (place.root / "settings.json").symlink_to("nowhere/settings.json")
    before = contents(place.root)
    with pytest.raises(InstallError, match="mend the link"):
        install(place, order(ship(tmp_path / "shipped")), os.environ)
    assert contents(place.root) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_disk_that_refuses_at_any_step_leaves_everything_as_it_was(code: int, place: Place, tmp_path: Path) -> None:
    assets = ship(tmp_path / "shipped")
    (place.root / "settings.json").write_text('{"model": "opus"}')
    (place.root / "agents").mkdir()
    (place.root / "agents" / "developer.md").write_text("mine")
    before = contents(place.root)

    def refuse(change: Change) -> None:
        raise OSError(code, os.strerror(code), str(change.path))

    steps = len(install(place, order(assets, monitor=True, force=True), os.environ, is_dry=True).changes)
    assert steps > 10
    for step in range(1, steps + 1):
        with pytest.raises(InstallError, match="cannot be written"):
            install(place, order(assets, monitor=True, force=True), os.environ, disk=MeddlingDisk(step, refuse))
        assert contents(place.root) == before

    install(place, order(assets, monitor=True, force=True), os.environ)
    installed = contents(place.root)
    for step in range(1, len(uninstall(place, assets, is_dry=True).changes) + 1):
        with pytest.raises(InstallError, match="cannot be written"):
            uninstall(place, assets, disk=MeddlingDisk(step, refuse))
        assert contents(place.root) == installed


def test_an_interrupt_leaves_nothing_half_installed(place: Place, tmp_path: Path) -> None:
    before = contents(place.root)

    def interrupt(change: Change) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(place, order(ship(tmp_path / "shipped")), os.environ, disk=MeddlingDisk(8, interrupt))
    assert contents(place.root) == before


def test_python_has_to_be_there(place: Place, tmp_path: Path) -> None:
    before = contents(place.root)
    with pytest.raises(InstallError, match="there is no 'python3' on the PATH"):
        install(place, order(ship(tmp_path / "shipped")), {**os.environ, "PATH": str(tmp_path)})
    assert contents(place.root) == before


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 1\n", "#!/nowhere/python\n"])
def test_python_has_to_start(program: str, place: Place, tmp_path: Path) -> None:
    """On some systems the name is that of a program that offers to install one."""
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "python3"
    stub.write_text(program)
    stub.chmod(0o755)
    with pytest.raises(InstallError, match="does not start"):
        install(place, order(ship(tmp_path / "shipped")), {**os.environ, "PATH": str(tmp_path / "bin")})


def test_a_status_line_has_to_be_there(place: Place, tmp_path: Path) -> None:
    assets = ship(tmp_path / "shipped", status_line=False)
    with pytest.raises(InstallError, match="no status line"):
        install(place, order(assets, status_line=True), os.environ)


def test_the_users_own_configuration_is_no_project(home: Path) -> None:
    (home / ".claude").mkdir()
    with pytest.raises(InstallError, match="--user"):
        project_place(home, os.environ)


def test_a_path_that_json_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"\\udcff: the name of this folder is not UTF-8"):
        user_place({"CLAUDE_CONFIG_DIR": f"{tmp_path}/\udcff"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is no hooks.json"),
        ("[]", "it holds no 'hooks'"),
        ('{"hooks": {}}', "it holds no 'hooks'"),
        ('{"hooks": {"Stop": {}}}', "its 'Stop' is not made of commands"),
        ('{"hooks": {"Stop": [{"hooks": []}]}}', "its 'Stop' is not made of commands"),
        (json.dumps({"hooks": {"Stop": [{"hooks": [handler("pre_tool")]}]}}), "its 'Stop' is not made of commands"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_copy_of_finestream_that_is_not_whole(text: str | None, says: str, tmp_path: Path) -> None:
    ship(tmp_path)
    path = tmp_path / "hooks" / "hooks.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(InstallError, match=says):
        load_assets(tmp_path.joinpath)
