"""What is shipped is found in the repository and in a wheel."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from finestream import __version__, shipped
from finestream.shipped import folder

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("name", "file"), [("agents", "architect.md"), ("workflows", "quick-flow.yaml"), ("commands", "quick-flow.md")])
def test_the_repository_holds_it(name: str, file: str) -> None:
    assert (folder(name) / file).is_file()


def test_the_plugin_has_the_version_of_the_package() -> None:
    assert json.loads((ROOT / ".claude-plugin" / "plugin.json").read_text())["version"] == __version__


def test_a_wheel_holds_it_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "finestream"
    (package / "_shipped" / "agents").mkdir(parents=True)
    shutil.copy(shipped.__file__, package)
    (package / "__init__.py").touch()
    code = "from finestream.shipped import folder; print(folder('agents'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert Path(done.stdout.strip()) == package / "_shipped" / "agents"
