from __future__ import annotations

import pytest

from finestream.repair.rules import REASONS, RULES, keeps_content


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("escaped_control_character", "\n", "\\n"),
        ("escaped_control_character", "\x01", "\\u0001"),
        ("doubled_backslash", "", "\\"),
        ("replaced_quotes", "'it\\'s \\d \"x\" \n\\u00fc'", '"it\'s \\\\d \\"x\\" \\n\\u00fc"'),
        ("replaced_quotes", '<|"|>a b<|"|>', '"a b"'),
        ("dropped_trailing_comma", ",", ""),
        ("dropped_comment", "// x", ""),
        ("dropped_comment", "/* x\ny */", ""),
        ("added_quotes", "word", '"word"'),
        ("added_quotes", 'word"', '"word"'),
        ("translated_literal", "None", "null"),
        ("replaced_placeholder", "?", "null"),
        ("added_brace", "", "}}"),
        ("escaped_quotes", '"{"a": 1}"', '"{\\"a\\": 1}"'),
        ("dropped_trailing_text", "]", ""),
        ("quoted_value", "[1]", '"[1]"'),
        ("wrapped_value", "", '{"": ['),
        ("parsed_string", '"1"', "1"),
    ],
)
def test_a_correction_by_its_rule_keeps_content(rule: str, before: str, after: str) -> None:
    assert keeps_content(rule, before, after)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("escaped_control_character", "\n", "\\t"),
        ("doubled_backslash", "x", "\\"),
        ("escaped_quote", "", '"'),
        ("replaced_quotes", "'ab'", '"a"'),
        ("replaced_quotes", "'a\n'", '"a"'),
        ("replaced_quotes", "'a '", '"a"'),
        ("dropped_trailing_comma", ",x", ""),
        ("added_comma", "", ",x"),
        ("dropped_comment", "/* x */ y", ""),
        ("dropped_comment", "// x", "y"),
        ("dropped_trailing_text", "]", "["),
        ("dropped_white_space", "", ""),
        ("added_quotes", "word", '"wor"'),
        ("added_quotes", 'word"', '"wor"'),
        ("translated_literal", "True", "false"),
        ("escaped_quotes", '"{"a": 1}"', '"{}"'),
        ("quoted_value", "[1]", '"[2]"'),
        ("parsed_string", "", "1"),
        ("translated_markup", "x", ""),
    ],
)
def test_one_that_drops_or_invents_does_not(rule: str, before: str, after: str) -> None:
    assert not keeps_content(rule, before, after)


def test_names_are_names_and_reasons_are_sentences() -> None:
    assert all(name.replace("_", "").isalpha() for name in [*RULES, *REASONS])
    assert all(reason[0].isupper() and reason.endswith(".") for reason in REASONS.values())
