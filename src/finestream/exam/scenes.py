"""What the model means to do in a scenario: its calls, and what they are to leave behind. PURE.

Its one law: the same stage gives the same scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from finestream.simulator.scenes import code, nested, periodic
from finestream.simulator.script import Block, Text, Thinking, ToolUse

KEEP = "mcp__keeper__keep"  # the tool of `keeper`
SHORT, LONG, LARGE = 6_000, 12_000, 60_000  # characters of a document

Blocks = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be there in the end.

    ``name``: of a file in the project, or the id under which the MCP server was given something. ``meant``: the file's text, or the
    input of the tool. ``before``: the file's text as long as the call that breaks has not been made; None: there is no file.
    """

    name: str
    meant: str | Mapping[str, object]
    before: str | None = None


class Stage(NamedTuple):
    """Where a scenario is played: ``key`` tells its conversations from all others, ``folder`` is the project."""

    key: str
    folder: str
    seed: int

    @property
    def task(self) -> str:
        """What stands in the first message of the subagent, and in no other."""
        return f"[subtask {self.key}]"

    @property
    def request(self) -> str:
        """What the user asks of the main agent."""
        return f"[scenario {self.key}] Do what you were told."


@dataclass(frozen=True, slots=True)
class Scene:
    """Turns of the main agent and of a subagent. ``breaks``: the turn in which something goes wrong, (of the subagent, its number, the
    call in it).
    """

    main: tuple[Blocks, ...]
    targets: tuple[Target, ...]
    sub: tuple[Blocks, ...] = ()
    breaks: tuple[bool, int, int] = (False, 0, 0)


def write(stage: Stage, name: str, content: str) -> ToolUse:
    """The call that writes a file."""
    return ToolUse("Write", {"file_path": f"{stage.folder}/{name}", "content": content})


def _written(stage: Stage, content: str) -> Scene:
    return Scene(((write(stage, "report.py", content),),), (Target("report.py", content),))


def _spoken(stage: Stage) -> Scene:
    content = code(SHORT, stage.seed)
    front = (Thinking("The user wants a report. I write it in one go, as I was told."), Text("I write the report now, in one file."))
    return Scene(((*front, write(stage, "report.py", content)),), (Target("report.py", content),))


def _edit(stage: Stage) -> Scene:
    old, new, end = code(1_500, stage.seed), code(SHORT, stage.seed + 1), code(800, stage.seed + 2)
    path = f"{stage.folder}/module.py"
    first = (write(stage, "module.py", f"{old}\n{end}"),)
    then = (ToolUse("Edit", {"file_path": path, "old_string": old, "new_string": new}),)
    return Scene((first, then), (Target("module.py", f"{new}\n{end}", f"{old}\n{end}"),), breaks=(False, 1, 0))


def _keep(stage: Stage) -> Scene:
    meant: dict[str, object] = {"id": "records", "document": nested(SHORT, stage.seed)}
    return Scene(((ToolUse(KEEP, meant),),), (Target("records", meant),))


def _several(stage: Stage) -> Scene:
    """Three calls in one turn, of which the second breaks: the first one is running by then."""
    first, last = code(1_200, stage.seed), code(SHORT, stage.seed + 1)
    meant: dict[str, object] = {"id": "between", "document": nested(1_500, stage.seed)}
    calls = (ToolUse(KEEP, meant), write(stage, "second.py", last), write(stage, "third.py", first))
    targets = (Target("between", meant), Target("second.py", last), Target("third.py", first))
    return Scene((calls,), targets, breaks=(False, 0, 1))


def _agent(stage: Stage, more: str) -> ToolUse:
    # In the background the main agent would go on, and be woken up by the end of the other.
    told = {"description": "write the report", "subagent_type": "general-purpose", "run_in_background": False}
    return ToolUse("Agent", {**told, "prompt": f"{stage.task} Write what you were told.\n{more}"})


def _handoff(stage: Stage) -> Scene:
    """The call that starts a subagent breaks; the subagent writes only if it got all of it."""
    content = code(1_500, stage.seed)
    calls = (_agent(stage, code(SHORT, stage.seed + 1)),)
    return Scene((calls,), (Target("report.py", content),), ((write(stage, "report.py", content),),))


def _subagent(stage: Stage) -> Scene:
    content = code(SHORT, stage.seed)
    return Scene(((_agent(stage, ""),),), (Target("report.py", content),), ((write(stage, "report.py", content),),), breaks=(True, 0, 0))


SCENES: Mapping[str, Callable[[Stage], Scene]] = {
    "write": lambda stage: _written(stage, code(SHORT, stage.seed)),
    "long": lambda stage: _written(stage, code(LONG, stage.seed)),
    "large": lambda stage: _written(stage, code(LARGE, stage.seed)),
    "periodic": lambda stage: _written(stage, periodic(SHORT)),
    "prose": lambda stage: _written(stage, prose(stage.seed)),
    "patterns": lambda stage: _written(stage, patterns(stage.seed)),
    "paths": lambda stage: _written(stage, paths(stage.seed)),
    "spoken": _spoken,
    "edit": _edit,
    "keep": _keep,
    "several": _several,
    "handoff": _handoff,
    "subagent": _subagent,
}


def _lines(pattern: str, seed: int) -> str:
    return "".join(pattern.format(n=number, m=number * 37 + seed) for number in range(1, 61))


def prose(seed: int) -> str:
    """A text with quotes, tabs and emoji, and without a backslash."""
    return _lines('{n}.\tstep {m} is called "part {n}" 🎯 and follows {m}\n', seed)


def patterns(seed: int) -> str:
    """A line with backslashes that begin no escape of JSON, and nothing that needs one: one that was not doubled can only mean itself."""
    return _lines("{n}: \\d{m}+ or \\w*, found in C:\\data\\{m}; ", seed).rstrip()


def paths(seed: int) -> str:
    """A text with backslashes of which some would be escapes if they were not doubled: then nobody can tell."""
    return _lines("{n}: C:\\new\\data\\{m}\\table\n", seed)


def call_at(scene: Scene) -> ToolUse:
    """The call that breaks."""
    is_sub, turn, number = scene.breaks
    blocks = (scene.sub if is_sub else scene.main)[turn]
    found: Any = [block for block in blocks if isinstance(block, ToolUse)][number]
    call: ToolUse = found
    return call
