"""Gateways of others are installed once, whole, in the version that is pinned; here from a folder of wheels."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from finestream.errors import ExamError
from finestream.exam.candidates import Package
from finestream.exam.packages import cache, install

LITTLE = Package("little-gateway", "1.5")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one wheel, which is all that pip knows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "little_gateway-1.5.dist-info"
    files = {
        "little_gateway.py": "def main():\n    print('little 1.5')\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: little-gateway\nVersion: 1.5\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nlittle = little_gateway:main\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / "little_gateway-1.5-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_package_is_installed_once_and_made_anew_when_it_is_not_whole(wheels: Path, tmp_path: Path) -> None:
    place = tmp_path / "cache"
    program = install(LITTLE, place) / "little"
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "little 1.5\n"
    (wheels / "little_gateway-1.5-py3-none-any.whl").unlink()
    assert install(LITTLE, place) / "little" == program
    # Without its stamp it may be half of one. It is not used, and now it cannot be made.
    (program.parent.parent / "finestream.stamp").unlink()
    with pytest.raises(ExamError, match=r"little-gateway==1.5 could not be installed") as raised:
        install(LITTLE, place)
    assert "No matching distribution" in Path(raised.value.path).read_text()
    assert not (program.parent.parent / "finestream.stamp").exists()


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExamError, match="XDG_CACHE_HOME"):
        install(LITTLE, tmp_path / "file")


def test_the_cache_is_the_users(home: Path) -> None:
    assert cache({}) == home / ".cache" / "finestream" / "candidates"
    assert cache({"XDG_CACHE_HOME": "relative"}) == cache({})
    assert cache({"XDG_CACHE_HOME": "/var/cache/me"}) == Path("/var/cache/me/finestream/candidates")
