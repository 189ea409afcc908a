"""What is inserted looks like what stands around it."""

from __future__ import annotations

import pytest

from finestream.install.entries import Wanted, added, without

ONE = Wanted(values={("env", "B"): "2"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "env": {\n    "B": "2"\n  }\n}\n'),
        ("{}", '{\n  "env": {\n    "B": "2"\n  }\n}'),
        ('{"a":1}', '{"a":1,"env":{"B":"2"}}'),
        ('{"a": 1}', '{"a": 1, "env": {"B": "2"}}'),
        ('{"a":1, "c":2}', '{"a":1, "c":2, "env":{"B":"2"}}'),
        ('{"env":{}}', '{"env":{"B":"2"}}'),
        ('{"env":{"A":"1"}}', '{"env":{"A":"1","B":"2"}}'),
        ('{"env": {"B": "1"}}', '{"env": {"B": "2"}}'),
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"env": {\n\t\t"B": "2"\n\t}\n}\n'),
        ('{\r\n   "a": 1\r\n}', '{\r\n   "a": 1,\r\n   "env": {\r\n      "B": "2"\r\n   }\r\n}'),
        ('{\n    "env": {}\n}', '{\n    "env": {\n        "B": "2"\n    }\n}'),
        ('{\n    "a": 1, "env": {}\n}', '{\n    "a": 1, "env": {\n        "B": "2"\n    }\n}'),
        ('{\n    "env": {"A": "1"}\n}', '{\n    "env": {"A": "1", "B": "2"}\n}'),
        ('{\n    "env": {\n        "A": "1"\n    }\n}', '{\n    "env": {\n        "A": "1",\n        "B": "2"\n    }\n}'),
        ('{ "a": 1\n, "c": 2\n}', '{ "a": 1\n, "c": 2, "env": {"B": "2"}\n}'),
    ],
)
def test_it_is_written_as_its_neighbours_are(before: str, after: str) -> None:
    new, trace = added(before, ONE)
    assert new == after
    assert without(new, trace) == before
