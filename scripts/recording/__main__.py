"""``scripts/recordings``: makes docs/images/*.svg anew, each from a real run."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.recording.picture import picture
from scripts.recording.stage import COLUMNS, stage
from scripts.recording.takes import TAKES

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    """Play every take and write its picture."""
    FOLDER.mkdir(exist_ok=True)
    with stage() as place:
        for take in TAKES:
            print(f"{take.name}: {take.typed}", file=sys.stderr)
            frames = take.film(place)
            shown = frames[-1:] if take.is_still else frames
            (FOLDER / f"{take.name}.svg").write_text(picture(shown, COLUMNS, take.typed), encoding="utf-8")


if __name__ == "__main__":
    main()
