"""Where every attempt fails: nothing wrong is written, the client takes its own path, and nothing that arrived is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest

from finestream.simulator.scenes import periodic
from finestream.simulator.script import Block, Character, Fault, Kind, Text, Thinking
from tests.e2e.cases import KINDS, source, write
from tests.e2e.harness import SETTINGS, STALLING, Case, Played, Session, complaints, in_the_folder, play, play_all
from tests.e2e.test_messages import inside, several

TRANSPORT: tuple[Kind, ...] = ("reset", "end", "stall", "error")
# One retry, and behind it no request without a stream, for which the client would wait five minutes.
IMPATIENT = {"CLAUDE_CODE_MAX_RETRIES": "1", "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1"}


def always(kind: Kind, part: float = 0.5) -> Callable[[Sequence[str]], Sequence[Fault]]:
    """A fault that meets every attempt at the same place."""
    return inside(kind, 0, part, times=None, during="any")


def given_up(played: Played) -> list[dict[str, Any]]:
    """The journal's rows of what could not be recovered."""
    return [record for record in played.errors if record["outcome"] == "given_up"]


def is_prefix(record: dict[str, Any], document: str) -> bool:
    """Whether the raw input that arrived is in the row: all of it, and nothing else."""
    raw = str(record["INVALID_JSON"])
    return document.startswith(raw) and len(raw.encode()) == record["bytes_received"] > 0


async def test_every_attempt_fails(claude: Path, tmp_path: Path) -> None:
    cases = [[write(f"{kind}.py", source(4000), faults=always(kind)), write("later.py", "later")] for kind in TRANSPORT]
    for played in await play_all(claude, tmp_path, [Session(some, STALLING, IMPATIENT) for some in cases]):
        final = played.messages[-1]
        assert (played.code, final["is_error"], final["terminal_reason"]) == (1, True, "api_error")
        assert list(in_the_folder(played, absent=played.session.cases)) == []
        # The client asked twice, and for each time there is one row with all that arrived.
        assert (played.retries, played.asked_by_client) == (1, 2)
        rows = given_up(played)
        document = played.session.cases[0].documents(played.folder)[0]
        assert len(rows) == 2
        assert all(is_prefix(row, document) for row in rows)
        assert {row["action"] for row in played.errors} == {"continue", "fallback", "surface"}


@pytest.mark.parametrize("closes", [False, True])
async def test_an_output_limit_that_cannot_be_raised(claude: Path, tmp_path: Path, closes: bool) -> None:
    """Closed, the client sees an input that does not parse, and goes on; open, it drops the call and asks three times more."""
    cases = [
        write("cut.py", source(4000), faults=lambda documents: [replace(one, closes=closes) for one in always("max_tokens")(documents)])
    ]
    cases.append(write("later.py", "later\n"))
    played = await play(claude, tmp_path, Session(cases, replace(SETTINGS, max_tokens_ceiling=32_000)))
    absent = cases[:1] if closes else cases
    assert list(in_the_folder(played, absent=absent)) == []
    rows = given_up(played)
    assert len(rows) == (1 if closes else 4)
    assert all(is_prefix(row, cases[0].documents(played.folder)[0]) for row in rows)
    errors = [str(result["content"]) for result in played.results if result.get("is_error")]
    assert [("could not be parsed as JSON" in error) for error in errors] == [True] * closes
    assert played.code == (0 if closes else 1)


async def test_a_call_behind_one_that_has_run(claude: Path, tmp_path: Path) -> None:
    """The turn cannot be generated anew. Without a continuation the client goes on by itself from the call that has run."""
    characters: Sequence[Character] = ("bare", "text", "other_tool")
    cases = [
        several(f"{kind} in {block}, {character}", inside(kind, block, 0.6), (character,))
        for kind, block, character in product(TRANSPORT, (1, 2), characters)
    ]
    played = await play(claude, tmp_path, Session(cases, STALLING))
    assert played.code == 0
    assert list(in_the_folder(played)) == []
    assert len(given_up(played)) == len(cases)
    assert played.retries == 0
    assert len(played.results) == 3 * len(cases)
    assert not any(result.get("is_error") for result in played.results)


async def test_text_that_repeats_itself_and_breaks_every_time(claude: Path, tmp_path: Path) -> None:
    """And the model leaves out what would show where it goes on."""
    cases = [write("periodic.py", periodic(9000), characters=("bare",))]
    for kind in ("reset", "error"):
        session = Session(cases, environment=IMPATIENT, faults=[Fault(kind, every=4000)])
        played = await play(claude, tmp_path / kind, session)
        assert played.code == 1
        assert list(in_the_folder(played, absent=cases)) == []
        assert len(given_up(played)) == 2


async def test_a_cut_in_text_or_thinking_is_the_clients_own(claude: Path, tmp_path: Path) -> None:
    """What is no tool input is not spliced: the client asks again."""

    def case(kind: Kind, place: Literal["in_text", "in_thinking"]) -> Case:
        ahead = Text("I write the file now, it is short.") if place == "in_text" else Thinking("It is a short file.")
        whole = write(f"{kind} {place}.py", source(3000), faults=lambda documents: [Fault(kind, at=place)])

        def both(folder: Path) -> Sequence[Block]:
            return (ahead, *whole.blocks(folder))

        return replace(whole, blocks=both)

    kinds: tuple[Kind, ...] = ("reset", "end", "error")
    cases = [case(kind, "in_text") for kind in kinds] + [case(kind, "in_thinking") for kind in kinds]
    played = await play(claude, tmp_path, Session(cases))
    assert played.code == 0
    assert list(in_the_folder(played)) == []
    assert played.errors == []


async def test_recovery_by_repetition_alone(claude: Path, tmp_path: Path) -> None:
    places = product(KINDS, (0.0, 0.01, 0.5, 1.0))
    cases = [write(f"{kind} {part}.py", source(4000), faults=inside(kind, 0, part)) for kind, part in places]
    played = await play(claude, tmp_path, Session(cases, replace(STALLING, recovery="retry")))
    assert complaints(played) == []
    assert {request.kind for request in played.requests} == {"first"}


async def test_recovery_that_is_off(claude: Path, tmp_path: Path) -> None:
    cases = [write(f"{kind}.py", source(4000), faults=inside(kind, 0, 0.5)) for kind in ("reset", "end", "error")]
    played = await play(claude, tmp_path, Session(cases, replace(SETTINGS, recovery="off")))
    assert played.code == 0
    assert list(in_the_folder(played)) == []
    assert played.retries == 2  # after an `error` event the client asks without a stream, and says nothing
    assert {request.kind for request in played.requests} == {"first"}
    assert len(given_up(played)) == 2
