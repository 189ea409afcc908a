"""What the hooks are made of: the standard library and Python 3.9, whoever runs them; and what is shipped is what is registered."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from tests.hooks.running import SCRIPTS
from tests.test_architecture import BRANCHES, PURE_LIBRARY, excesses, parse

FILES = sorted(SCRIPTS.rglob("*.py"))
MODULES = [path for path in FILES if path.parent.name == "finestream_hooks" and path.name != "__init__.py"]
# C modules that neither act nor look around; the others of those that the fast path uses do.
PURE_BUILTINS = {"_json"}


def imported(tree: ast.AST) -> set[str]:
    nodes = list(ast.walk(tree))
    return {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names} | {
        str(node.module) if str(node.module) != "finestream_hooks" else f"finestream_hooks.{node.names[0].name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_python_3_9_and_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    foreign = {name for name in imported(tree) if name.partition(".")[0] not in {*sys.stdlib_module_names, "finestream_hooks"}}
    assert not foreign


def _library_of(path: Path) -> set[str]:
    return {name for name in imported(ast.parse(path.read_text(encoding="utf-8"))) if not name.startswith("finestream_hooks")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_it_says_which_kind_it_is_and_is_that(path: Path) -> None:
    module = parse(path)
    assert module.claim in ("PURE", "SHELL")
    if module.claim == "PURE":
        assert not _library_of(path) - PURE_LIBRARY - PURE_BUILTINS
        ours = {name.rpartition(".")[2] for name in imported(module.tree) if name.startswith("finestream_hooks.")} - {"memory"}
        assert all(parse(SCRIPTS / "finestream_hooks" / f"{name}.py").claim == "PURE" for name in ours)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_function_does_one_thing(path: Path) -> None:
    functions = [node for node in ast.walk(parse(path).tree) if isinstance(node, ast.FunctionDef)]
    wrong = [f"{node.name} has {what} ({BRANCHES})" for node in functions for what in excesses(node, True)]
    assert not wrong


def test_every_event_has_its_script_and_a_deadline() -> None:
    hooks = json.loads((SCRIPTS / "hooks.json").read_text(encoding="utf-8"))["hooks"]
    scripts = {"PreToolUse": "pre_tool", "PostToolUse": "post_tool", "PostToolUseFailure": "post_tool"}
    assert set(hooks) == {*scripts, "PostToolBatch", "SessionStart", "SessionEnd", "SubagentStart", "SubagentStop", "StopFailure"}
    for event, groups in hooks.items():
        script = scripts.get(event, "streaming_monitor")
        [[handler]] = [group["hooks"] for group in groups]
        *start, opener, path = handler.pop("args")
        # What the model is to hear is said behind all calls; nobody waits for the record of a call that went well.
        waiting = {"async": True} if event == "PostToolUse" else {}
        assert handler == {"type": "command", "command": "python3", "timeout": 10, **waiting}
        assert (start, path) == (["-I", "-S", "-c"], f"${{CLAUDE_PLUGIN_ROOT}}/hooks/{script}.py")
        compile(opener, "args", "exec")
        assert (SCRIPTS / f"{script}.py").is_file()
