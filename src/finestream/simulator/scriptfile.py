"""The file form of a script, YAML or JSON; `EXAMPLE` is one. PURE.

Its one law: what cannot be played is refused with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import yaml

from finestream.errors import ScriptError
from finestream.simulator.script import Author, Block, Fault, Portion, Route, Script, Text, Thinking, ToolUse, Turn

EXAMPLE = """\
# What the simulator plays: `finestream simulate --script FILE`. All of it but the turns may be left out.
seed: 7                      # of what is left to chance
first_token: 0.5             # seconds
tokens_per_second: 60        # 0: as fast as possible
delta: 20                    # characters of a fragment, about
faults: []                   # as below, in every turn
routes:                      # or `turns` alone, for every conversation
  - match: write the report  # in the first message of the user; without it: any
    turns:                   # one for each request of the client
      - blocks:
          - thinking: A report, then.
          - Here it comes.   # a text
          - tool: Write
            input: {file_path: /tmp/report.md, content: "One line.\\nAnother line, in which the answer will break off.\\n"}
        faults:
          - kind: max_tokens # or reset, drop, end, stall, error, status
            at: 70           # character of the input of tool call number `block` (0); or a place, such as before_input
        character: [bare, rest] # how the model goes on: at the first request for it, and from the second on
      - blocks: [Done.]
"""

_FAULT = {
    "kind": (str,),
    "at": (int, str),
    "block": (int,),
    "after": (int,),
    "every": (int,),
    "times": (int, type(None)),
    "during": (str,),
    "half": (bool,),
    "torn": (bool,),
    "closes": (bool,),
    "status": (int,),
    "retry_after": (int,),
    "error": (str,),
}
_SCRIPT = {
    "seed": (int,),
    "first_token": (int, float),
    "tokens_per_second": (int, float),
    "delta": (int,),
    "input_tokens": (int,),
    "closes": (bool,),
    "refuses_eager": (bool,),
    "settle": (int, float),
}
_AUTHOR = {"tool": (str,), "waiting": (str,), "done": (str,), "habit": (str,)}
_BLOCKS: Mapping[str, tuple[Callable[..., Block], Mapping[str, tuple[type, ...]]]] = {
    "text": (Text, {}),
    "thinking": (Thinking, {"signature": (str,)}),
    "tool": (ToolUse, {"input": (dict,), "raw": (str,)}),
}
_SCALARS = (
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-0123456789"),
)
_NAMES: dict[type, str] = {
    int: "a whole number", str: "a text", float: "a number", bool: "true or false", type(None): "null", dict: "a mapping", list: "a list"
}  # fmt: skip


def parse_script(text: str, path: str) -> Script:
    """Read the file form of a script; ``path`` only names it in errors.

    Raises:
        ScriptError: it cannot be obeyed; its ``path`` ends in ``:LINE``.
    """
    # YAML forbids the tabs that JSON allows between its tokens; inside a JSON string there cannot be any.
    plain = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    try:
        root = yaml.compose(plain, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"this is not YAML: {error.problem or error.context}"
        raise _error(path, mark.line + 1 if mark else 1, problem) from error
    except yaml.YAMLError as error:
        raise _error(path, 1, f"this is not YAML: {error}") from error
    except RecursionError as error:
        raise _error(path, 1, "this is nested too deeply") from error
    if root is None:
        raise _error(path, 1, "the script is empty")
    return _Reader(path).script(root)


def _error(path: str, line: int, message: str) -> ScriptError:
    return ScriptError(message, "A script that can be played: finestream simulate --example.", path=f"{path}:{line}")


def _loader() -> type[yaml.SafeLoader]:
    """A loader that knows JSON's scalars only: in a tool input ``on`` is a word, and a date is a text."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {}

    for kind, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))
    return Loader


_Built = TypeVar("_Built")


