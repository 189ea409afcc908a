"""What the user's settings say about the journal. SHELL: two files, read without a parser of YAML, which the standard library lacks.

Its one law: what is not plainly a yes is a no. Where ``content`` stands with a word we do not know, no content is written down.
"""

import posix
import re

_ENTRY = r"(?:^|[\s{{,])[\"']?{}[\"']?\s*:\s*([^\s,}}#]+)"
_CONTENT = re.compile(_ENTRY.format("content"))
_LIMIT, _ROTATE = re.compile(_ENTRY.format("content_limit")), re.compile(_ENTRY.format("rotate"))
_KEEP = re.compile(_ENTRY.format("keep"))
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_SIZE = re.compile(r"(?i)([0-9.]+)(B|KB|MB|GB)")
_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}
_YES = ("on", "true", "yes")
_LARGEST = 2**20


class Preferences:
    """``limit``: bytes of one input; ``rotate`` and ``keep``: of the journal's files."""

    def __init__(self) -> None:
        self.has_content = True
        self.limit = 2**20
        self.rotate = 10 * 2**20
        self.keep = 5


def load_preferences(folder: str) -> Preferences:
    """Read what the user and the project wish; the project's word beats the user's. ``folder``: of the journal."""
    found = Preferences()
    for path in (_user_file(), folder.rpartition("/")[0] + "/finestream.yaml"):
        _take(found, _COMMENT.sub("", _text(path)))
    return found


def _take(found: Preferences, text: str) -> None:
    if "journal" not in text:
        return
    content = _CONTENT.search(text)
    if content:
        found.has_content = _bare(content.group(1)) in _YES
    limit, rotate, keep = _LIMIT.search(text), _ROTATE.search(text), _KEEP.search(text)
    if limit:
        found.limit = _bytes(limit.group(1), found.limit)
    if rotate:
        found.rotate = _bytes(rotate.group(1), found.rotate)
    if keep and _bare(keep.group(1)).isdigit():
        found.keep = int(_bare(keep.group(1)))


def _bytes(word: str, otherwise: int) -> int:
    match = _SIZE.fullmatch(_bare(word))
    try:
        return int(float(match.group(1)) * _UNITS[match.group(2).upper()]) if match else otherwise
    except ValueError:
        return otherwise


def _bare(word: str) -> str:
    return word.strip("\"'").lower()


def _user_file() -> str:
    config, home = (posix.environ.get(name, b"").decode("utf-8", "surrogateescape") for name in (b"XDG_CONFIG_HOME", b"HOME"))
    return f"{config if config.startswith('/') else home + '/.config'}/finestream/config.yaml"


def _text(path: str) -> str:
    """Return the beginning of a file; a pipe or a device that stands there, or behind a link, would keep everybody waiting."""
    try:
        with open(posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK), encoding="utf-8", errors="replace") as file:
            is_file = posix.fstat(file.fileno()).st_mode & 0o170000 == 0o100000
            return file.read(_LARGEST) if is_file else ""
    except OSError:
        return ""
