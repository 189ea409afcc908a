"""JSON without the module ``json``, which brings ``re`` and ``enum`` along and doubles the time of a start. PURE.

Its one law: the same values and texts as ``json`` gives; where the C half of it is missing or odd, ``json`` itself is used.
"""

try:
    from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner
except ImportError:  # another interpreter than CPython
    make_scanner = None  # type: ignore[assignment, misc] # the stubs know only CPython, which has one

_CONSTANTS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class _Rules:
    """What ``json.JSONDecoder`` would tell its scanner."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = _CONSTANTS.__getitem__


def parse(text: str) -> object:
    """Return the value that begins ``text``; white space around it is passed over.

    Raises:
        ValueError: There is none, or it is not complete.
    """
    text = text.strip(" \t\r\n\ufeff")
    try:
        value, _ = make_scanner(_Rules)(text, 0)  # type: ignore[arg-type] # the stubs ask for a JSONDecoder; only these attributes are read
    except StopIteration:
        raise ValueError("no JSON value") from None
    except (TypeError, AttributeError, SystemError):  # no scanner, one that asks for more, or one that has an error to tell and no `json`
        import json

        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    return value


def spell(value: object, *, is_ascii: bool = True) -> str:
    """Return ``value`` as compact JSON: one line, whatever is in it, where ``is_ascii``."""
    try:
        encoder = encode_basestring_ascii if is_ascii else encode_basestring
        return "".join(make_encoder(None, _refuse, encoder, None, ":", ",", False, False, True)(value, 0))
    except (TypeError, NameError):
        import json

        return json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"), default=str)


def size(value: object) -> int:
    """Return the bytes of ``value`` as the client writes it down."""
    return len(spell(value, is_ascii=False).encode("utf-8", "surrogatepass"))


def _refuse(value: object) -> object:
    raise TypeError(type(value).__name__)
