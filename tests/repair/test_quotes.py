from __future__ import annotations

import json

import pytest

from finestream.repair.edits import apply
from finestream.repair.literal import read_literal
from finestream.repair.outcome import Stuck


@pytest.mark.parametrize(
    "content",
    [
        '65" television',
        'a 65" and a 70" one',
        'say "hi" now',
        'echo "hi"',
        '<a href="x">y</a>',
        'print("a b")',
        'x = ""',
        'cp "a b" "c d"',
        'one\n"two"\nthree',
        'a \\"b\\" and "c"',
        'Was heißt \u201eEnde" hier?',
        'a \u201eb\u201c "c" d',
        'a \u201cb\u201d "c" \u00abd\u00bb "e" f',
        'stray \u201d and "c" d',
        'nested \u201ea "b" c\u201c d',
        'tail "x" ',
    ],
)
def test_quotes_that_have_their_partners_are_content(content: str) -> None:
    raw = content.replace("\n", "\\n")
    text = f'{{"a": "{raw}", "b": 1}}'
    literal = read_literal(text, 6, holds_quotes=True)
    assert literal.edits
    assert json.loads(apply(text, literal.edits)) == {"a": content.replace('\\"', '"'), "b": 1}


@pytest.mark.parametrize("behind", ["}", " }", "\n]", "\t ,", ":", "", "  "])
def test_the_string_ends_where_structure_or_nothing_follows(behind: str) -> None:
    literal = read_literal(f'"a 65" tv"{behind}', 0, holds_quotes=True)
    assert (literal.end, len(literal.edits)) == (10, 1)


@pytest.mark.parametrize(
    "raw",
    [
        'say "hi',
        'one"two',
        '"twice"',
        '""triple""',
        'she said "yes, then "no',
        'a " b',
        'a" b',
        'x \\\\" b',
        '5"6',
        '5""',
        'open \u201eb and "c" d',
        'http://x,"0,\\"q',
        'a "b"c',
    ],
)
def test_a_quote_without_a_partner_is_not_certain(raw: str) -> None:
    with pytest.raises(Stuck) as caught:
        read_literal(f'"{raw}"}}', 0, holds_quotes=True)
    assert caught.value.fault.rule == "unescaped_quote"


@pytest.mark.parametrize("raw", ['bar "foo', 'say "yes', 'f("a'])
def test_the_first_quote_that_can_end_the_string_ends_it(raw: str) -> None:
    """So what was meant to go on behind it is never read into it: the quotes in front have no partner then."""
    with pytest.raises(Stuck):
        read_literal(f'"{raw}", more "text" here"}}', 0, holds_quotes=True)
