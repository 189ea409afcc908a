"""requirements.lock holds one version, with hashes, of all that an installation needs; scripts/lock writes it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="ascii")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
AGAIN = "run scripts/lock"


def entries() -> dict[str, tuple[str, str]]:
    """Each name with its version and the rest of its entry."""
    text = LOCK.replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = {}
    for line in lines:
        match = re.fullmatch(r"([a-z0-9-]+)==([^ ;]+)(.*)", line)
        assert match, f"{line}: {AGAIN}"
        found[match[1]] = (match[2], match[3])
    assert len(found) == len(lines)
    return found


def missing(wanted: Iterable[Requirement], locked: dict[str, tuple[str, str]]) -> list[str]:
    """What is wanted here, and not there in a version that fits."""
    needed = [each for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    known = {each: locked.get(canonicalize_name(each.name)) for each in needed}
    return [str(each) for each, entry in known.items() if entry is None or not each.specifier.contains(entry[0], prereleases=True)]


def wished() -> Iterator[Requirement]:
    extras = PROJECT["project"]["optional-dependencies"]
    texts = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    texts += [each for name, wanted in extras.items() if name != "dev" for each in wanted]
    yield from map(Requirement, texts)


def test_it_satisfies_the_project_with_the_extras_of_its_users() -> None:
    assert missing(wished(), entries()) == [], AGAIN


def test_nothing_is_missing_that_those_need_which_are_in_it() -> None:
    """Installed with hashes alone, one that is not there fails the whole."""
    locked, installed = entries(), {str(canonicalize_name(each.name)): each for each in metadata.distributions()}
    looked_at = [installed[name] for name in locked if name in installed]
    assert len(looked_at) > 40
    wanted = [Requirement(text) for each in looked_at for text in each.requires or ()]
    assert missing(wanted, locked) == [], AGAIN


def test_every_version_has_its_hashes_and_nothing_says_where_it_comes_from() -> None:
    for name, (_, rest) in entries().items():
        assert re.fullmatch(r"( ; [^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *", rest), name
    assert "://" not in LOCK and "index" not in LOCK and " @ " not in LOCK
