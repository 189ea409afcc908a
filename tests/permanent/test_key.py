"""The user's own key: made once, private, and never replaced."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from finestream.errors import InstallError
from finestream.permanent.key import own_key
from finestream_hooks.seals import is_sealed, load_key, sealed
from tests.cli.starting import environment


@pytest.fixture
def place(home: Path) -> Path:
    return home / ".local" / "state" / "finestream" / "key"


def test_it_is_made_once_and_private(place: Path) -> None:
    key = own_key(os.environ)
    assert key == own_key(os.environ) == load_key(os.environ)
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700
    assert list(place.parent.iterdir()) == [place]


def test_it_lies_where_the_user_keeps_such_things(tmp_path: Path, place: Path) -> None:
    for state, where in ((str(tmp_path / "state"), tmp_path / "state" / "finestream" / "key"), ("state", place)):
        key = own_key({**os.environ, "XDG_STATE_HOME": state})
        assert where.read_bytes().strip() == key


def test_looking_makes_none(place: Path) -> None:
    assert own_key(os.environ, is_dry=True) != own_key(os.environ, is_dry=True)
    assert not place.exists()
    assert own_key(os.environ) == own_key(os.environ, is_dry=True)


def test_of_many_that_make_it_at_once_all_have_the_same(place: Path) -> None:
    code = "import os; from finestream.permanent.key import own_key; input(); print(own_key(os.environ).decode())"
    pipe = subprocess.PIPE
    makers = [subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True, env=environment()) for _ in range(4)]
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("\n")
        maker.stdin.flush()
    assert {maker.communicate(timeout=60)[0].strip() for maker in makers} == {place.read_text().strip()}
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("there", ["short", "shared", "link", "folder", "pipe"])
def test_what_is_no_key_of_the_users_is_none_and_stays(place: Path, there: str) -> None:
    place.parent.mkdir(parents=True)
    if there == "folder":
        place.mkdir()
    elif there == "pipe":
        os.mkfifo(place, 0o600)
    elif there == "link":
        (place.parent / "elsewhere").write_text("0" * 64)
        (place.parent / "elsewhere").chmod(0o600)
        place.symlink_to("elsewhere")
    else:
        place.write_text("0" * (64 if there == "shared" else 63))
        place.chmod(0o644 if there == "shared" else 0o600)
    before = place.lstat()
    assert load_key(os.environ) is None
    with pytest.raises(InstallError, match="this is no private file of yours") as refused:
        own_key(os.environ)
    assert refused.value.path == str(place)
    assert place.lstat() == before


def test_without_a_home_or_a_place_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="Set HOME"):
        own_key({})
    (tmp_path / "file").write_text("")
    with pytest.raises(InstallError, match="the key cannot be written"):
        own_key({"HOME": str(tmp_path / "file")})


def test_a_seal_is_of_one_content_and_one_key(home: Path) -> None:
    key = own_key(os.environ)
    content = {"a": [1, "ü\ud800", None], "b": {"c": True}}
    assert is_sealed(dict(reversed(sealed(content, key).items())))
    assert sealed(sealed(content, key), key) == sealed(content, key)
    assert not is_sealed(sealed(content, b"0" * 64))
    assert not is_sealed(sealed(content, key) | {"a": [1, "ü\ud800", 0]})
    assert not is_sealed(content)