class _Reader:
    """The nodes of one file, made into a script; whatever is wrong names the line of its node."""

    def __init__(self, path: str) -> None:
        self._path = path

    def fail(self, node: yaml.Node, message: str) -> NoReturn:
        raise _error(self._path, node.start_mark.line + 1, message)

    def script(self, node: yaml.Node) -> Script:
        fields = self.mapping(node, {*_SCRIPT, "routes", "turns", "faults"})
        if ("routes" in fields) == ("turns" in fields):
            self.fail(node, "a script needs either 'routes' or 'turns'")
        routes: tuple[Route, ...] = (Route(self.turns(fields["turns"])),) if "turns" in fields else ()
        if "routes" in fields:
            routes = tuple(map(self.route, self.sequence(fields["routes"], "routes")))
        return self.build(node, Script, routes=routes, faults=self.faults(fields), **self.values(fields, _SCRIPT))

    def route(self, node: yaml.Node) -> Route:
        fields = self.mapping(node, {"match", "turns", "author"})
        if ("turns" in fields) == ("author" in fields):
            self.fail(node, "a route needs either 'turns' or an 'author'")
        author = self.author(fields["author"]) if "author" in fields else None
        turns = self.turns(fields["turns"]) if "turns" in fields else ()
        return Route(turns, author=author, **self.values(fields, {"match": (str,)}))

    def author(self, node: yaml.Node) -> Author:
        fields = self.mapping(node, {*_AUTHOR, "portions", "faults", "character"})
        if "tool" not in fields or "portions" not in fields:
            self.fail(node, "an author needs a 'tool' and 'portions'")
        portions = tuple(map(self.portion, self.sequence(fields["portions"], "portions")))
        faults = tuple(map(self.fault_of_call, self.sequence(fields["faults"], "faults"))) if "faults" in fields else ()
        values = self.values(fields, _AUTHOR) | self.character(fields)
        return self.build(node, Author, portions=portions, faults=faults, **values)

    def portion(self, node: yaml.Node) -> Portion:
        fields = self.mapping(node, {"members", "after"})
        if "members" not in fields:
            self.fail(node, "a portion needs 'members'")
        after = self.values(fields, {"after": (str, list)}).get("after", ())
        members = self.values(fields, {"members": (dict,)})["members"]
        return self.build(node, Portion, members, (after,) if isinstance(after, str) else tuple(map(str, after)))

    def fault_of_call(self, node: yaml.Node) -> tuple[int, Fault]:
        fields = self.mapping(node, {*_FAULT, "call"})
        return self.values(fields, {"call": (int,)}).get("call", 0), self.build_fault(node, fields)

    def turns(self, node: yaml.Node) -> tuple[Turn, ...]:
        return tuple(map(self.turn, self.sequence(node, "turns")))

    def turn(self, node: yaml.Node) -> Turn:
        fields = self.mapping(node, {"blocks", "faults", "character", "stop_reason", "remedy"})
        blocks = tuple(map(self.block, self.sequence(fields["blocks"], "blocks"))) if "blocks" in fields else ()
        values = self.values(fields, {"stop_reason": (str,), "remedy": (bool,)}) | self.character(fields)
        return self.build(node, Turn, blocks=blocks, faults=self.faults(fields), **values)

    def character(self, fields: Mapping[str, yaml.Node]) -> dict[str, Any]:
        character = self.values(fields, {"character": (str, list)}).get("character", "rest")
        return {"character": tuple(character) if isinstance(character, list) else (character,)}

    def block(self, node: yaml.Node) -> Block:
        if isinstance(node, yaml.ScalarNode):
            return Text(str(self.value(node)))
        fields = self.mapping(node, {"text", "thinking", "signature", "tool", "input", "raw"})
        kinds = [kind for kind in _BLOCKS if kind in fields]
        if len(kinds) != 1:
            self.fail(node, "a block needs exactly one of 'text', 'thinking' and 'tool'")
        builder, allowed = _BLOCKS[kinds[0]]
        name = self.values(fields, {kinds[0]: (str,)})[kinds[0]]
        stray = next((key for key in fields if key not in allowed and key != kinds[0]), None)
        if stray is not None:
            self.fail(fields[stray], f"'{stray}' has no meaning in a {kinds[0]} block")
        return self.build(node, builder, name, **self.values(fields, allowed))

    def faults(self, fields: Mapping[str, yaml.Node]) -> tuple[Fault, ...]:
        return tuple(map(self.fault, self.sequence(fields["faults"], "faults"))) if "faults" in fields else ()

    def fault(self, node: yaml.Node) -> Fault:
        return self.build_fault(node, self.mapping(node, set(_FAULT)))

    def build_fault(self, node: yaml.Node, fields: Mapping[str, yaml.Node]) -> Fault:
        if "kind" not in fields:
            self.fail(node, "a fault needs a 'kind'")
        return self.build(node, Fault, **self.values(fields, _FAULT))

    def build(self, node: yaml.Node, builder: Callable[..., _Built], *values: object, **named: object) -> _Built:
        try:
            return builder(*values, **named)
        except ValueError as error:
            self.fail(node, str(error))

    def mapping(self, node: yaml.Node, known: set[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"here should be a mapping with {', '.join(sorted(known))}")
        fields = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail(key, "a key should be a word")
            if key.value not in known:
                self.fail(key, f"unknown key '{key.value}'; known are {', '.join(sorted(known))}")
            fields[key.value] = value
        return fields

    def sequence(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"'{name}' should be a list")
        return list(node.value)

    def values(self, fields: Mapping[str, yaml.Node], types: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
        found = {}
        for name, allowed in types.items():
            if name in fields:
                value = self.value(fields[name])
                if type(value) not in allowed:
                    self.fail(fields[name], f"'{name}' should be {' or '.join(_NAMES[one] for one in allowed)}")
                found[name] = value
        return found

    def value(self, node: yaml.Node) -> object:
        try:
            return _joined(yaml.constructor.SafeConstructor().construct_document(node))
        except RecursionError:
            self.fail(node, "this is nested too deeply, or holds itself")
        # What PyYAML itself does not expect behind a tag, such as a !!timestamp that is none.
        except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
            self.fail(node, f"this cannot be read: {error}")


def _joined(value: object) -> object:
    """Join surrogate pairs that JSON escapes spell in two halves and YAML does not."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if isinstance(value, list):
        return [_joined(item) for item in value]
    if isinstance(value, dict):
        return {str(_joined(key)): _joined(item) for key, item in value.items()}
    return value
