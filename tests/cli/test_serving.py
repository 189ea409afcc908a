"""What is said about requests that go another way, and the way that the gateway itself takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finestream.cli.client_settings import Layers
from finestream.cli.serving import gateway_of, remarks

NOWHERE = "http://127.0.0.1:9"
FOREIGN = {"ANTHROPIC_BASE_URL": "http://foreign.example"}


@pytest.mark.parametrize(
    ("layers", "known", "upstream", "words"),
    [
        (Layers(), {}, None, []),
        (Layers(user=FOREIGN), {}, None, []),
        (Layers(project=FOREIGN), {}, None, ["the project's settings name http://foreign.example", "--upstream http://foreign.example"]),
        (Layers(project=FOREIGN), {}, NOWHERE, []),
        (Layers(project=FOREIGN, given={"ANTHROPIC_BASE_URL": NOWHERE}), {}, None, []),
        (Layers(managed=FOREIGN, project=FOREIGN), {}, NOWHERE, ["the managed settings of this machine", "not monitored"]),
        (Layers(), {"CLAUDE_CODE_USE_BEDROCK": "1"}, NOWHERE, ["Amazon Bedrock", "not monitored"]),
    ],
)
def test_what_goes_another_way_is_said(layers: Layers, known: dict[str, str], upstream: str | None, words: list[str]) -> None:
    said = list(remarks(layers, known, upstream=upstream))
    assert len(said) == bool(words)
    assert all(word in said[0] for word in words)


async def test_the_gateway_takes_the_way_that_the_user_s_settings_show_the_client(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy and an authority of the company; what a project names could read along, and is not taken."""
    for name in ("HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "https_proxy", "OTHER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    user = {"HTTPS_PROXY": "http://proxy.example", "OTHER": "1"}
    layers = Layers(user=user, project={"https_proxy": "http://foreign.example"}, given={"NODE_EXTRA_CA_CERTS": "/company.pem"})
    async with gateway_of(tmp_path, layers, pytest.fail, upstream=NOWHERE) as served:
        assert served.upstream == NOWHERE
        assert os.environ["HTTPS_PROXY"] == "http://proxy.example"
        assert os.environ["NODE_EXTRA_CA_CERTS"] == "/company.pem"
        assert "https_proxy" not in os.environ
        assert "OTHER" not in os.environ
