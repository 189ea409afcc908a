"""The scanner beside two parsers of other makes, the standard library's and jiter, on texts in three groups: y_ is JSON, n_ is none, and
i_ is what parsers may disagree about. What Claude Code's parser takes is the measure (see `finestream.scanner`).
"""

from __future__ import annotations

import json

import jiter
import pytest

from finestream.scanner import DEPTH_LIMIT, Scanner
from tests.scanner_reference import accepts

CASES: dict[str, bytes] = {
    # -- structure
    "y_empty_object": b"{}",
    "y_empty_array": b"[]",
    "y_empty_inside": b'[[],{},[{}],{"a":[]}]',
    "y_space_everywhere": b' \t\r\n{ "a" \n:\t[ 1 ,\r2 ] } \n',
    "y_name_is_empty": b'{"":0}',
    "y_name_stands_twice": b'{"a":1,"a":2}',
    "y_name_with_escapes": b'{"\\u0061\\"\\\\\\n":1}',
    "y_name_is_a_null_character": b'{"\\u0000":1}',
    "y_deep_arrays": b"[" * 60 + b"]" * 60,
    "y_deep_objects": b'{"a":' * 60 + b"1" + b"}" * 60,
    "y_many_items": b"[" + b"0," * 999 + b"0]",
    "n_nothing": b"",
    "n_only_space": b" \n",
    "n_open_object": b"{",
    "n_open_array": b"[",
    "n_open_string": b'"',
    "n_name_alone": b'{"a"}',
    "n_name_and_colon": b'{"a":}',
    "n_name_without_quotes": b"{a:1}",
    "n_name_in_single_quotes": b"{'a':1}",
    "n_name_is_a_number": b"{1:1}",
    "n_two_colons": b'{"a"::1}',
    "n_comma_for_a_colon": b'{"a",1}',
    "n_colon_in_an_array": b'["a":1]',
    "n_comma_at_the_end_of_an_object": b'{"a":1,}',
    "n_comma_at_the_end_of_an_array": b"[1,]",
    "n_comma_at_first": b"[,1]",
    "n_comma_alone": b"[,]",
    "n_two_commas": b"[1,,2]",
    "n_no_comma": b"[1 2]",
    "n_no_comma_between_members": b'{"a":1 "b":2}',
    "n_wrong_closer": b"[1}",
    "n_wrong_closer_of_an_object": b'{"a":1]',
    "n_closer_too_many": b"[1]]",
    "n_something_behind": b"{} x",
    "n_another_value_behind": b"{}{}",
    "n_comment": b"[1] // one",
    "n_comment_inside": b"[/* one */1]",
    "n_form_feed_as_space": b"[\x0c]",
    "n_vertical_tab_as_space": b"[\x0b1]",
    "n_no_break_space": b"[\xc2\xa01]",
    "n_zero_byte_behind": b"[]\x00",
    "n_angle_brackets": b"<null>",
    # -- numbers
    "y_zero": b"[0]",
    "y_minus_zero": b"[-0]",
    "y_minus_zero_point_zero": b"[-0.0]",
    "y_fraction": b"[0.125]",
    "y_power": b"[1e5,1E5,1e+5,1e-5,1.5e05]",
    "y_long_whole_number": b"[" + b"9" * 400 + b"]",
    "y_alone": b"42",
    "y_alone_with_space": b" -1.5 \n",
    "n_plus": b"[+1]",
    "n_zero_in_front": b"[01]",
    "n_minus_zero_in_front": b"[-01]",
    "n_minus_alone": b"[-]",
    "n_two_minus": b"[--1]",
    "n_point_at_first": b"[.5]",
    "n_point_at_last": b"[1.]",
    "n_two_points": b"[1.2.3]",
    "n_point_then_power": b"[1.e1]",
    "n_power_without_digits": b"[1e]",
    "n_power_with_sign_only": b"[1e+]",
    "n_power_with_a_fraction": b"[1e1.5]",
    "n_hexadecimal": b"[0x1]",
    "n_underscore": b"[1_000]",
    "n_space_inside": b"[1 000]",
    "n_letter_behind": b"[1a]",
    "n_digits_of_another_script": "[\u0661]".encode(),
    "n_infinity": b"[Infinity]",
    "n_minus_infinity": b"[-Infinity]",
    "n_not_a_number": b"[NaN]",
    "n_inf": b"[inf]",
    "i_too_large_for_a_float": b"[1e400]",
    "i_too_small_for_a_float": b"[1e-400]",
    "i_power_of_many_digits": b"[1e" + b"9" * 60 + b"]",
    # -- literals
    "y_literals": b"[true,false,null]",
    "y_literal_alone": b"null",
    "n_literal_is_cut": b"[tru]",
    "n_literal_goes_on": b"[nulls]",
    "n_literal_with_a_capital": b"[True]",
    "n_literal_of_python": b"[None]",
    "n_undefined": b"[undefined]",
    "n_two_literals_in_one": b"[truefalse]",
    # -- strings
    "y_escapes": b'["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
    "y_escaped_letters": b'["\\u0041\\u00e9\\uABCD\\uabcd"]',
    "y_pair": b'["\\ud83d\\ude00"]',
    "y_utf8_of_each_length": '["a\u00e9\u6f22\U0001f600"]'.encode(),
    "y_ends_of_utf8": '["\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"]'.encode("utf-8", "surrogatepass"),
    "y_line_separators": '["\u2028\u2029\u0085"]'.encode(),
    "y_zero_width": '["\ufeff\u200b"]'.encode(),
    "y_long": b'"' + b"x" * 5000 + b'"',
    "y_brackets_in_a_string": b'["]}{[\\"]"]',
    "n_control_character": b'["\x01"]',
    "n_zero_byte": b'["\x00"]',
    "n_newline": b'["\n"]',
    "n_tab": b'["\t"]',
    "n_single_quotes": b"['a']",
    "n_unknown_escape": b'["\\x41"]',
    "n_escape_of_a_quote_that_is_none": b'["\\\'"]',
    "n_escape_at_the_end": b'["\\"]',
    "n_escape_of_a_newline": b'["\\\n"]',
    "n_short_escape": b'["\\u12"]',
    "n_escape_of_no_digits": b'["\\u12G4"]',
    "n_escape_with_a_capital": b'["\\U0041"]',
    "n_byte_that_is_none_of_utf8": b'["\xff"]',
    "n_rest_of_a_character": b'["\x80"]',
    "n_character_is_cut": b'["\xe6\xbc"]',
    "n_longer_than_needed": b'["\xc0\xaf"]',
    "n_longer_than_needed_in_three": b'["\xe0\x80\xaf"]',
    "n_beyond_the_last_character": b'["\xf4\x90\x80\x80"]',
    "n_five_bytes": b'["\xf8\x88\x80\x80\x80"]',
    "n_latin_1": b'["\xe9"]',
    "n_utf_16": '["a"]'.encode("utf-16"),
    "i_first_half_alone": b'["\\ud83d"]',
    "i_second_half_alone": b'["\\ude00"]',
    "i_first_half_and_a_letter": b'["\\ud83d\\u0041"]',
    "i_halves_the_wrong_way_round": b'["\\ude00\\ud83d"]',
    "i_half_in_three_bytes": b'["\xed\xa0\xbd"]',
    "i_byte_order_mark": b"\xef\xbb\xbf[]",
    "i_very_deep": b"[" * 3000 + b"]" * 3000,
    "i_too_deep": b"[" * (DEPTH_LIMIT + 1) + b"]" * (DEPTH_LIMIT + 1),
}
# What the scanner says to what parsers disagree about: all but what is too deep for anybody.
TAKEN = {name: name != "i_too_deep" for name in CASES if name.startswith("i_")}
_DEEP = ("i_very_deep", "i_too_deep")  # Python's own parser gives up before; how deep it goes depends on where it is called from


