"""The fuzzer itself: it finds what is planted, by lines and by features, boils it down, writes it to a file and says so."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path
from random import Random

import pytest

from finestream.quantities import switch
from tests.fuzz import __main__ as command
from tests.fuzz import engine
from tests.fuzz.engine import Finding, Fuzzer, Target, attempt, boiled
from tests.fuzz.lines import Lines, lines


def planted(data: bytes) -> Iterable[Hashable]:
    """Break on three bytes in a row, and say how far an input has come."""
    far = next((size for size in (3, 2, 1) if b"{x}"[:size] in data), 0)
    assert far < 3, "planted"
    return {far}


PLANTED = Target("planted", planted, (b"{", b"x", b"}"))


class NoLines(Lines):
    """Sees nothing."""

    def start(self) -> None:
        pass


def test_a_fault_behind_two_steps_is_found_by_what_the_inputs_tell() -> None:
    fuzzer = Fuzzer(PLANTED, [b"something to begin with"], NoLines(), Random(1))
    found = fuzzer.run(30.0)
    assert found is not None and b"{x}" in found.data and "planted" in found.told
    assert boiled(PLANTED, found).data == b"{x}"


def test_an_input_that_runs_a_new_line_is_kept() -> None:
    def check(data: bytes) -> Iterable[Hashable]:
        if data == b"?":
            switch("on")
        return ()

    fuzzer = Fuzzer(Target("lines", check, ()), (), lines(), Random(1))
    for data, kept in ((b"a", 0), (b"?", 1), (b"?", 1)):
        assert fuzzer.take(data, is_seen=True) is None
        assert len(fuzzer.kept) == kept
    assert fuzzer.progress(1.0).lines > 0


def test_an_input_that_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(data: bytes) -> Iterable[Hashable]:
        while True:
            pass

    monkeypatch.setattr(engine, "PATIENCE", 0.1)
    found = attempt(Target("endless", check, ()), b"")
    assert isinstance(found, Finding) and found.mark[0] == "TookTooLong"


def test_a_finding_is_written_to_a_file_that_breaks_it_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = {"planted": PLANTED}
    assert command.main(["planted", "--seconds", "30", "--seed", "1", "--findings", str(tmp_path)], targets) == 1
    (path,) = (tmp_path / "planted").iterdir()
    assert path.read_bytes() == b"{x}"
    assert f"--replay {path}" in capsys.readouterr().err
    assert command.main(["planted", "--replay", str(path)], targets) == 1
    path.write_bytes(b"nothing")
    assert command.main(["planted", "--replay", str(path)], targets) == 0


def test_the_same_seed_tries_the_same() -> None:
    once, again = (Fuzzer(PLANTED, (), NoLines(), Random(7)).run(30.0) for _ in range(2))
    assert once is not None and again is not None and once.data == again.data


@pytest.mark.parametrize(("given", "said"), [(["nowhere"], "no target nowhere"), (["--replay", "x"], "name one target")])
def test_a_wrong_command_line_is_refused(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(given)
    assert said in capsys.readouterr().err
