"""One mapping of a definition file, read key by key. PURE. Its one law: what is wrong is noted with its line, and reading goes on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from finestream.catalog.findings import Finding, finding
from finestream.catalog.tree import Fields, Items, Node, Scalar, find_line, json_value, kind
from finestream.catalog.values import LARGE, SMALL, ImpossibleSize, Priority, SizeRange, priority, size_range

_Value = TypeVar("_Value")


class Record:
    """The fields of ``node``, read one by one; ``findings`` grows while they are."""

    def __init__(self, path: str, node: Fields, findings: list[Finding]) -> None:
        self.path = path
        self.node = node
        self.findings = findings

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return re.split(r"[/\\\\]", self.path)[-1].rpartition(".")[0]

    def complain(self, rule: str, key: str, message: str, fix: str = "") -> None:
        """Note a finding in the line of ``key``, or in the first one where that is missing."""
        self.complain_at(self.line(key), rule, message, fix)

    def complain_at(self, line: int, rule: str, message: str, fix: str = "") -> None:
        """Note a finding in ``line``."""
        self.findings.append(finding(rule, self.path, line, message, fix=fix))

    def line(self, key: str) -> int:
        """Return the line of ``key``, or the first one of this mapping."""
        return self.node.lines.get(key, self.node.line)

    def is_blank(self, key: str) -> bool:
        """Say whether ``key`` is missing, or says nothing."""
        node = self.node.values.get(key)
        return node is None or (isinstance(node, Scalar) and not node.text.strip())

    def text(self, key: str) -> str | None:
        """Return a text; None when the key is missing, empty, or no text."""
        if self.is_blank(key):
            return None
        node = self.node.values[key]
        if isinstance(node, Scalar):
            return node.text.strip()
        self.complain("wrong-type", key, f"'{key}' must be a text, not {kind(node)}")
        return None

    def value(self, key: str, parse: Callable[[str], _Value], rule: str = "bad-value") -> _Value | None:
        """Return what ``parse`` makes of a text; None when there is none or it cannot be obeyed."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return parse(text)
        except ImpossibleSize as error:
            self.complain("impossible-size", key, f"'{key}' {error}")
        except ValueError as error:
            self.complain(rule, key, f"'{key}' {error}")
        return None

    def words(self, key: str) -> tuple[str, ...] | None:
        """Return a list of words, written as a list or with commas; None when the key is missing."""
        node = self.node.values.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar):
            return tuple(word.strip() for word in node.text.split(",") if word.strip())
        if isinstance(node, Items) and all(isinstance(item, Scalar) for item in node.values):
            return tuple(item.text for item in node.values if isinstance(item, Scalar))
        self.complain("wrong-type", key, f"'{key}' must be a list of words")
        return None

    def record(self, key: str) -> Record | None:
        """Return the mapping below ``key``."""
        node = self.node.values.get(key)
        if node is None or isinstance(node, Fields):
            return Record(self.path, node, self.findings) if node else None
        self.complain("wrong-type", key, f"'{key}' must be a mapping, not {kind(node)}")
        return None

    def priority(self) -> Priority | None:
        """Return the streaming priority."""
        return self.value("streaming_priority", priority, "unknown-priority")

    def size(self) -> SizeRange | None:
        """Return the size that the document is expected to have."""
        return self.value("expected_param_size", size_range, "bad-size")

    def check_size(self, size: SizeRange | None, priority: Priority | None) -> None:
        """Note a priority that does no good to documents of this size."""
        if size is None or priority is None:
            return
        if priority == "low" and size.low >= LARGE:
            self.complain("size-contradicts-priority", "expected_param_size", f"documents of {size} would be handed on only as a whole")
        elif priority == "high" and size.high < SMALL:
            self.complain("size-contradicts-priority", "expected_param_size", f"documents of {size} gain nothing from being streamed")

    def schema(self, key: str, priority: Priority | None) -> dict[str, Any] | None:
        """Return the JSON Schema of a document, with the properties in the order of the file."""
        node = self.node.values.get(key)
        if node is None:
            return None
        schema = json_value(node)
        complaints = list(_schema_faults(node, schema))
        if not complaints and priority != "low" and not schema.get("properties"):
            complaints = [("schema-without-parts", self.line(key), f"'{key}' names no properties: it can only be handed on whole")]
        for rule, line, message in complaints:
            self.complain_at(line, rule, message)
        return schema if isinstance(schema, dict) else None

    def warn_of_unknown(self, known: Iterable[str], *, only_near: bool = False) -> None:
        """Warn of keys that nobody reads; ``only_near``: only of those that look like a known one, because others may read the rest."""
        for key, line in self.node.lines.items():
            if key in known:
                continue
            near = nearest(key, known)
            if near or not only_near:
                fix = f"Did you mean '{near}'?" if near else f"Take it out; the keys here are {', '.join(known)}."
                self.complain_at(line, "unknown-key", f"nobody reads the key '{key}'", fix)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` that ``word`` is probably meant to be."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)
    return near[0] if near else None


def _schema_faults(node: Node, schema: Any) -> Iterable[tuple[str, int, str]]:
    from jsonschema import Draft202012Validator  # here, because it costs more than all else, and most agents have no schema
    from jsonschema.exceptions import best_match

    if not isinstance(schema, dict):
        yield "bad-schema", node.line, f"a JSON Schema is a mapping, not {kind(node)}"
        return
    fault = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if fault is not None:
        yield "bad-schema", find_line(node, fault.absolute_path), f"this is no JSON Schema: {fault.message[:200]}"
        return
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in properties:
            yield (
                "schema-requires-unknown",
                find_line(node, iter(["required"])),
                f"the schema requires '{name}', which is none of its properties",
            )
