"""Faults that do not go away: the plain client repeats such a call for ever and writes nothing; here the whole document arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from finestream.simulator.jsontext import respell
from finestream.simulator.scenes import code, nested, periodic
from finestream.simulator.script import Character, Fault, Kind
from tests.e2e.cases import KINDS, keep, spelled, write
from tests.e2e.harness import SETTINGS, STALLING, Case, Played, Session, complaints, play, play_all

HUGE = 100_000  # characters
MOST = 1.35  # times the document, for all that the model has generated for it
EVERY = 5_000
# They bring what is missing and no more, so that nothing but the fault itself costs anything.
SPARING: Sequence[Character] = ("rest", "chatty", "thoughtful", "reformat")


def check(played: Played, document: str) -> None:
    """The document is there, the client noticed nothing, and it was generated about once."""
    assert complaints(played) == []
    assert len(document) <= played.generated < MOST * len(document)


async def test_a_document_far_larger_than_the_output_limit(claude: Path, tmp_path: Path) -> None:
    limit = 2_000  # tokens
    settings, environment = replace(SETTINGS, max_tokens_ceiling=limit), {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(limit)}
    cases = [write("huge.py", code(HUGE), characters=(character,)) for character in SPARING]
    document = spelled({"file_path": "", "content": code(HUGE)})
    for played in await play_all(claude, tmp_path, [Session([case], settings, environment) for case in cases]):
        # Spelled differently from the first continuation on, it is longer.
        is_respelled = played.session.cases[0].characters == ("reformat",)
        check(played, respell(document[8_000:]) if is_respelled else document)
        assert {request.ended for request in played.requests[:10]} == {"max_tokens"}


async def test_documents_in_which_no_place_can_be_told_from_another(claude: Path, tmp_path: Path) -> None:
    limit = 1_000  # tokens
    settings, environment = replace(SETTINGS, max_tokens_ceiling=limit), {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(limit)}
    lines, numbers = periodic(30_000), [[n % 7, 0, 2.5] for n in range(2_500)]
    table, count = " ".join(str(n % 10) for n in range(15_000)), [n % 100 for n in range(8_000)]
    cases = [write("lines.txt", lines), write("table.txt", table), keep("rows", {"rows": numbers}), keep("count", count)]
    meant: Sequence[object] = [
        {"file_path": "", "content": lines},
        {"file_path": "", "content": table},
        {"id": "rows", "document": {"rows": numbers}},
        {"id": "count", "document": count},
    ]
    played = await play_all(claude, tmp_path, [Session([case], settings, environment) for case in cases])
    for one, document in zip(played, meant, strict=True):
        check(one, spelled(document))
        assert {request.ended for request in one.requests[:6]} == {"max_tokens"}


async def test_the_output_limit_is_raised_before_it_is_met_again(claude: Path, tmp_path: Path) -> None:
    session = Session([write("huge.py", code(HUGE))], environment={"CLAUDE_CODE_MAX_OUTPUT_TOKENS": "2000"})
    played = await play(claude, tmp_path, session)
    check(played, spelled({"file_path": "", "content": code(HUGE)}))
    limits = [request.body["max_tokens"] for request in played.requests if isinstance(request.body, dict)]
    assert limits == [2000, 4000, 8000, 16000, 2000]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_that_breaks_every_few_thousand_characters(claude: Path, tmp_path: Path, kind: Kind) -> None:
    settings = STALLING if kind == "stall" else SETTINGS
    text, tree = code(HUGE, 1), nested(HUGE, 1)
    fault = [Fault(kind, every=EVERY)]
    file, document = await play_all(
        claude, tmp_path, [Session([write("huge.py", text)], settings, faults=fault), Session([keep("huge", tree)], settings, faults=fault)]
    )
    check(file, spelled({"file_path": "", "content": text}))
    check(document, spelled({"id": "huge", "document": tree}))


async def test_every_call_of_a_session_breaks_again_and_again(claude: Path, tmp_path: Path) -> None:
    def case(number: int, character: Character) -> Case:
        return write(f"{number} {character}.py", code(12_000, number), characters=(character,))

    cases = [case(number, SPARING[number % len(SPARING)]) for number in range(12)]
    played = await play(claude, tmp_path, Session(cases, faults=[Fault("reset", every=3_000)]))
    assert complaints(played) == []
    assert played.generated < MOST * sum(len(spelled({"file_path": "", "content": code(12_000, number)})) for number in range(12))
