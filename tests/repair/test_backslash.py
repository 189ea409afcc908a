from __future__ import annotations

import re

import pytest

from finestream.repair.backslash import Written, find_suspect


def written(text: str) -> list[Written]:
    """Take what stands between two bars for a string, and the backslashes in it that start no escape for doubled ones."""
    text = f"|{text}|"
    escapes = list(re.finditer(r"\\(?:u[0-9a-f]{4}|.)", text))
    forgotten = [escape.start() for escape in escapes if escape[0][1] not in 'bfnrtu"\\/']
    strings = [match.span() for match in re.finditer(r"[^|]+", text)]
    return [Written(start, end, [at for at in forgotten if start <= at < end]) for start, end in strings]


@pytest.mark.parametrize(
    "text",
    [
        r"^\d+$",
        r"D:\docs\setup",
        r"D:\docs|One.\n\nTwo.",
        r"D:\docs|import os\nimport sys\n",
        r"D:\docs|f\u00fcr dich",
        r"D:\docs|\\\\nas\\share",
        r"import re\nprint(re.findall('\d+', s))",
        r"D:\docs|s/\\d+/x y/",
        r"import re\nx = re.find('\d+', s)\n",
        r"\section{Intro}\n\nText.\n",
        r"\section*{Intro}\n\n\n\subsection[a]{b}\r\n\r\nText x\n",
        r"D:\docs|is a\nu b\r\n",
        r"<?php\n\nnamespace App\Http;\n\nuse App\Models\User;\n",
        r"cd C:\Projects\app && dir\n",
        r"a \"\d\" b\n",
        r"\d|f\u00fcr",
        r"\d|a b\tc",
        r"\S+ and x\r\n",
        r"re.match(\"\d+\", s)\nprint(\"done\")\n",
        r"re.match('\d+', s)\n# it's done\nprint('\"`\"')\n",
        r"\d|say \"a\\\"b\\\\\"\nx",
        r"\d|\"\"\"What it does.\n\nAnd how.\"\"\"\nx",
        '\\d|an inch: 5"\nx y\\tz',
    ],
)
def test_line_breaks_far_from_a_forgotten_backslash_are_line_breaks(text: str) -> None:
    assert find_suspect(f"|{text}|", written(text)) is None


@pytest.mark.parametrize(
    ("text", "suspect"),
    [
        (r"C:\Users\dev\notes", r"\notes"),
        (r"D:\docs and D:\new", r"\new"),
        (r"D:\docs|D:\new dir", r"\new dir"),
        (r"\d|dir\new", r"\new"),
        (r"\d|back\b space", r"\b space"),
        (r"'\bword\s'", r"\bword"),
        (r"'\d\n'", r"\n'"),
        (r"'\d a \n'", r"\n'"),
        (r"\\server\share", r"\\server"),
        (r"s/\//\d/", r"\//"),
        (r"App\Http and php\nspace", r"\nspace"),
        (r"D:\docs then line\nnext", r"\nnext"),
        (r"\d\u0041", r"\u0041"),
        (r"say \hi\"", r"\""),  # a quote was lost behind the backslash
        (r"\d|\n", r"\n"),
        (r"\d|\tab", r"\tab"),
        (r"D:\docs|one two\nthree", r"\nthree"),
        (r"D:\docs|cd src\new folder && dir", r"\new folder"),
        (r"D:\docs|cd src\new && dir\n", r"\new &&"),
        (r"D:\docs|cd \temp && dir\n", r"\temp"),
        (r"D:\docs|\readme.md", r"\readme"),
        (r"cd src\new|D:\docs", r"\new"),
        (r"\work|see docs\test plan.md", r"\test"),
        (r"findstr /R \d src\new docs\readme.md", r"\new"),
        (r"D:\docs|dir \\nas", r"\\nas"),
        (r"D:\docs|\\nas\\share", r"\\nas"),
        (r"App\Http\n\nuse", r"\n\nuse"),
        (r"\section{Intro}\nText x\n", r"\nText"),
        (r"\d{3}\n\nx y", r"\n\nx"),
        (r"\LaTeX{}\n\n\newpage x\n", r"\newpage"),
        (r"\alpha is\n\textbf{b} x\n", r"\textbf"),
        (r"\alpha is a\n\nu b\n", r"\nu"),
        (r"\alpha is a\n\ref{b} x\n", r"\ref"),
        (r"\alpha is a\n\t\theta b\n", r"\theta"),
        # inside a literal of the code
        (r"m(\"\d+\", s)\nprint(\"done\n\")\n", r"\n\")"),
        (r"m(\"\d+\", s)\nprint('done;\n')\n", r"\n')"),
        (r"m(\"\d+\", s)\nprint(b'done\n')\n", r"\n')"),
        (r"m(\"\d+\", s)\nprint(`done \r`)\n", r"\r`"),
        (r"\d|a(\"\t\")", r"\t\""),
        (r"\d|a(\n'b c\n')", r"\n')"),
        (r"\d|a(\'b c\n\')", r"\n\')"),
        (r"\d|a(\"\\\" and\n\")", r"\n\""),
        (r"\s|a(\"\", \"it's\n\")", r"\n\""),
    ],
)
def test_an_escape_that_may_be_two_characters_is_a_suspect(text: str, suspect: str) -> None:
    assert find_suspect(f"|{text}|", written(text)) == f"|{text}|".index(suspect)
