"""Following a journal from another process: each record once, as soon as its line is whole, until Ctrl-C."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from finestream.cli.journals import ProjectJournal
from finestream.cli.listing import Listing
from finestream.journal import ERRORS, EVENTS, Journal
from finestream.story import Choice
from tests.cli.journal_of import CALLS, FAULTS, write_journal
from tests.cli.starting import start
from tests.story.records import at, hook, row


def journal_in(folder: Path) -> Journal:
    return Journal(folder, rotate=300, keep=9, content=True, content_limit=100, on_trouble=lambda trouble: None)


def test_new_records_are_told_through_rotation_and_truncation(tmp_path: Path) -> None:
    folder = write_journal(tmp_path)
    with start("logs", "--follow", "-n", "1", folder=tmp_path) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline()) == FAULTS[2]
        journal = journal_in(folder)
        for number in range(20):
            journal.event({"event": "probe", "number": number})
        assert [json.loads(process.stdout.readline())["number"] for _ in range(20)] == list(range(20))
        assert (folder / f"{EVENTS}.1").exists()
        (folder / EVENTS).write_text("")
        with (folder / EVENTS).open("a") as file:
            file.write('{"event": "ha')
            file.flush()
            file.write('lf"}\nnot JSON\n')
        assert json.loads(process.stdout.readline()) == {"event": "half"}
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")


def test_a_row_that_is_in_both_files_is_told_once(tmp_path: Path) -> None:
    folder = write_journal(tmp_path, [], [])
    with start("logs", "-f", "--agent", "a17", folder=tmp_path) as process:
        assert process.stdout
        journal = journal_in(folder)
        journal.event(at(1, event="before", agent_from="a17"))
        assert json.loads(process.stdout.readline())["event"] == "before"
        journal.event(row(1, attempt=1))
        journal.error(row(1, attempt=1))
        journal.event(row(1, attempt=2, agent_from="other", agent_id="other"))
        journal.error(hook(2, "from a hook"))
        found = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert ([record["event"] for record in found], rest) == (["recovery", "from a hook"], "")


def test_a_journal_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with start("logs", "--follow", "--errors", folder=tmp_path) as process:
        assert process.stdout
        folder = tmp_path / ".claude" / "finestream"
        folder.mkdir(parents=True)
        # Complete at once: a follower begins with what comes after its start, and a file that is new to it is all new.
        whole = folder / "whole"
        whole.write_text(json.dumps(CALLS[5]) + "\n")
        whole.rename(folder / ERRORS)
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert (json.loads(line), process.returncode) == (CALLS[5], 130)


def test_what_is_written_while_the_past_is_listed_is_told_once(tmp_path: Path) -> None:
    folder = write_journal(tmp_path)
    listing = Listing(ProjectJournal(tmp_path), Choice())
    with listing.following(errors_only=False) as following:
        for number in range(2):
            with (folder / EVENTS).open("a") as file:
                file.write(json.dumps(at(40 + number, event="probe")) + "\n")
            if number == 0:
                assert list(listing.records(errors_only=False))[-1]["event"] == "probe"
        assert [record["timestamp"][17:19] for record in following.look()] == ["41"]
        assert list(following.look()) == []
