"""The architecture, held by reading every module's syntax tree: who imports whom, what PURE means, and how long things may get."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "finestream"

# A PURE room may import those that stand before it.
PURE = (
    *("errors", "quantities", "printable", "settings", "catalog", "sse", "scanner", "events", "message", "repair", "recovery", "monitor"),
    *("story", "figures", "capture", "handoff"),
)
# Rooms that are read before anything else is there.
LOWEST = {"quantities": set[str](), "printable": set[str](), "settings": {"errors", "quantities"}, "catalog": {"errors", "quantities"}}
# A SHELL room may import every PURE one, itself, and of the other shells these. `cli`, `workflow` and `demo` put others together.
SHELL = {
    "plainfile": set[str](),
    "journal": set[str](),
    "index": {"journal"},
    "gateway": {"journal"},
    "telemetry": set[str](),
    "shipped": set[str](),
    "install": {"plainfile", "shipped", "permanent"},
    "permanent": set[str](),
    "doctor": {"plainfile", "journal", "install", "permanent"},
    "roster": {"permanent"},
    "watch": {"roster", "show"},
    "web": {"roster", "show", "watch", "workflow"},
    "simulator": set[str](),
    "exam": {"simulator"},
    "show": set[str](),
    "demo": {"journal", "gateway", "simulator", "workflow"},
    "workflow": {"plainfile", "journal", "gateway", "install", "simulator", "show"},
    "cli": {
        *("plainfile", "shipped", "doctor", "demo", "exam", "journal", "gateway", "install", "permanent", "roster", "simulator", "show"),
        *("watch", "workflow", "index", "telemetry", "web"),
    },
    "__main__": {"cli"},
}
# The simulated model reads a continuation as a real one does, from the request. It must not know our side of the bargain.
FORBIDDEN = {"simulator": {"recovery", "monitor", "repair"}}

# Of the standard library, what neither acts nor looks around: no I/O, clock, randomness, environment, logging, threads.
PURE_LIBRARY = {
    *("__future__", "abc", "ast", "base64", "binascii", "bisect", "codecs", "collections", "collections.abc", "contextlib", "copy"),
    *("dataclasses", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json", "math"),
    *("operator", "re", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "zlib"),
}
PURE_PACKAGES = {
    "settings": {"yaml"},
    "catalog": {"yaml", "jsonschema"},
    "simulator": {"yaml"},
    "workflow": {"jsonschema", "referencing"},
    "repair": {"json_repair", "jsonschema", "referencing"},
}
IMPURE_BUILTINS = {"open", "print", "input", "breakpoint", "__import__", "exec", "eval"}

FILE_LINES, FUNCTION_LINES, BRANCHES, POSITIONALS = 300, 50, 9, 4


class Module(NamedTuple):
    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def room(self) -> str:
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    @property
    def claim(self) -> str:
        """Return PURE or SHELL, whichever the docstring says first; a module is held to what it says."""
        words: list[str] = re.findall(r"\b(?:PURE|SHELL)\b", ast.get_docstring(self.tree) or "")
        return words[0] if words else "nothing"


def parse(path: Path) -> Module:
    return Module(path, ast.parse(path.read_text(encoding="utf-8"), str(path)))


@cache
def modules() -> tuple[Module, ...]:
    return tuple(parse(path) for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py")


def everything() -> Iterator[Path]:
    for folder in ("src", "tests", "benchmarks", "scripts", "hooks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, those in functions and for typing too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import with the full name, so that this test can follow it"
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{alias.name}" if module == "finestream" else module) for alias in node.names)


def rooms_imported(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in imports(module.tree):
        parts = name.split(".")
        if parts[0] == "finestream" and len(parts) > 1 and not parts[1].startswith("__version"):
            yield line, parts[1]


def permitted(room: str) -> set[str]:
    """Return the rooms that ``room`` may import, itself included."""
    if room in PURE:
        return {room} | LOWEST.get(room, set(PURE[: PURE.index(room)]))
    return {room, *PURE, *SHELL[room]} - FORBIDDEN.get(room, set())


def faults(module: Module) -> Iterator[str]:
    for line, room in rooms_imported(module):
        if room not in permitted(module.room):
            yield f"{module.name}:{line}: {module.room} may not import {room}"
    if module.claim == "PURE":
        yield from impurities(module)


def impurities(module: Module) -> Iterator[str]:
    allowed = PURE_LIBRARY | PURE_PACKAGES.get(module.room, set())
    pure_modules = {other.path for other in modules() if other.claim == "PURE"}
    for line, name in imports(module.tree):
        if not name.startswith("finestream"):
            if name not in allowed and name.partition(".")[0] not in allowed:
                yield f"{module.name}:{line}: PURE code may not import {name}"
        elif name.count(".") > 1 and not {PACKAGE / f"{sub(name)}.py", PACKAGE / sub(name) / "__init__.py"} & pure_modules:
            yield f"{module.name}:{line}: PURE code may not import {name}, which is SHELL"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_BUILTINS:
            yield f"{module.name}:{node.lineno}: PURE code may not call {node.func.id}"


def sub(name: str) -> str:
    return name.removeprefix("finestream.").replace(".", "/")


def listed(wrong: list[str]) -> str:
    return "\n" + "\n".join(wrong)


def test_every_module_says_which_kind_it_is_and_a_pure_room_is_pure() -> None:
    wrong = [f"{module.name}: say PURE or SHELL in the docstring" for module in modules() if module.claim == "nothing"]
    wrong += [f"{module.name}: the room is PURE" for module in modules() if module.room in PURE and module.claim == "SHELL"]
    wrong += [f"{module.name}: name the room in this test" for module in modules() if module.room not in {*PURE, *SHELL}]
    assert not wrong, listed(wrong)


def test_every_import_goes_in_the_right_direction_and_pure_code_is_pure() -> None:
    wrong = [fault for module in modules() for fault in faults(module)]
    assert not wrong, listed(wrong)


@pytest.mark.parametrize(
    ("room", "code", "complaint"),
    [
        ("sse", "import time", "PURE code may not import time"),
        ("sse", "def f():\n    from os.path import join", "PURE code may not import os.path"),
        ("sse", "import urllib.request", "PURE code may not import urllib.request"),
        ("sse", "import urllib", "PURE code may not import urllib"),
        ("sse", "import logging.handlers", "PURE code may not import logging.handlers"),
        ("sse", "import aiohttp", "PURE code may not import aiohttp"),
        ("sse", "import json_repair", "PURE code may not import json_repair"),
        ("sse", "print('x')", "PURE code may not call print"),
        ("sse", "from finestream.monitor import Monitor", "sse may not import monitor"),
        ("sse", "from finestream import monitor", "sse may not import monitor"),
        ("sse", "import finestream.gateway.server", "sse may not import gateway"),
        ("settings", "from finestream.sse import Frame", "settings may not import sse"),
        ("monitor", "from finestream.journal.journal import Journal", "monitor may not import journal"),
    ],
)
def test_a_planted_fault_is_found(room: str, code: str, complaint: str) -> None:
    module = Module(PACKAGE / f"{room}.py", ast.parse(f'"""PURE."""\n{code}'))
    assert any(fault.endswith(complaint) or complaint in fault for fault in faults(module))


@pytest.mark.parametrize(
    ("room", "target", "is_permitted"),
    [
        ("monitor", "scanner", True),
        ("scanner", "monitor", False),
        ("gateway", "journal", True),
        ("journal", "gateway", False),
        ("gateway", "cli", False),
        ("cli", "simulator", True),
        ("simulator", "recovery", False),
        ("simulator", "sse", True),
    ],
)
def test_the_table_of_directions(room: str, target: str, is_permitted: bool) -> None:
    assert (target in permitted(room)) == is_permitted


def test_a_pure_module_of_a_shell_may_not_import_the_shell() -> None:
    module = Module(PACKAGE / "journal" / "scrubbing.py", ast.parse('"""PURE."""\nfrom finestream.journal.lines import LineFile'))
    assert [fault.partition(": ")[2] for fault in faults(module)] == ["PURE code may not import finestream.journal.lines, which is SHELL"]


def test_relative_imports_are_refused() -> None:
    with pytest.raises(AssertionError, match="full name"):
        list(imports(ast.parse("from . import sse")))


@pytest.mark.parametrize("path", list(everything()), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_grows_too_long(path: Path) -> None:
    module = parse(path)
    wrong = []
    if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES:
        wrong.append(f"{module.name}: more than {FILE_LINES} lines: split it")
    is_product = path.is_relative_to(PACKAGE)
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            wrong += [f"{module.name}:{node.lineno}: {node.name} has {what}" for what in excesses(node, is_product)]
    assert not wrong, listed(wrong)


def excesses(function: ast.FunctionDef | ast.AsyncFunctionDef, is_product: bool) -> Iterator[str]:
    """Yield what is too much. How a test branches is its own affair."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    lines = (function.body[-1].end_lineno or 0) - first.lineno + 1
    if lines > FUNCTION_LINES:
        yield f"{lines} lines (at most {FUNCTION_LINES})"
    if not is_product:
        return
    branching = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.With, ast.AsyncWith, ast.BoolOp, ast.comprehension)
    branches = sum(isinstance(node, branching) for node in ast.walk(function))
    if branches > BRANCHES:
        yield f"{branches} branches (at most {BRANCHES})"
    arguments = [argument for argument in function.args.posonlyargs + function.args.args if argument.arg not in ("self", "cls")]
    if len(arguments) > POSITIONALS:
        yield f"{len(arguments)} positional parameters (at most {POSITIONALS}, then keyword-only)"
