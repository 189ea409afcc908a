"""What is handed on in scenarios 1 to 6 is as large as the mission says, valid, and nowhere the same twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from finestream.demo.briefs import requirements, telemedicine
from finestream.demo.dealing import KB, weight
from finestream.demo.designs import cluster, feature, platform, sign_in
from finestream.demo.transfers import Transfer, transfers
from finestream.workflow.checking import problems_of
from finestream.workflow.samples import texts_in
from tests.demo.shipped import SHIPPED_AGENTS

Json = Mapping[str, Any]
ALL = list(transfers().values())
ARCHITECTURE = ("system_type", "overview", "key_constraints", "services")


def size(document: Json, *members: str) -> float:
    return sum(weight(document[member]) for member in members) / KB


def criteria(document: Json) -> float:
    return sum(weight(story["acceptance_criteria"]) for story in document["user_stories"]) / KB


def requirement_texts(document: Json) -> float:
    return size(document, "summary", "critical_features", "user_stories", "edge_cases", "non_functional") - criteria(document)


@pytest.mark.parametrize(
    ("measured", "named"),
    [
        (size(feature(), *ARCHITECTURE), 8),
        (size(feature(), "api_endpoints"), 4),
        (size(feature(), "database_schema"), 3),
        (size(feature(), "code_examples"), 6),
        (requirement_texts(requirements()), 12),
        (criteria(requirements()), 5),
        (size(requirements(), "user_flows"), 4),
        (size(sign_in(), *ARCHITECTURE, "attack_surface", "api_endpoints", "database_schema"), 9),
        (size(sign_in(), "authentication_flow"), 3),
        (size(sign_in(), "data_classification"), 4),
        (size(sign_in(), "compliance"), 6),
        (size(cluster(), *ARCHITECTURE, "topology", "api_endpoints", "database_schema"), 7),
        (size(cluster(), "scaling"), 3),
        (size(cluster(), "network_rules"), 5),
        (size(cluster(), "monitoring"), 4),
        (size(telemedicine(), "stages"), 6),
        (size(telemedicine(), "goal", "steps"), 2),
        (size(telemedicine(), "analyst", "design", "delivery"), 8),
        (weight(platform()) / KB, 20),
    ],
)
def test_each_group_of_parts_is_as_large_as_the_mission_says(measured: float, named: float) -> None:
    assert measured == pytest.approx(named, rel=0.05)


@pytest.mark.parametrize("transfer", ALL, ids=lambda each: str(each.number))
def test_what_is_handed_on_is_as_the_agents_say(transfer: Transfer) -> None:
    for agent, document in ((transfer.sender, transfer.document), (transfer.receiver, transfer.reply)):
        schema = SHIPPED_AGENTS[agent].handoff_schema
        assert schema
        assert problems_of(document, schema) == []
    assert weight(transfer.reply) < weight(transfer.document) / 10


@pytest.mark.parametrize("transfer", ALL, ids=lambda each: str(each.number))
def test_no_text_stands_there_twice(transfer: Transfer) -> None:
    counted = Counter(text for text in texts_in(transfer.document) if len(text) > 20)
    assert [text for text, count in counted.items() if count > 1] == []
    assert json.dumps(transfer.document) == json.dumps(transfers()[transfer.number].document), "and always the same"