def takes(data: bytes) -> bool:
    """Whether the scanner takes a text."""
    scanner = Scanner()
    scanner.feed(data + b" ")  # a number ends where something follows it
    return scanner.complete and scanner.fault is None


def jiter_takes(data: bytes) -> bool:
    """Whether jiter does."""
    try:
        jiter.from_json(data, allow_inf_nan=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_three_parsers_agree(name: str) -> None:
    data, group = CASES[name], name[:2]
    if group == "i_":
        assert takes(data) == TAKEN[name]
        assert name in _DEEP or accepts(data) == TAKEN[name]
        return
    found = {"scanner": takes(data), "json": accepts(data), "jiter": jiter_takes(data)}
    assert set(found.values()) == {group == "y_"}, found


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("y_")])
def test_no_beginning_of_a_text_is_taken_for_a_fault(name: str) -> None:
    data = CASES[name]
    for at in range(0, len(data), max(1, len(data) // 200)):
        scanner = Scanner()
        scanner.feed(data[:at])
        assert scanner.fault is None


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("n_")])
def test_a_fault_lies_where_no_parser_could_go_on(name: str) -> None:
    """Up to the fault the text may still become valid; from it on it cannot."""
    scanner = Scanner()
    scanner.feed(CASES[name] + b" ")
    if scanner.fault is None:
        assert not scanner.complete
        return
    before = Scanner()
    before.feed(CASES[name][: scanner.fault.offset])
    assert before.fault is None
    assert not accepts(CASES[name])


def test_two_parsers_have_the_same_values() -> None:
    for name, data in CASES.items():
        if name.startswith("y_"):
            assert json.dumps(jiter.from_json(data)) == json.dumps(json.loads(data)), name
