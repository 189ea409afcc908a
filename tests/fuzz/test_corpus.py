"""What is kept of each target, the inputs that once broke it among them, is tried again with each run of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import corpus
from tests.fuzz.engine import Finding, attempt
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept_breaks_nothing(name: str) -> None:
    kept = corpus.named(name)
    assert kept, "each target needs an input to begin with"
    results = {path.name: attempt(TARGETS[name], path.read_bytes()) for path in kept}
    broken = [f"{path}: {result.told}" for path, result in results.items() if isinstance(result, Finding)]
    assert not broken, "\n".join(broken)


def test_every_folder_of_the_corpus_has_a_target() -> None:
    assert {folder.name for folder in Path(corpus.FOLDER).iterdir()} == set(TARGETS)
