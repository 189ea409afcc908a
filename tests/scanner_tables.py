"""The edges of the scanner, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from finestream.scanner import Fault

LONG = b"x" * 64
KINDS: Mapping[str, frozenset[str]] = {"s": frozenset({"string"}), "l": frozenset({"array", "null"}), "n": frozenset({"number"})}

FAULTS = [
    (b'{"a": "x\ny"}', "control-character", 8),
    (b'{"a": "x\x00"}', "control-character", 8),
    (b'{"a\t": 1}', "control-character", 3),
    (b'{"a": "C:\\dev"}', "bad-escape", 10),
    (b'{"a": "\\u12G4"}', "bad-escape", 11),
    (b'{"a": "\\u12"}', "bad-escape", 11),
    (b'{"a": "\\\n"}', "bad-escape", 8),
    (b'{"a\\x": 1}', "bad-escape", 4),
    (b'{"a": "\x80"}', "bad-utf8", 7),
    (b'{"a": "\xc1\x80"}', "bad-utf8", 7),
    (b'{"a": "\xc3"}', "bad-utf8", 8),
    (b'{"a": "\xe0\x9f\x80"}', "bad-utf8", 8),
    (b'{"a": "\xe6\xbc"}', "bad-utf8", 9),
    (b'{"a": "\xf0\x8f\x80\x80"}', "bad-utf8", 8),
    (b'{"a": "\xf0\x9f\x98"}', "bad-utf8", 10),
    (b'{"a": "\xf1\x80\x80 "}', "bad-utf8", 10),
    (b'{"a": "\xf4\x90\x80\x80"}', "bad-utf8", 8),
    (b'{"a": "\xf5\x80\x80\x80"}', "bad-utf8", 7),
    (b'{"a": 1,}', "trailing-comma", 8),
    (b'{"a": [1, ]}', "trailing-comma", 10),
    (b'{"a": "x" "b": 1}', "missing-comma", 10),
    (b'{"a": "x": 1}', "missing-comma", 9),
    (b'{"a": [1 2]}', "missing-comma", 9),
    (b'{"a" 1}', "missing-colon", 5),
    (b'{"a"}', "missing-colon", 4),
    (b"{a: 1}", "bad-key", 1),
    (b"{'a': 1}", "bad-key", 1),
    (b"{,}", "bad-key", 1),
    (b'{"a": 1, 2}', "bad-key", 9),
    (b'{"a": trux}', "bad-literal", 9),
    (b'{"a": nullx}', "bad-literal", 10),
    (b'{"a": tr}', "bad-literal", 8),
    (b'{"a": 01}', "bad-number", 7),
    (b'{"a": -}', "bad-number", 7),
    (b'{"a": -01}', "bad-number", 8),
    (b'{"a": 1.}', "bad-number", 8),
    (b'{"a": 1.e5}', "bad-number", 8),
    (b'{"a": 1e}', "bad-number", 8),
    (b'{"a": 1e+}', "bad-number", 9),
    (b'{"a": 1x}', "bad-number", 7),
    (b'{"a": 0x1F}', "bad-number", 7),
    (b'{"a": [1}', "wrong-closer", 8),
    (b'{"a": [}', "wrong-closer", 7),
    (b'{"a": [1,}', "wrong-closer", 9),
    (b'{"a": 1]', "wrong-closer", 7),
    (b"{]", "wrong-closer", 1),
    (b'{"a": 1} x', "surplus", 9),
    (b'{"a": 1}}', "surplus", 8),
    (b"{}{}", "surplus", 2),
    (b"1 ,", "surplus", 2),
    (b"1,", "surplus", 1),
    (b"", None, 0),
    (b"  x", "not-a-value", 2),
    (b"]", "not-a-value", 0),
    (b'{"a": }', "not-a-value", 6),
    (b'{"a": ]', "not-a-value", 6),
    (b'{"a": .5}', "not-a-value", 6),
    (b'{"a": +1}', "not-a-value", 6),
    (b'{"a": True}', "not-a-value", 6),
    (b'{"a": [,1]}', "not-a-value", 7),
    (b'{"a": NaN}', "not-a-value", 6),
    (b"\xef\xbb\xbf{}", None, 0),
    (b"\xef\xbb{}", "not-a-value", 2),
    (b"\xefx", "not-a-value", 1),
    (b" \xef\xbb\xbf{}", "not-a-value", 1),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", "not-a-value", 3),
]

VALID = [
    *(b'-0 0 1e5 1E+5 1.5e-5 -12.25 0.0 0e0 true false null {} [] ""'.split()),
    *(b'"\\"" "\\\\" "\\/" "\\b\\f\\n\\r\\t" "\\u00e9" "\\uD83D\\uDE00" "\\ud83d" "\\ude00\\ud83d"'.split()),
    *('"é" "漢" "😀" "\ud83d\ude00" "\ud83d" "\x7f" "\u0800\uffff" "\U0010ffff\U00040000"'.encode("utf-8", "surrogatepass").split()),
    *(b'[[],[[]],{}] {"":{"":""}} {"a":1,"a":2} {"\\u0061\\ud83d":[{}]} {"\xc3\xa9":0}'.split()),
    b' \t\r\n{ \t"a"\r:\n[ 1 , { } , [ ] , "x" , null ] , "b" : { } }',
]

WHERE = [
    (b"", "nothing", (), 0),
    (b"\xef\xbb", "nothing", (), 0),
    (b"{", "object", (), 1),
    (b'{"', "key", (), 1),
    (b'{"a\\', "key", (), 1),
    (b'{"a" ', "object", (), 1),
    (b'{"a": ', "object", (), 1),
    (b'{"a": "', "string", ("a",), 1),
    (b'{"a": "\\ud8', "string", ("a",), 1),
    (b'{"a": -', "number", ("a",), 1),
    (b'{"a": 1', "number", ("a",), 1),
    (b'{"a": 1 ', "object", (), 1),
    (b'{"a": nul', "literal", ("a",), 1),
    (b'{"a": null', "literal", ("a",), 1),
    (b'{"a": [', "array", ("a",), 2),
    (b'{"a": [[0, "x", {"\\u00e9": {"\xc3\xa9": t', "literal", ("a", 0, 2, "é", "é"), 5),
    (b'{"a": [1, ', "array", ("a",), 2),
    (b'{"a": [1, {"b": 1}', "array", ("a",), 2),
    (b'{"": {"": "', "string", ("", ""), 2),
    (b'{"a": 1}', "nothing", (), 0),
    (b"12", "number", (), 0),
    (b"12 ", "nothing", (), 0),
]

CHECKPOINTS = [
    # (what is certain, what has arrived behind it, what closes the former)
    (b"", b'{"a": "' + LONG[1:], b""),  # (S): too little of the string yet
    (b'{"a": "' + LONG, b"", b'"}'),
    (b'{"a": "' + LONG, b"\\", b'"}'),
    (b'{"a": "' + LONG, b"\\u00e", b'"}'),
    (b'{"a": "' + LONG, b"\xf0\x9f\x98", b'"}'),
    (b"", b'{"a": "' + LONG[2:] + b"\xe6\xbc", b""),
    (b'{"a": "' + LONG, b"\\ud83d", b'"}'),
    (b'{"a": "' + LONG, b"\\uDBFF\\ude0", b'"}'),
    (b'{"a": "' + LONG + b"\\ud83d\\ude00", b"", b'"}'),
    (b'{"a": "' + LONG, b"\xed\xa0\xbd", b'"}'),
    (b'{"a": "' + LONG, b"\xed\xa0\xbd\xed\xb8", b'"}'),
    (b'{"a": "' + LONG + b"\xed\xa0\xbd\xed\xb8\x80", b"", b'"}'),
    (b'{"a": "' + LONG + b"\\ud83d", b"\\ud83d", b'"}'),  # the first half cannot be half of a pair any more
    (b'{"a": "' + LONG + b"\\ud83dx", b"", b'"}'),
    (b'{"a": "' + LONG + b"\\ude00", b"", b'"}'),
    (b'{"a": "' + LONG + b"\\\\ud83d", b"", b'"}'),  # an escaped backslash in front of plain letters
    (b'{"a": "' + LONG + b"\\\\", b"\\ud83d", b'"}'),
    (b'{"a": "' + LONG, b"\n", b'"}'),  # a fault
    (b'{"a": [["' + LONG + b"\\ud83d", b'"', b'"]]}'),  # the closing quote proves the border before it
    (b'{"a": [["' + LONG, b'", 1, {"b": 2, "c": ["y', b'"]]}'),  # deeper than (I) reaches
    (b'{"a": [{"b": "' + LONG, b'", "c": 1, ', b'"}]}'),
    (b'{"a": [["' + LONG + b'", 1], [1]', b", [2", b"]}"),
    (b"", b'{"' + LONG, b""),  # a key is no value
    (b'{"a": 1', b', "' + LONG + b'": "y', b"}"),
    (b'{"a": "x"', b"", b"}"),  # (M)
    (b'{"a": 12', b" ", b"}"),
    (b"", b'{"a": 12', b""),
    (b"", b'{"a": null', b""),
    (b'{"a": {"b": {"c": true', b", ", b"}}}"),
    (b'{"a": {"b": {}', b', "c": {"d": ', b"}}"),
    (b'{"a": {"b": {}}', b', "c": ', b"}"),
    (b'{"a": [1', b", 2", b"]}"),  # (I)
    (b'{"a": [1, {"b": [2], "c": 3}', b', {"d": 4, ', b"]}"),
    (b'{"a": {"b": [[1, 2], 3', b", [4, 5", b"]}}"),
    (b'{"a": [1], "b": []', b', "c": [', b"}"),
    (b'{"a": 1}', b" \n", b""),
    (b'\xef\xbb\xbf{"a": []', b", ", b"}"),
    (b"{}", b" x", b""),
    (b"", b'["' + LONG + b'", 1, ', b""),  # a misfit: the top level is no object
    (b'{"o": {}, "s": "x"', b', "l": 1, "s": "y"', b"}"),  # a misfit: l wants an array or null
    (b'{"o": 1', b', "s": ["' + LONG + b'", 2], "o": 3} ', b"}"),
]

MISFITS = [
    (b'{"s": "x", "l": null, "l": [], "n": -1, "z": {}}', None),
    (b'{"s": "x", "n": "1"', Fault(16, "wrong-kind")),
    (b'{"s": true', Fault(6, "wrong-kind")),
    (b'{"\\u0073": n', Fault(11, "wrong-kind")),
    (b'{"l": {"', Fault(6, "wrong-kind")),
    (b'{"n": [1], "s": 2}', Fault(6, "wrong-kind")),
    (b'{"z": {"s": 1}, "y": [{"s": 1}]}', None),
    (b' "{}"', Fault(1, "not-an-object")),
    (b"[{", Fault(0, "not-an-object")),
    (b"tru", Fault(0, "not-an-object")),
    (b"x", None),
]


def line(size: int) -> bytes:
    """An escaped line of ``size`` bytes; its first ``n`` stands behind an escaped backslash."""
    return b"\\\\" + b"n" * (size - 4) + b"\\n"


CHUNKS: list[tuple[bytes, list[tuple[tuple[str | int, ...], bytes, str]]]] = [
    (
        b'{"a": 1, "b": "x" , "c": {"d": [1, 2]}, "e": []}',
        [(("a",), b"1", "member"), (("b",), b'"x"', "member"), (("c",), b'{"d": [1, 2]}', "member"), (("e",), b"[]", "member")],
    ),
    (
        b'{"a": [ 1, "x" ,[2], {"b": [3]}\n]}',
        [
            (("a", 0), b"1", "item"),
            (("a", 1), b'"x"', "item"),
            (("a", 2), b"[2]", "item"),
            (("a", 3), b'{"b": [3]}', "item"),
            (("a",), b"\n]", "member"),
        ],
    ),
    (b'{"a": 1, "a": 2}', [(("a",), b"1", "member"), (("a",), b"2", "member")]),
    (b'{"a": 12', []),
    (b"[1, 2] ", []),
    (b'{"a": "%s' % line(1023), []),
    (b'{"a": "%s' % line(1024), [(("a",), line(1024), "text")]),
    (b'{"a": "%s%s"}' % (line(1024), line(1023)), [(("a",), line(1024), "text"), (("a",), line(1023) + b'"', "member")]),
    (b'{"a": "%s%s"}' % (line(1024), line(1024)), [(("a",), line(1024), "text"), (("a",), line(1024), "text"), (("a",), b'"', "member")]),
    (b'{"a": "%s\\n"}' % line(253), [(("a",), b'"%s\\n"' % line(253), "member")]),
    (b'{"a": "%s\\n"}' % line(254), [(("a",), line(254) + b"\\n", "text"), (("a",), b'"', "member")]),
    (b'{"a": "%sy\\n"}' % line(254), [(("a",), b'"%sy\\n"' % line(254), "member")]),
    (b'{"a": "%s\\r\\n"}' % line(254), [(("a",), b'"%s\\r\\n"' % line(254), "member")]),
    (b'{"a": "%s\\\\n"}' % line(254), [(("a",), b'"%s\\\\n"' % line(254), "member")]),  # a backslash and the letter n
    (b'{"a": "%s\\\\n\\n"}' % line(253), [(("a",), b'"%s\\\\n\\n"' % line(253), "member")]),
    (b'{"a": "%s\\nyy"}' % line(253), [(("a",), b'"%s\\nyy"' % line(253), "member")]),
    (b'{"a": "%s%s"}' % (line(1023), line(20)), [(("a",), line(1023) + line(20), "text"), (("a",), b'"', "member")]),
    (b'{"a": "%s%s\\n' % (line(1100), line(254)), [(("a",), line(1100), "text"), (("a",), line(254) + b"\\n", "text")]),
    (b'{"a": "%s\\\\\\n%s' % (LONG * 15 + LONG[4:], line(9)), [(("a",), LONG * 15 + LONG[4:] + b"\\\\\\n", "text")]),
    (b'{"a": "%s\\\\\\n\\n%s' % (LONG * 3 + LONG[6:], line(9)), [(("a",), LONG * 3 + LONG[6:] + b"\\\\\\n\\n", "text")]),
    (b'{"a": "%s\\nyy\\n\\n' % line(253), [(("a",), line(253) + b"\\nyy\\n\\n", "text")]),
    (b'{"a": "%s\\\\n\\n%s\\n' % (line(300), line(900)), [(("a",), line(300) + b"\\\\n\\n" + line(900), "text")]),
    (b'{"a": "%s\\\\n\\ny\\n\\n' % line(253), [(("a",), line(253) + b"\\\\n\\ny\\n\\n", "text")]),
    (b'{"a": {"b": "%s"}}' % line(2000), [(("a",), b'{"b": "%s"}' % line(2000), "member")]),
    (b'{"a": ["%s"]}' % line(2000), [(("a", 0), b'"%s"' % line(2000), "item"), (("a",), b"]", "member")]),
]
