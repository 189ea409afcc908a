"""Runs in a real database: what was recorded is there for whoever goes on, and what is done is not done again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from finestream.workflow.durable import Streams, database

STEPS = ("one", "two")
Entries = dict[str, list[Any]]


def said(text: str) -> dict[str, str]:
    return {"kind": "said", "text": text}


async def go(folder: Path, run: str, text: str, steps: tuple[str, ...] = STEPS) -> tuple[Entries, list[str]]:
    """Carry ``run`` out, saying ``text`` in each step; return what was known before, and the steps that were carried out."""
    carried: list[str] = []

    async def carry(step: str) -> None:
        carried.append(step)
        await Streams().append(step, said(f"{step} {text}"))

    async with database(f"sqlite:///{folder / 'runs.db'}", run) as base:
        known = await base.entries(steps)
        await base.carry_out(carry, steps)
    return dict(known), carried


async def test_a_run_that_has_ended_is_taken_up_with_everything_that_was_recorded(tmp_path: Path) -> None:
    for number, text in enumerate(["a", "b", "c"]):
        known, carried = await go(tmp_path, "r", text)
        assert known == {step: [said(f"{step} {before}") for before in "abc"[:number]] for step in STEPS}
        assert sorted(carried) == ["one", "two"]
    async with database(f"sqlite:///{tmp_path / 'runs.db'}", "r") as base:
        assert list(await base._workflows()) == ["r", "r.2", "r.3"]


async def test_two_runs_in_one_database_do_not_see_each_other(tmp_path: Path) -> None:
    await go(tmp_path, "r1", "a")
    assert (await go(tmp_path, "r", "b"))[0] == {"one": [], "two": []}
    assert (await go(tmp_path, "r1", "c"))[0] == {step: [said(f"{step} a")] for step in STEPS}
    assert (await go(tmp_path, "r", "d"))[0] == {step: [said(f"{step} b")] for step in STEPS}


_KILLED = """
import asyncio, os, sys
from finestream.workflow.durable import Streams, database

async def main(url, run):
    async def carry(step):
        await Streams().append(step, {"kind": "said", "text": step + " before"})
        if step == "two":
            await asyncio.sleep(0)
            print("recorded", flush=True)
            await asyncio.Event().wait()

    async with database(url, run) as base:
        await base.carry_out(carry, ["one", "two"])

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    for run in ("r", "s"):
        with subprocess.Popen([sys.executable, "-c", _KILLED, url, run], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "recorded\n"
            process.kill()
    known, carried = await go(tmp_path, "r", "after")
    assert known["two"] == [said("two before")]
    assert known["one"] in ([said("one before")], [])
    assert "two" in carried
    async with database(url, "r") as base:
        assert await base._workflows() == {"r": "SUCCESS"}
        entries = await base.entries(STEPS)
        assert entries["two"] == [said("two before"), said("two after")]
    async with database(url, "s") as other:  # nobody has touched it
        assert list(await other._workflows()) == ["s"]
        assert (await other.entries(STEPS))["two"] == [said("two before")]
