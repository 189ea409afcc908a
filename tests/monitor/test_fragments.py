"""The fast way to the text of many deltas: as JavaScript joins them, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.events import PING, delta_frame, frame
from finestream.monitor.fragments import joined_fragments


@given(st.lists(st.text(max_size=20) | st.text('"\\u\n{}é\ud83d\ude00', max_size=9), min_size=1, max_size=6), st.integers(0, 12))
def test_joined_fragments_are_what_javascript_joins(fragments: list[str], index: int) -> None:
    whole = b"".join(delta_frame(index, fragment) for fragment in fragments)
    found = joined_fragments(whole, index)
    if found is None:  # only where a fragment ends, as it is spelled, in what may be the first half of a pair
        assert "\\u" in whole.decode()
    else:
        assert found.deltas == len(fragments)
        assert found.text.encode("utf-16-le", "surrogatepass") == "".join(fragments).encode("utf-16-le", "surrogatepass")
        assert all(not "\ud800" <= fragment[-1:] <= "\udbff" for fragment in fragments)


DELTA = delta_frame(1, "x").decode()
NOT_DELTAS = {
    "another block": delta_frame(2, "x").decode(),
    "a block whose index begins alike": delta_frame(11, "x").decode(),
    "a ping": PING.decode(),
    "another delta": frame({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "x"}}).decode(),
    "a member more": DELTA.replace('"}}', '","y":"z"}}'),
    "a member behind the delta": DELTA.replace('"}}', '"},"y":1}'),
    "another spelling": DELTA.replace('":"', '": "'),
    "no text": DELTA.replace('"x"', "5"),
    "another event name": DELTA.replace("event: content_block_delta", "event: other"),
    "data before it": "data: {}\n" + DELTA,
    "a name before it": "event: ping\n" + DELTA,
    "a blank line more": "\n" + DELTA,
    "a line end inside": DELTA.replace("x", "x\ny"),
    "a bad escape": DELTA.replace('"x"', '"\\q"'),
    "a fragment without its closing quote": DELTA.replace('"x"', '"x\\"'),
    "an opening that is cut": DELTA[9:],
    "a raw tab": DELTA.replace('"x"', '"\t"'),
    "half a character at the end": delta_frame(1, "x\ud83d").decode(),
    "half a character at the end, padded": delta_frame(1, "x\ud83d").decode().replace('"}}', '"}   }'),
}


@pytest.mark.parametrize("case", NOT_DELTAS)
def test_anything_else_is_left_to_the_careful_way(case: str) -> None:
    for whole in (NOT_DELTAS[case], DELTA + NOT_DELTAS[case], NOT_DELTAS[case] + DELTA):
        assert joined_fragments(whole.encode(), 1) is None


def test_bytes_that_are_no_utf_8_are_left_to_the_careful_way() -> None:
    assert joined_fragments(DELTA.encode().replace(b'"x"', b'"\xff"'), 1) is None
    assert joined_fragments(DELTA.encode().replace(b'"x"', b'"\xed\xa0\xbd"'), 1) is None


def test_the_usual_spelling_may_be_padded() -> None:
    assert joined_fragments((DELTA.replace('"}}', '"}      }') + DELTA).encode(), 1) == ("xx", 2)


def test_a_backslash_may_end_a_fragment() -> None:
    following = delta_frame(1, 'n"')
    assert joined_fragments(delta_frame(1, "a\\") + following, 1) == ('a\\n"', 2)
    unclosed = delta_frame(1, "a").replace(b'"a"', b'"a\\"')
    assert joined_fragments(unclosed + following, 1) is None


@pytest.mark.parametrize("text", ["\x01", "\ude00x", "\\ud83d!", "\ud83d!"])
def test_escapes_alone_are_no_reason_to_go_carefully(text: str) -> None:
    assert joined_fragments(delta_frame(1, text), 1) == (text, 1)
