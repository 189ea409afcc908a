"""What is tried: a table of names and checks."""

from __future__ import annotations

from tests.fuzz.engine import Target
from tests.fuzz.targets import files, responses, streams, texts

TARGETS: dict[str, Target] = {target.name: target for target in (*streams.TARGETS, *texts.TARGETS, *responses.TARGETS, *files.TARGETS)}
