"""A plan as a diff: ``git apply`` makes of what is there what was promised, whatever the line ends, empty files and last lines."""

from __future__ import annotations

import subprocess
from itertools import permutations
from pathlib import Path

import pytest

from finestream.install.differences import difference

TEXTS = [None, b"", b"a\n", b"a", b"a\r\nb\r\n", b"\n\n", b"a\nb\x0bc\x0c\x1c\xc2\x85\xe2\x80\xa8d\n", "\u00e9 \ufeff\n".encode()]


@pytest.mark.parametrize(("before", "after"), list(permutations(TEXTS, 2)))
def test_it_can_be_applied(before: bytes | None, after: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "a file.txt"
    if before is not None:
        file.write_bytes(before)
    diff = difference(file.name, before, after)
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (file.read_bytes() if file.exists() else None) == after


def test_what_is_private_is_only_named() -> None:
    assert difference("x", b"secret", b"more", is_private=True) == "Files a/x and b/x differ (private, not shown)\n"
    assert difference("x", None, b"more", is_private=True) == "Files /dev/null and b/x differ (private, not shown)\n"
