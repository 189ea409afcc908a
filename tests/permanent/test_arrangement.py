"""What the installation has arranged is followed when it is whole and the user's own, and refused with what to do when not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from finestream.errors import ArrangementError
from finestream.permanent.arrangement import load_arrangement
from finestream.permanent.key import own_key
from tests.permanent.arranging import TOKEN, arrange


def test_what_was_arranged_is_read(tmp_path: Path) -> None:
    arrange(tmp_path, port=4711, command=["a", "b c"], upstream="https://api.example/v/", more={"of": "later"})
    found = load_arrangement(tmp_path)
    assert (found.port, found.token, found.command) == (4711, TOKEN, ("a", "b c"))
    assert found.upstream == "https://api.example/v"
    assert found.url == f"http://127.0.0.1:4711/{TOKEN}"


@pytest.mark.parametrize("upstream", [None])
def test_no_upstream_is_one_to_be_found_at_the_start(upstream: str | None, tmp_path: Path) -> None:
    arrange(tmp_path, upstream=upstream)
    assert load_arrangement(tmp_path).upstream is None


@pytest.mark.parametrize(
    ("member", "value", "says"),
    [
        ("port", 0, "'port' must be a port number"),
        ("port", 65536, "'port' must be a port number"),
        ("port", "80", "'port' must be a port number"),
        ("port", True, "'port' must be a port number"),
        ("token", "short", "'token' must be"),
        ("token", "with/a/slash/in/between", "'token' must be"),
        ("token", "a-line-end-behind-it\n", "'token' must be"),
        ("token", None, "'token' must be"),
        ("command", [], "'command' must be a list of texts"),
        ("command", "finestream", "'command' must be a list of texts"),
        ("command", ["finestream", 1], "'command' must be a list of texts"),
        ("project", "", "'project' must be a path"),
        ("upstream", 1, "'upstream' must be"),
        ("upstream", "ftp://x", "must be an http or https address"),
    ],
)
def test_a_wrong_member_is_named(member: str, value: Any, says: str, tmp_path: Path) -> None:
    file = arrange(tmp_path, **{member: value})
    with pytest.raises(ArrangementError) as refused:
        load_arrangement(tmp_path)
    assert says in refused.value.message
    assert refused.value.path == str(file)
    assert "install --monitor" in refused.value.fix


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "\ud83d"])
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    arrange(tmp_path).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ArrangementError):
        load_arrangement(tmp_path)


def test_a_project_without_one_is_told_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ArrangementError, match="there is no permanent monitor"):
        load_arrangement(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_one_that_others_may_read_or_write_is_not_the_users_own(mode: int, tmp_path: Path) -> None:
    """A repository that brings such a file along cannot bring its mode along."""
    arrange(tmp_path).chmod(mode)
    with pytest.raises(ArrangementError, match="others may read"):
        load_arrangement(tmp_path)


def test_one_that_was_copied_with_its_folder_is_refused(tmp_path: Path) -> None:
    """Two projects would share a port."""
    (tmp_path / "other").mkdir()
    for elsewhere in (tmp_path / "other", tmp_path / "gone"):
        arrange(tmp_path, project=str(elsewhere))
        with pytest.raises(ArrangementError, match="made for another folder"):
            load_arrangement(tmp_path)


def test_another_path_to_the_same_folder_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "project")
    arrange(tmp_path / "project")
    assert load_arrangement(tmp_path / "link").token == TOKEN


@pytest.mark.parametrize("project", ["/proc/self/cwd", ".", "/proc/self/cwd/../project", "link"])
def test_a_path_that_leads_to_any_folder_is_refused(project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone can bring it without knowing where it will lie."""
    (tmp_path / "project").mkdir()
    (tmp_path / "link").symlink_to("project")
    monkeypatch.chdir(tmp_path / "project")
    arrange(tmp_path / "project", project=project if project != "link" else str(tmp_path / "link"))
    with pytest.raises(ArrangementError, match="made for another folder"):
        load_arrangement(tmp_path / "project")


@pytest.mark.parametrize("seal", [None, 1, "", "é", "0" * 64])
def test_one_without_the_users_seal_is_refused(seal: Any, tmp_path: Path) -> None:
    """Under a strict umask a clone's files are private, too, and of an archive's or a submodule's git knows nothing."""
    file = arrange(tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"seal": seal}))
    with pytest.raises(ArrangementError, match="it may have come with a clone"):
        load_arrangement(tmp_path)


@pytest.mark.parametrize("member", ["upstream", "command", "port", "more"])
def test_one_that_was_changed_since_is_refused(member: str, tmp_path: Path) -> None:
    file = arrange(tmp_path)
    changed = {"upstream": "https://evil.example", "command": ["evil"], "port": 1, "more": 1}[member]
    file.write_text(json.dumps(json.loads(file.read_text()) | {member: changed}))
    with pytest.raises(ArrangementError, match="it may have come with a clone"):
        load_arrangement(tmp_path)


def test_one_of_another_user_is_refused(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    assert load_arrangement(tmp_path).token == TOKEN
    (home / ".local" / "state" / "finestream" / "key").unlink()
    with pytest.raises(ArrangementError, match="it may have come with a clone"):
        load_arrangement(tmp_path)
    own_key(os.environ)
    with pytest.raises(ArrangementError, match="it may have come with a clone"):
        load_arrangement(tmp_path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    file = arrange(tmp_path)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArrangementError, match="a link, or no plain file"):
        load_arrangement(tmp_path)
