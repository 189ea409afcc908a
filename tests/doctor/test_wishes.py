"""finestream's own settings are told about as they are when a monitor starts."""

from __future__ import annotations

from pathlib import Path

from finestream.doctor.wishes import check_wishes
from finestream.errors import GatewayError, SettingsError
from tests.doctor.patients import patient


def test_nothing_wrong_is_fine(tmp_path: Path) -> None:
    assert [found.severity for found in check_wishes(patient(tmp_path))] == ["fine"]


def test_what_is_ignored_is_a_warning_each(tmp_path: Path) -> None:
    remarks = ("a.yaml:1: unknown key 'x' is ignored", "a.yaml:2: unknown key 'y' is ignored")
    found = list(check_wishes(patient(tmp_path, remarks=remarks)))
    assert [(one.severity, one.message) for one in found] == [("warning", remark) for remark in remarks]
    assert all(one.fix for one in found)


def test_what_cannot_be_followed_is_broken_and_its_place_is_told(tmp_path: Path) -> None:
    refusal = SettingsError("'stall' must be at most 1h", "Write it as stall: 90s.", path="a.yaml", line=3)
    (found,) = check_wishes(patient(tmp_path, refusal=refusal))
    assert (found.severity, found.fix) == ("broken", "Write it as stall: 90s.")
    assert found.message.startswith("a.yaml:3: 'stall' must be at most 1h")
    (found,) = check_wishes(patient(tmp_path, refusal=GatewayError("it is none", "Unset it.", address="")))
    assert found.message.startswith("it is none")
