"""The table of checks: each row has a name of its own, a fault in one does not end the others, a repair is made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from finestream.doctor import CHECKS, Check, Finding, Patient, examine, mend
from finestream.doctor.findings import broken, fine
from tests.doctor.patients import install, patient


def test_each_row_has_a_name_of_its_own() -> None:
    assert len({check.id for check in CHECKS}) == len({check.what for check in CHECKS}) == len(CHECKS)


def test_each_check_says_something_about_an_installation_and_all_that_is_wrong_has_a_fix(tmp_path: Path) -> None:
    install(tmp_path)
    found = list(examine(patient(tmp_path)))
    assert {check.id for check, _ in found} == {check.id for check in CHECKS} - {"served"}
    assert all(finding.fix for _, finding in found if finding.severity != "fine")


def test_a_check_that_fails_itself_is_a_finding(tmp_path: Path) -> None:
    def fail(patient: Patient) -> Iterator[Finding]:
        yield fine("so far")
        raise LookupError("what nobody has thought of")

    checks = [Check("a", "fails", fail), Check("b", "works", lambda patient: iter([fine("well")]))]
    found = list(examine(patient(tmp_path), checks))
    assert [(check.id, finding.severity) for check, finding in found] == [("a", "fine"), ("a", "warning"), ("b", "fine")]
    assert "LookupError: what nobody has thought of" in found[1][1].message


def test_what_can_be_mended_is_mended_once() -> None:
    calls: list[int] = []

    def repair() -> str:
        calls.append(1)
        return "done"

    assert mend([fine("well"), broken("one", "fix", repair), broken("two", "fix", repair), broken("three", "fix")]) == ["done"]
