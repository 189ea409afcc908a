"""Splicing: whatever the model answers, the document comes out exact or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.recovery import Pending, Plan, Refusal, plan, splice
from finestream.recovery.opening import closers
from finestream.scanner import Scanner

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=120) | st.text("ab\n \\\"é漢😀", min_size=60, max_size=200)
scalars = texts | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5), max_leaves=12)
documents = st.dictionaries(st.text(min_size=1, max_size=8), values, min_size=1, max_size=5)
spellings = st.sampled_from([{"ensure_ascii": False}, {"ensure_ascii": True}, {"indent": 1}, {"separators": (",", ":")}])


def checkpoints(text: str) -> list[int]:
    """Each place, in characters, that a cut of this text can leave as its checkpoint."""
    data = text.encode()
    scanner, found = Scanner(), {0}
    for at in range(len(data)):
        scanner.feed(data[at : at + 1])
        if not scanner.complete:
            found.add(len(data[: scanner.checkpoint].decode()))
    return sorted(found - {0})


def join(planned: Plan, answer: str, *, complete: bool = True) -> str:
    found = splice(planned, answer, complete=complete)
    return planned.kept + found.glue + answer[found.offset :]


@given(documents, spellings, st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_obedient_answer_gives_the_document_back(document: dict[str, Any], spelling: dict[str, Any], random: Any) -> None:
    text = json.dumps(document, **spelling)
    for at in random.sample(cuts := checkpoints(text), min(6, len(cuts))):
        planned = plan(text[:at])
        assert text.startswith(planned.kept)
        try:
            assert join(planned, planned.opening + text[len(planned.kept) :]) == text
        except Refusal as refusal:
            assert "repeat" in refusal.reason or "more than one" in refusal.reason


@given(documents, spellings, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_whole_answer_gives_the_document_back_or_is_refused(document: dict[str, Any], spelling: dict[str, Any], random: Any) -> None:
    text = json.dumps(document, **spelling)
    for at in random.sample(cuts := checkpoints(text), min(6, len(cuts))):
        try:
            assert json.loads(join(plan(text[:at]), text)) == document
        except Refusal:
            pass


@given(documents, spellings, st.integers(0, 10_000), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_part_of_an_answer_leads_to_the_same_seam_or_none(document: dict[str, Any], spelling: dict[str, Any], size: int, random: Any) -> None:
    text = json.dumps(document, **spelling)
    cuts = checkpoints(text)
    if not cuts:
        return
    planned = plan(text[: random.choice(cuts)])
    answer = planned.opening + text[len(planned.kept) :]
    scanner = Scanner()
    scanner.feed(answer.encode()[: size % (len(answer.encode()) + 1)])
    part = answer.encode()[: scanner.checkpoint].decode()
    try:
        found = splice(planned, part, complete=False)
    except (Pending, Refusal):
        return
    assert found == splice(planned, answer, complete=True)


CODE = "".join(f"def f{n}(x):\n    return x + {n} * {n * n}\n\n" for n in range(60))
LINES = "the same line again and again, to the end\n" * 200
MIXED = "# header of the file\n" + LINES


@pytest.mark.parametrize("content", [CODE, LINES, MIXED, MIXED + CODE], ids=["code", "periodic", "header", "mixed"])
@pytest.mark.parametrize("earlier", [0, 1, 7, 42, 43, 100, 300])
def test_no_answer_of_a_careless_model_ever_gives_another_file(content: str, earlier: int) -> None:
    """Overlapping by any amount, bare, or everything again: at each cut the file is exact or refused; for code that does not repeat, exact."""
    document = {"file_path": "/a.py", "content": content}
    text = json.dumps(document)
    exact = refused = 0
    for at in range(text.index("content") + 12 + 64, len(text) - 2, 41):
        if text[at - 1] == "\\":
            continue
        planned = plan(text[:at])
        decoded = json.loads(planned.kept + closers(planned.kept)).get("content", "")  # what the model is shown
        for begin in (len(decoded), max(0, len(decoded) - 24 - earlier), 0):
            answer = json.dumps({"file_path": "/a.py", "content": content[begin:]})
            try:
                assert json.loads(join(planned, answer)) == document
                exact += 1
            except Refusal:
                refused += 1
    assert refused if content != CODE else exact


@pytest.mark.parametrize("content", [LINES, MIXED], ids=["periodic", "header"])
def test_a_seam_that_cannot_be_told_is_not_guessed(content: str) -> None:
    text = json.dumps({"file_path": "/a.py", "content": content})
    planned = plan(text[: len(text) // 2])
    assert planned.retreated
    assert planned.kept == '{"file_path": "/a.py"'


REFUSED = {
    "another shape": '["x"]',
    "not json": "def main",
    "empty": "",
    "a changed member": '{"file_path": "/b.py", "content": "%s"}',
    "without the open member": '{"file_path": "/a.py"}',
    "another kind": '{"content": 12}',
    "a new member before it": '{"mode": "w", "content": "%s"}',
    "without the anchor": '{"content": "and then something else entirely"}',
    "a changed tail": '{"content": "XX%s"}',
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_that_does_not_go_on_is_refused(case: str) -> None:
    kept = '{"file_path": "/a.py", "content": "' + json.dumps(CODE[:500])[1:-1]
    tail = json.dumps(CODE[400:])[1:-1]
    answer = REFUSED[case].replace("%s", tail)
    with pytest.raises(Refusal):
        splice(plan(kept), answer, complete=True)
