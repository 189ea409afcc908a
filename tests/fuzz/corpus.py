"""The inputs that are kept: one folder for each target. A name tells what an input is about, or is the hash of what the fuzzer found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
_LONGEST_KEPT = 1500  # bytes of what the fuzzer adds by itself


def load(target: str, folder: Path = FOLDER) -> list[bytes]:
    """Read what is kept of a target."""
    return [path.read_bytes() for path in sorted((folder / target).glob("*"))]


def named(target: str, folder: Path = FOLDER) -> list[Path]:
    """List what is kept of a target."""
    return sorted((folder / target).glob("*"))


def save(folder: Path, data: bytes, kind: str = "") -> Path:
    """Write an input under the name that its content gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}{sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def short(inputs: Iterable[bytes]) -> Sequence[bytes]:
    """Those that are small enough to be kept for good, the shortest first."""
    return sorted({data for data in inputs if len(data) <= _LONGEST_KEPT}, key=lambda data: (len(data), data))
