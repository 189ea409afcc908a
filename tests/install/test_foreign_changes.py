"""What others have changed in between stays, and a record that is lost or a clone without one orphans nothing."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from finestream.errors import InstallError
from finestream.install import Assets, Place, install, uninstall
from finestream.install.disk import Change
from tests.install.shipping import (
    EVENTS,
    MeddlingDisk,
    contents,
    load,
    order,
    ship,
    write,
)


def test_a_foreign_change_in_between_stays(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", '{\n  "model": "opus",\n  "hooks": {\n    "Stop": []\n  }\n}\n')
    install(place, order(assets, monitor=True), os.environ)
    text = path.read_text().replace('"opus"', '"sonnet",\n  "mine": [1,  2]')
    path.write_text(text.replace('"Stop": [', '"Stop": [{"hooks": []}'))
    changed = path.read_bytes()
    assert install(place, order(assets, monitor=True), os.environ).is_idle
    assert path.read_bytes() == changed
    local = place.root / "settings.local.json"
    local.write_text(local.read_text().replace('"ENABLE_TOOL_SEARCH": "true"', '"ENABLE_TOOL_SEARCH": "false",\n    "MINE": "1"'))
    install(place, order(assets), os.environ)
    assert load(local) == {"env": {"ENABLE_TOOL_SEARCH": "false", "MINE": "1"}}
    uninstall(place, assets)
    assert path.read_text() == '{\n  "model": "sonnet",\n  "mine": [1,  2],\n  "hooks": {\n    "Stop": [{"hooks": []}]\n  }\n}\n'
    assert load(local) == {"env": {"ENABLE_TOOL_SEARCH": "false", "MINE": "1"}}


def test_a_file_of_ours_that_gets_foreign_entries_stays_with_them(place: Place, assets: Assets) -> None:
    install(place, order(assets), os.environ)
    path = place.root / "settings.json"
    path.write_text(json.dumps({**load(path), "model": "opus"}))
    uninstall(place, assets)
    assert contents(place.root) == {"settings.json": (b'{"model": "opus"}', 0o644)}


def test_what_somebody_writes_at_the_last_moment_is_not_lost(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {"model": "opus"})

    def meddle(change: Change) -> None:
        write(path, {"model": "sonnet"})

    step = 1 + [change.path for change in install(place, order(assets), os.environ, is_dry=True).changes].index(path)
    install(place, order(assets), os.environ, disk=MeddlingDisk(step, meddle))
    assert load(path)["model"] == "sonnet"
    assert len(load(path)["hooks"]) == len(EVENTS)
    uninstall(place, assets)
    assert load(path) == {"model": "sonnet"}


def test_somebody_who_writes_all_the_time_is_named(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {"count": 0})

    class Restless(MeddlingDisk):
        def carry_out(self, change: Change) -> None:
            if change.path == path:
                write(path, {"count": load(path)["count"] + 1})
            super().carry_out(change)

    with pytest.raises(InstallError, match="changes this file all the time") as caught:
        install(place, order(assets), os.environ, disk=Restless(0, None))
    assert caught.value.path == str(path)
    assert list(load(path)) == ["count"]
    assert [item.name for item in place.root.iterdir()] == ["settings.json"]


def test_many_at_once_do_not_disturb_each_other(place: Place, assets: Assets) -> None:
    write(place.root / "settings.json", {"model": "opus"})
    before = contents(place.root)
    with ThreadPoolExecutor(8) as pool:
        plans = list(pool.map(lambda _: install(place, order(assets, monitor=True), os.environ), range(8)))
    assert sorted(plan.is_idle for plan in plans) == [False] + [True] * 7
    with ThreadPoolExecutor(8) as pool:
        plans = list(pool.map(lambda _: uninstall(place, assets), range(8)))
    assert sorted(plan.is_idle for plan in plans) == [False] + [True] * 7
    assert contents(place.root) == before


@pytest.mark.parametrize("damage", [None, "", "{", "[]", '{"files": {"settings.json": {}}}'])
def test_without_a_record_all_of_ours_goes_all_the_same(damage: str | None, place: Place, assets: Assets, tmp_path: Path) -> None:
    """Such as in a clone of the project, where git has brought everything but the record."""
    install(place, order(assets, monitor=True, status_line=True), os.environ)
    record = place.root / "finestream" / "install.json"
    record.unlink() if damage is None else record.write_text(damage)
    uninstall(place, assets)
    assert not place.root.exists()


def test_a_clone_knows_the_files_of_another_version(place: Place, assets: Assets, tmp_path: Path) -> None:
    mine = write(place.root / "agents" / "mine.md", "mine")
    install(place, order(assets), os.environ)
    for path in (place.root / "finestream").rglob("*"):
        path.unlink() if path.is_file() else None
    newer = ship(tmp_path / "newer", version="2")
    plan = install(place, order(newer), os.environ)
    assert plan.report.refused == []
    (place.root / "finestream" / "install.json").unlink()
    uninstall(place, ship(tmp_path / "newest", version="3"))
    assert [path for path in sorted(place.root.rglob("*")) if path.is_file()] == [mine]


def test_scripts_are_ours_by_their_place_when_nothing_else_tells(place: Place, assets: Assets, tmp_path: Path) -> None:
    install(place, order(assets), os.environ)
    (place.root / "finestream" / "install.json").unlink()
    (place.root / "hooks" / "finestream" / "manifest.json").unlink()
    write(place.root / "hooks" / "finestream" / "mine.py", "mine")
    uninstall(place, ship(tmp_path / "newer", version="2"))
    left = [path.relative_to(place.root).as_posix() for path in sorted(place.root.rglob("*")) if path.is_file()]
    # An agent of another version cannot be told from a user's own, nor can a workflow or a command.
    foreign = ["agents/developer.md", "commands/quick-flow.md"]
    assert left == [*foreign, "finestream/.gitignore", "finestream/workflows/quick-flow.yaml", "hooks/finestream/mine.py"]


def test_a_reinstallation_after_the_record_was_lost_changes_no_settings(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", '{\n  "model": "opus"\n}')
    before = path.read_bytes()
    install(place, order(assets), os.environ)
    path.write_text(path.read_text().replace("\n}", ',\n  "mine": 1\n}'))
    (place.root / "finestream" / "install.json").unlink()
    between = path.read_bytes()
    install(place, order(assets), os.environ)
    assert path.read_bytes() == between
    uninstall(place, assets)
    assert path.read_bytes() == before.replace(b'"opus"', b'"opus",\n  "mine": 1')
