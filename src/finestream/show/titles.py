"""Names of agents and of the parts of their documents, as a person reads them. PURE. Its one law: nothing in a name is obeyed."""

from __future__ import annotations

import re

from finestream.printable import printable

# Words that are not spelled as they stand in names.
_WORDS = (
    *("API", "APIs", "CD", "CI", "CLI", "CPU", "CSS", "DB", "DevOps", "DNS", "ERD", "GDPR", "GraphQL", "gRPC", "HTML", "HTTP", "IaC", "ID"),
    *("IDs", "JSON", "JWT", "KPI", "KPIs", "MVP", "OAuth", "PM", "QA", "REST", "SDK", "SLA", "SLO", "SQL", "SSO", "TLS", "UI", "URL"),
    *("URLs", "UX", "VPC", "XML", "YAML"),
)
_SPELLED = {word.lower(): word for word in _WORDS}
# A small letter or a digit before a capital, and the last capital of several before a small letter.
_SEAMS = re.compile(r"[\s_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def title(name: str) -> str:
    """Write ``api_endpoints`` as ``API endpoints``, and ``security-architect`` as ``Security architect``."""
    words = [_SPELLED.get(word.lower(), word if word.isupper() else word.lower()) for word in _SEAMS.split(name) if word]
    text = printable(" ".join(words)) or printable(name)
    return text if words and words[0] in _WORDS else text[:1].upper() + text[1:]
