"""A pytest plugin: every PURE module is covered whole, by branch, by the tests of its own room.

``scripts/test`` loads it with ``-p coverage_by_module``. One run measures all: the tracer is on while tests are collected, which imports
the modules, and while a test file that belongs to a PURE module runs; each test file is a context of its own. The tests of a room are
``tests/test_ROOM*.py`` and everything under ``tests/ROOM/``. Not counted is what is marked ``untraced``: tracing doubles the time of a
test, which is a waste where it repeats in bulk what others cover. Which module is PURE says its docstring; the architecture test holds it
to that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "finestream"


def pure_modules() -> list[Path]:
    """Return the modules whose docstring says PURE before it says SHELL."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if is_pure(path.read_text(encoding="utf-8"))]


def is_pure(source: str) -> bool:
    words = re.findall(r"\b(?:PURE|SHELL)\b", ast.get_docstring(ast.parse(source)) or "")
    return words[:1] == ["PURE"]


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tests_of(room: str) -> re.Pattern[str]:
    """Return a pattern for the test files of ``room``, relative to the root."""
    return re.compile(rf"tests/(?:{room}/.*|test_{room}(?:_\w+)?\.py)$")


class Gate:
    """Measures while it must, and judges at the end."""

    def __init__(self) -> None:
        self.modules = pure_modules()
        self.rooms = {room_of(module) for module in self.modules}
        self.coverage = Coverage(data_file=None, config_file=str(ROOT / "pyproject.toml"), include=[str(path) for path in self.modules])
        # The fast tracer of Python 3.12 and later knows no contexts.
        self.coverage.set_option("run:core", "ctrace")
        self.context: str | None = None
        self.complaints: list[str] = []
        self.coverage.start()

    def pytest_collection_finish(self) -> None:
        self.coverage.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        name = item.path.relative_to(ROOT).as_posix()
        if item.get_closest_marker("untraced") or not any(tests_of(room).match(name) for room in self.rooms):
            return (yield)
        self.coverage.start()
        if name != self.context:
            self.coverage.switch_context(name)
            self.context = name
        try:
            return (yield)
        finally:
            self.coverage.stop()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.complaints = [complaint for module in self.modules for complaint in self.judge(module)]
        if self.complaints and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("branch coverage of each PURE module by its own tests")
        for complaint in self.complaints:
            terminalreporter.line(complaint)
        terminalreporter.line(f"{len(self.modules)} modules, {len(self.complaints)} not covered whole")

    def judge(self, module: Path) -> Iterator[str]:
        data = self.coverage.get_data()
        own = [name for name in data.measured_contexts() if tests_of(room_of(module)).match(name)]
        # What ran during collection, a module's own statements, is in the context without a name.
        data.set_query_contexts([f"^{re.escape(name)}$" for name in ["", *own]])
        _, _, _, missing, _ = self.coverage.analysis2(str(module))
        partial = [
            line for line, (exits, taken) in self.coverage.branch_stats(str(module)).items() if taken < exits and line not in missing
        ]
        found = [f"lines never run: {spans(missing)}"] * bool(missing) + [f"branches not taken at: {spans(partial)}"] * bool(partial)
        if found:
            room = room_of(module)
            yield f"{module.relative_to(ROOT)}: {'; '.join(found)} (what counts: tests/test_{room}*.py and tests/{room}/)"


def spans(lines: list[int]) -> str:
    """Write 1, 2, 3, 7 as 1-3, 7."""
    groups: list[list[int]] = []
    for line in sorted(lines):
        if groups and line == groups[-1][-1] + 1:
            groups[-1].append(line)
        else:
            groups.append([line])
    return ", ".join(f"{group[0]}-{group[-1]}" if len(group) > 1 else str(group[0]) for group in groups)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure before the first test module is imported."""
    config.pluginmanager.register(Gate(), "coverage_by_module_gate")
