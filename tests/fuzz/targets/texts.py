"""JSON texts of tool inputs: where they stand, how they are mended, how they are joined."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any

from finestream.recovery import Pending, Plan, Refusal, plan, splice
from finestream.repair import Intact, Refused, Repaired, repair
from finestream.scanner import Chunk, Scanner
from tests.fuzz.engine import Target
from tests.fuzz.targets.streams import cuts
from tests.recovery.documents import keep
from tests.scanner_reference import accepts

TOKENS = (
    *(b"{", b"}", b"[", b"]", b",", b", ", b":", b": ", b'"', b"'", b"\\", b'\\"', b"\\n", b"\\n\\n", b"\\u00e9", b"\\ud83d", b"\\ude00"),
    *(b"true", b"false", b"null", b"NaN", b"None", b"True", b"0", b"-1", b"1.5e3", b"01", b"\n", b"\r\n", b"\t", b" ", b"\xef\xbb\xbf"),
    *('"é"'.encode(), "漢".encode(), "😀".encode(), b"\xed\xa0\xbd", b"\xf0\x9f", b"\x80", b'"a": ', b'"path": "a.txt"', b'"text": "'),
    *(
        b'"tags": ["a", "b"]',
        b"//",
        b"/* */",
        b"# ",
        b"```json\n",
        b"```",
        b'<|"|>',
        b"</parameter>",
        b"x" * 70,
        b"line of the text\\n" * 5,
    ),
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "text": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer"},
        "deep": {"type": "object", "properties": {"on": {"type": "boolean"}}},
    },
    "required": ["path"],
}
_KINDS = {"path": frozenset({"string"}), "tags": frozenset({"array"})}
_DEEP = 900  # brackets from which on the reference gives up, not the scanner


def snapshot(scanner: Scanner) -> tuple[object, ...]:
    """Everything that a scanner says."""
    place = (scanner.path, scanner.open, scanner.depth)
    return (scanner.offset, scanner.checkpoint, scanner.end, scanner.fault, scanner.misfit, scanner.complete, scanner.closers(), place)


def check_scanner(data: bytes) -> Iterable[Hashable]:
    """Cutting changes nothing, the standard library agrees, and what closes the text up to the checkpoint does. First byte: the cuts."""
    text = data[1:]
    kinds = _KINDS if data[:1] > b"\x7f" else None
    whole, cut = Scanner(kinds), Scanner(kinds)
    chunks = list(whole.feed(text))
    before = 0
    told: list[Chunk] = []
    for piece in cuts(text, data[0] if data else 0):
        told += cut.feed(piece)
        assert before <= cut.checkpoint <= cut.offset, "the checkpoint went back, or ahead of the text"
        before = cut.checkpoint
    assert (snapshot(whole), chunks) == (snapshot(cut), told), "the cuts have changed something"
    if text.count(b"[") + text.count(b"{") < _DEEP:
        _agree(whole, text)
    return {whole.fault and whole.fault.reason, whole.open, min(whole.depth, 4), whole.complete, *(chunk.kind for chunk in chunks)}


def _agree(scanner: Scanner, text: bytes) -> None:
    known = Scanner()
    known.feed(text + b" ")  # a number ends where something follows it
    assert (known.complete and known.fault is None) == accepts(text), "the standard library says otherwise"
    if scanner.checkpoint:
        assert accepts(text[: scanner.checkpoint] + scanner.closers()), "the closers close nothing"
    if scanner.fault is not None:
        assert not accepts(text), "a fault in a text that is valid"


def check_repair(data: bytes) -> Iterable[Hashable]:
    """It never raises; what it gives is valid, begins with what was sent on, and is left alone from then on. The first byte: how."""
    how, text = data[0] if data else 0, data[1:].decode("utf-8", "replace")
    schema = SCHEMA if how & 1 else None
    sent = text[: how >> 2] if how & 2 else ""
    result = repair(text, schema, keep=sent)
    if isinstance(result, Intact):
        assert _same(json.loads(text.removeprefix("\ufeff")), result.value), "intact, but of another value"
        return {"intact", *(finding.partition(":")[0] for finding in result.findings)}
    if isinstance(result, Refused):
        assert result.reason
        return {result.rule}
    assert result.text.startswith(sent), "what was sent on was taken back"
    assert _same(json.loads(result.text), result.value), "the value is not that of the text"
    assert result.changes and all(0 <= change.offset <= len(text) for change in result.changes)
    again = repair(result.text, schema)
    assert not isinstance(again, Repaired) or _same(again.value, result.value), "a correction was corrected"
    assert not isinstance(again, Refused), "a correction was refused"
    return {"repaired", *(change.rule for change in result.changes)}


def _same(left: object, right: object) -> bool:
    return json.dumps(left) == json.dumps(right)


def check_splice(data: bytes) -> Iterable[Hashable]:
    """Whatever the answer: exact or refused. First two bytes: where the document was cut; then how the model answers; then the document,
    and behind a NUL what the model says that has not understood.
    """
    head, _, rest = data[3:].partition(b"\0")
    where = int.from_bytes(data[:2], "big")
    try:
        document = head.decode()
        meant = json.loads(document)
        json.dumps(meant, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _check_any(rest.decode("utf-8", "replace"), head.decode("utf-8", "replace"), where)
    kept = keep(document, where % (len(head) + 1)) if isinstance(meant, dict) else ""
    planned = plan(kept)
    assert document.startswith(planned.kept), "what is kept is no beginning of what arrived"
    answers = (
        planned.opening + document[len(planned.kept) :],
        document,
        json.dumps(meant),
        json.dumps(meant, indent=1, ensure_ascii=False),
    )
    answer = answers[data[2] % len(answers)]
    seen = _join(planned, answer, meant)
    _join_half(planned, answer, where)
    return {seen, bool(planned.mark), planned.retreated, data[2] % len(answers)}


def _join(planned: Plan, answer: str, meant: object) -> str:
    if has_doubles(answer):
        return "doubles"
    try:
        found = splice(planned, answer, complete=True)
    except (Refusal, Pending) as error:
        return type(error).__name__
    joined = planned.kept + found.glue + answer[found.offset :]
    assert _same(json.loads(joined.removeprefix("\ufeff")), meant), f"another document: {joined!r}"
    return "joined"


def has_doubles(text: str) -> bool:
    """Whether a name stands twice in an object: then two texts of one value say different things on the way."""
    found: list[bool] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        found.append(len(pairs) > len({name for name, _ in pairs}))

    json.loads(text.removeprefix("\ufeff"), object_pairs_hook=look)
    return any(found)


def _join_half(planned: Plan, answer: str, where: int) -> None:
    """What a part of an answer shows has to hold for all of it."""
    part = keep(answer, where * 7 % (len(answer.encode()) + 1))
    try:
        found = splice(planned, part, complete=False)
    except (Refusal, Pending):
        return
    assert found == splice(planned, answer, complete=True), "a part of the answer leads elsewhere"


def _check_any(answer: str, document: str, where: int) -> Iterable[Hashable]:
    """Texts that mean nothing: only declared errors, and the seam lies in the answer."""
    kept = keep_any(document)
    planned = plan(kept)
    assert kept.startswith(planned.kept)
    try:
        found = splice(planned, answer if where & 1 else keep_any(answer), complete=bool(where & 1))
    except (Refusal, Pending) as error:
        return {type(error).__name__, str(error)[:24]}
    assert 0 <= found.offset <= len(answer)
    return {"any", found.glue}


def keep_any(text: str) -> str:
    """What is certain of any text."""
    data = text.encode()
    scanner = Scanner()
    scanner.feed(data)
    return "" if scanner.complete else data[: scanner.checkpoint].decode()


TARGETS = (
    Target("scanner", check_scanner, TOKENS),
    Target("repair", check_repair, TOKENS),
    Target("splice", check_splice, (*TOKENS, b"\0"), 3000),
)
