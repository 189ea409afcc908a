from __future__ import annotations

import json

import pytest

from finestream.repair.foreign import is_markup, read_markup
from finestream.repair.outcome import Stuck

PREFIX = "antml" + ":"


def call(*parameters: str, name: str = "Write") -> str:
    return f'<invoke name="{name}">\n' + "".join(f"<parameter {parameter}</parameter>\n" for parameter in parameters) + "</invoke>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [(call(), True), ("count\n" + call(), True), (f'<{PREFIX}invoke name="x">', True), ("I will now\n" + call(), False), ("{}", False)],
)
def test_a_call_in_markup_is_told_by_its_beginning(text: str, expected: bool) -> None:
    assert is_markup(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (call('name="path">/a b', 'name="content">x = "1"\n<b>\\d</b>\n'), {"path": "/a b", "content": 'x = "1"\n<b>\\d</b>\n'}),
        ("<function_calls>\n" + call('name="s">5', 'name="n">\n5 ') + "\n</function_calls>\n", {"s": "5", "n": 5}),
        (call().replace("<", f"<{PREFIX}").replace(f"<{PREFIX}/", f"</{PREFIX}"), {}),
        (call('name="s">[1]', 'name="n">many'), {"s": "[1]", "n": "many"}),
    ],
)
def test_the_parameters_become_members(text: str, value: object) -> None:
    edit = read_markup(text, ["s"], ["n"])
    assert (edit.start, edit.end) == (0, len(text))
    assert json.loads(edit.after) == value


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (call('name="path">/a')[:-9], "ends_early"),
        ('<invoke name="x"><parameter name="a">b', "ends_early"),
        (call('name="a">1'), "ambiguous_markup"),
        (call('name="a">true'), "ambiguous_markup"),
        (call('name="a">\nx\n'), "ambiguous_markup"),
        (call('name="a">x', 'name="a">y'), "ambiguous_markup"),
        (call('name="a">one <parameter name="b">two'), "ambiguous_markup"),
        (call('name="a">x') + call('name="a">y'), "ambiguous_markup"),
    ],
)
def test_markup_that_can_be_read_in_two_ways_is_not_read(text: str, rule: str) -> None:
    with pytest.raises(Stuck) as caught:
        read_markup(text, [], [])
    assert caught.value.fault.rule == rule
