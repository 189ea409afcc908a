"""What the README tells a newcomer to type is typed here, in its order, and does what it says there. The marked examples, whose output the
README shows, are in tests/test_readme.py.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

from finestream.simulator.background import running
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from tests.e2e.real_client import environment, settle
from tests.e2e.test_interactive import READY, type_in, words
from tests.terminal import terminal

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
NOTES = " ".join(f"note {number}" for number in range(100))


class Newcomer(NamedTuple):
    """Somebody with a copy of the repository, a project, and an environment in which nothing of finestream is known yet."""

    copy: Path
    project: Path
    environment: dict[str, str]

    def types(self, text: str, folder: Path, **variables: str) -> str:
        """Run lines of a shell, and return what they print."""
        done = subprocess.run(
            ["bash", "-euc", text],
            cwd=folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory, claude: Path) -> Newcomer:
    folder = tmp_path_factory.mktemp("newcomer")
    project, copy, programs = folder / "your-project", folder / "copy", folder / "programs"
    project.mkdir()
    settle(folder / "home", project)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    # What finestream needs is found where this process has it: that pip can fetch it has been seen when this environment was made.
    venv.create(folder / "venv", with_pip=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "known.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs.mkdir()
    (programs / "claude").symlink_to(claude)
    known = environment(folder / "home")
    del known["PYTHONPATH"]
    known["PATH"] = f"{folder / 'venv' / 'bin'}:{programs}:{known['PATH']}"
    return Newcomer(copy, project, known)


def test_every_block_is_typed_by_a_test() -> None:
    """A block that is added needs a test here; those of the verbs are typed by test_demo and below."""
    assert [block.split("\n")[0].split("#")[0].strip() for block in BLOCKS] == [
        "./scripts/demo",
        "./scripts/test",
        "python3 -m pip install .",
        "python3 -m pip install --require-hashes -r requirements.lock",
        "cd your-project",
        "finestream install --dry-run",
        "finestream doctor",
        "claude plugin marketplace add PATH_OF_THE_CLONE",
    ]


def test_the_tests_are_run_by_one_command() -> None:
    done = subprocess.run(
        ["bash", "-euc", f"{BLOCKS[1].strip()} -q tests/test_errors.py"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE)


def test_from_the_installation_to_its_end(newcomer: Newcomer) -> None:
    for way in BLOCKS[2:4]:
        assert "Successfully installed finestream" in newcomer.types(way, newcomer.copy)
    assert Path(newcomer.types("command -v finestream", newcomer.copy).strip()).is_relative_to(newcomer.copy.parent / "venv")
    _talk(newcomer)
    installed = newcomer.types(BLOCKS[5], newcomer.project)
    assert "settings.local.json" in installed
    cut = _write_behind_a_cut(newcomer)
    doctor, watch, page, logs, recover, uninstall = BLOCKS[6].splitlines()
    newcomer.types(doctor, newcomer.project)
    with terminal(["bash", "-c", f"exec {watch}"], newcomer.project, newcomer.environment) as screen:
        screen.expect("Nothing streams|[0-9] stream")
        screen.press("\x03")
        assert screen.wait() == 130
    with terminal(["bash", "-c", f"exec {page}"], newcomer.project, newcomer.environment) as screen:
        said = screen.expect(r"http://127\.0\.0\.1:\d+/[\w-]+/finestream/dashboard/\s+finestream: .*(?:as long as it runs|Ctrl-C ends it)")
        if "Ctrl-C ends it" in said:  # the monitor has ended meanwhile
            screen.press("\x03")
        assert screen.wait() == (130 if "Ctrl-C ends it" in said else 0)
    assert cut in newcomer.types(logs, newcomer.project)
    assert NOTES[:100] in newcomer.types(re.sub(r"\bID\b", cut, recover), newcomer.project)
    newcomer.types(uninstall, newcomer.project)
    assert [(path.name, path.read_text()) for path in newcomer.project.rglob("*") if path.is_file()] == [("notes.md", NOTES)]


def _talk(newcomer: Newcomer) -> None:
    script = Script((Route((Turn((Text("Greetings from the simulator."),)),)),))
    with running(script) as upstream:
        known = newcomer.environment | {"ANTHROPIC_BASE_URL": upstream.url}
        with terminal(["bash", "-euc", BLOCKS[4]], newcomer.project.parent, known) as screen:
            screen.expect(READY)
            type_in(screen, "hello", "hello")
            screen.expect(words("Greetings from the simulator."))
            type_in(screen, "/exit", words("Exit the CLI"))
            assert screen.wait() == 0


def _write_behind_a_cut(newcomer: Newcomer) -> str:
    """Have a session in which an input breaks off and is continued; return its id."""
    told = ToolUse("Write", {"file_path": str(newcomer.project / "notes.md"), "content": NOTES})
    turns = (Turn((told,), (Fault("reset", at=300),)), Turn((Text("Done."),)))
    with running(Script((Route(turns),))) as upstream:
        newcomer.types("finestream claude -- -p go --permission-mode acceptEdits", newcomer.project, ANTHROPIC_BASE_URL=upstream.url)
    found = [json.loads(line) for line in newcomer.types("finestream logs --errors --json", newcomer.project).splitlines()]
    return str(next(each["tool_use_id"] for each in found if each.get("tool_use_id")))


def test_the_clone_is_a_plugin(newcomer: Newcomer) -> None:
    newcomer.types(BLOCKS[7].replace("PATH_OF_THE_CLONE", str(newcomer.copy)), newcomer.project, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    assert "finestream@finestream" in newcomer.types("claude plugin list", newcomer.project, ANTHROPIC_BASE_URL="http://127.0.0.1:9")
