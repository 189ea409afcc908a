"""A process that speaks with loopback only reads no certificates, and leaves its environment as it found it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from finestream.cli.running import no_certificates
from tests.cli.starting import PYTHONPATH

COUNT = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"


@pytest.mark.parametrize("before", [None, "/company.pem"])
def test_the_environment_is_afterwards_as_it_was(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if before:
        monkeypatch.setenv("SSL_CERT_FILE", before)
    with no_certificates():
        assert os.environ["SSL_CERT_FILE"] == os.devnull
    assert os.environ.get("SSL_CERT_FILE") == before


def test_openssl_takes_what_it_is_told_for_the_systems() -> None:
    code = f"from finestream.cli.running import no_certificates\nwith no_certificates():\n    {COUNT}"
    known = {name: value for name, value in os.environ.items() if name not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    printed = subprocess.run(
        [sys.executable, "-c", code], env={**known, "PYTHONPATH": PYTHONPATH}, capture_output=True, text=True, check=True
    ).stdout
    assert printed == "0\n"
