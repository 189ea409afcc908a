"""Installing, upgrading, trying out and uninstalling in any order, while somebody else writes in the same project."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from finestream.install import Place, install, uninstall
from finestream.install.places import project_place
from tests.install.shipping import contents, order, ship, write
from tests.install.test_round_trip import FLAVOURS, foreign, read

MEMORY = Path("/dev/shm")  # where there is one: each of hundreds of files is synced, and that takes its time on a disk
SETTINGS = ("settings.json", "settings.local.json")
FORMS = [
    '{\n  "model": "opus",\n  "hooks": {\n    "Stop": []\n  }\n}\n',
    '{"env": {"A": "1"}, "hooks": {"Stop": [{"hooks": []}], "PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}}',
    '{\r\n\t"statusLine": {"type": "command", "command": "mine"},\r\n\t"b": [1,2]\r\n}',
    "{}",
    "{\n}",
    '{"env":{}}',
]
OWN_FILES = ("agents/developer.md", "commands/quick-flow.md", "finestream/workflows/quick-flow.yaml")
FOREIGN_FILES = ("agents/mine.md", "hooks/mine.py", "hooks/finestream/mine.py", "commands/deep/mine.md", "finestream/mine.txt")


class Project(RuleBasedStateMachine):
    """``base`` is what each settings file would be if finestream had never been here; None: it would not be there."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        folder = Path(self._folder.name)
        (folder / "project").mkdir()
        self.place: Place = project_place(folder / "project", os.environ)
        self.shipped = {version: ship(folder / version, version=version) for version in ("1", "2")}
        self.base: dict[str, bytes | None] = dict.fromkeys(SETTINGS)
        self.files: dict[str, bytes] = {}
        self.is_installed = False
        self.was_there: dict[str, bool] = {}
        self.edits = 0

    @initialize(forms=st.lists(st.sampled_from([None, *FORMS]), min_size=2, max_size=2))
    def begin(self, forms: list[str | None]) -> None:
        for name, form in zip(SETTINGS, forms, strict=True):
            if form is not None:
                self.path(name).parent.mkdir(exist_ok=True)
                self.path(name).write_bytes(form.encode())
                self.base[name] = form.encode()

    def path(self, name: str) -> Path:
        return self.place.root / name

    # -- we ----------------------------------------------------------------------------------------------------------------------------

    @rule(version=st.sampled_from(["1", "2"]), flavour=st.sampled_from(sorted(FLAVOURS)), is_dry=st.booleans())
    def install(self, version: str, flavour: str, is_dry: bool) -> None:
        before = contents(self.place.root)
        ordered = order(self.shipped[version], **{**FLAVOURS[flavour], "force": False})
        install(self.place, ordered, os.environ, is_dry=is_dry)
        if is_dry:
            assert contents(self.place.root) == before
            return
        if not self.is_installed:
            self.was_there = {name: self.base[name] is not None for name in SETTINGS}
        self.is_installed = True
        again = contents(self.place.root)
        assert install(self.place, ordered, os.environ).is_idle
        assert contents(self.place.root) == again

    @rule(version=st.sampled_from(["1", "2"]), is_dry=st.booleans())
    def uninstall(self, version: str, is_dry: bool) -> None:
        before = contents(self.place.root)
        uninstall(self.place, self.shipped[version], is_dry=is_dry)
        if is_dry:
            assert contents(self.place.root) == before
            return
        self.is_installed = False
        for name in SETTINGS:
            self.check_given_back(name)
        left = {path.relative_to(self.place.root).as_posix() for path in self.place.root.rglob("*") if path.is_file()}
        if any(name.startswith("finestream/") for name in self.files):  # what hides their file from git stays with it
            left.discard("finestream/.gitignore")
        assert left == set(self.files) | {name for name in SETTINGS if self.base[name] is not None}

    def check_given_back(self, name: str) -> None:
        base, path = self.base[name], self.path(name)
        if base is None:
            assert not path.exists()
        elif self.was_there.get(name, True):
            assert path.read_bytes() == base, f"{name} is not what it was"
        else:  # we made it and somebody has written into it: its members are theirs, its spelling is ours
            assert foreign(read(path)) == foreign(base.decode())
            self.base[name] = path.read_bytes()

    # -- others ------------------------------------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(SETTINGS), value=st.sampled_from(['"x"', "[1,  2]", '{"a": {}}', "null"]))
    def add_a_member(self, name: str, value: str) -> None:
        """Somebody puts a member first into a settings file, or makes one."""
        self.edits += 1
        mine = f'"mine{self.edits}": {value}'
        if self.is_installed and not foreign((self.base[name] or b"{}").decode()):
            self.was_there[name] = False  # beside nothing but ours, the commas around it are those of ours
        now = self.path(name).read_bytes() if self.path(name).exists() else None
        self.path(name).parent.mkdir(exist_ok=True)
        self.path(name).write_bytes(put_first(now, mine))
        self.base[name] = put_first(self.base[name], mine)

    @rule(name=st.sampled_from(FOREIGN_FILES), text=st.sampled_from(["a", "b\r\n", ""]))
    def write_a_file(self, name: str, text: str) -> None:
        """Somebody has a file beside ours."""
        write(self.path(name), text + " ")
        self.files[name] = self.path(name).read_bytes()

    @rule(name=st.sampled_from(OWN_FILES))
    def edit_ours(self, name: str) -> None:
        """Somebody changes a file that we have brought, or writes one of that name: it is theirs from then on."""
        self.edits += 1
        before = self.path(name).read_bytes() if self.path(name).exists() else b"mine\n"
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(before + f"edited {self.edits}\n".encode())
        self.files[name] = self.path(name).read_bytes()

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete_a_file(self, data: Any) -> None:
        """They take one of their files away."""
        name = data.draw(st.sampled_from(sorted(self.files)))
        self.path(name).unlink()
        del self.files[name]

    # -- what holds --------------------------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_of_theirs_is_lost(self) -> None:
        for name, data in self.files.items():
            assert self.path(name).read_bytes() == data, f"{name} was changed"
        for name in SETTINGS:
            base = self.base[name]
            assert foreign(read(self.path(name))) == foreign(base.decode() if base else ""), f"{name} lost something"

    def teardown(self) -> None:
        try:
            self.uninstall(version="2", is_dry=False)
        finally:
            self._folder.cleanup()


def put_first(data: bytes | None, member: str) -> bytes:
    """Write a member behind the opening bracket of a settings file."""
    text = data or b"{}"
    at = text.index(b"{") + 1
    is_empty = text[at:].lstrip().startswith(b"}")
    return text[:at] + member.encode() + (b"" if is_empty else b", ") + text[at:]


TestProject = Project.TestCase
TestProject.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
