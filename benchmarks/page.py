"""Runs the other benchmarks, or those that are named, and puts what they print into docs/performance.md.

python -m benchmarks.page [NAME...]
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    """Measure, and write the page anew."""
    page = PAGE.read_text()
    for name in sys.argv[1:] or re.findall(r"<!-- (\w+) -->", page):
        printed = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], capture_output=True, text=True, check=True, cwd=PAGE.parents[1]
        )
        when = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.system()}"
        block = f"<!-- {name} -->\n\n```\n{printed.stdout.strip()}\n```\n\n({when}: `python -m benchmarks.{name}`)\n"
        [old] = re.findall(rf"(?s)<!-- {name} -->.*?(?=\n## |\Z)", page)
        page = page.replace(old, block)
    PAGE.write_text(page.rstrip() + "\n")


if __name__ == "__main__":
    main()
