"""The error tree: each error says where, what and what to do, in that order."""

from __future__ import annotations

import pytest

from finestream.errors import ClientError, FinestreamError, GatewayError, InstallError, JournalError, ScriptError, SettingsError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FinestreamError("it broke", "Mend it."), "it broke\n  Mend it."),
        (SettingsError("it broke", "Mend it.", path="a.yaml", line=3), "a.yaml:3: it broke\n  Mend it."),
        (GatewayError("it broke", "Mend it.", address="127.0.0.1:80"), "127.0.0.1:80: it broke\n  Mend it."),
        (JournalError("it broke", "Mend it.", path="log"), "log: it broke\n  Mend it."),
        (ScriptError("it broke", "Mend it.", path="play.yaml"), "play.yaml: it broke\n  Mend it."),
        (InstallError("it broke", "Mend it.", path="a.json"), "a.json: it broke\n  Mend it."),
        (InstallError("it broke", "Mend it.", path="a.json", at=(3, 7)), "a.json:3:7: it broke\n  Mend it."),
        (ClientError("it broke", "Mend it."), "it broke\n  Mend it."),
    ],
)
def test_an_error_says_where_what_and_what_to_do(error: FinestreamError, text: str) -> None:
    assert str(error) == text
    assert (error.message, error.fix) == ("it broke", "Mend it.")
