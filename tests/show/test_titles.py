"""Names as a person reads them."""

from __future__ import annotations

import pytest

from finestream.show.titles import title


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api_endpoints", "API endpoints"),
        ("system_overview", "System overview"),
        ("security-architect", "Security architect"),
        ("pm", "PM"),
        ("qa", "QA"),
        ("devops", "DevOps"),
        ("ux-designer", "UX designer"),
        ("apiEndpoints", "API endpoints"),
        ("HTTPRoutes", "HTTP routes"),
        ("grpc_services", "gRPC services"),
        ("user_ids", "User IDs"),
        ("database schema", "Database schema"),
        ("ACME_rules", "ACME rules"),
        ("step2", "Step2"),
        ("日本語", "日本語"),
        ("", ""),
        ("__", "__"),
        ("a\x1b[31m_b", "A\\x1b[31m b"),
        ("\n", "\\n"),
    ],
)
def test_a_title(name: str, expected: str) -> None:
    assert title(name) == expected
