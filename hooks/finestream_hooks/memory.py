"""What hooks remember from one call to the next: small files in the journal's folder. SHELL.

Its one law: what is not there, or cannot be read, is not known, and that is no fault. A name from outside becomes a part of a path only
where it is a plain word. What every call asks is here; the rest is in ``recollection``, which is imported when it is needed.
"""

import posix

from finestream_hooks.jsontext import parse
from finestream_hooks.lines import EVENTS, KIND, REGULAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

AGENTS, MENDED, FAILURES = "agents", "mended", "failures"
_READ = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_FOLDER = 0o040000
_LONGEST = 64 * 2**10
NEAR = 16 * 2**10  # bytes of the journal; what hooks have written of a call that has just ended is in them
BEGAN, ENDED = "tool_started", "tool_ended"


class Memory:
    """The memory of the project with the journal in ``folder``.

    Args:
        agents: Folders of agent definitions, the one that counts first.
        patience: Seconds for which the end of a call is waited for, where another hook may be about to write it.
    """

    def __init__(self, folder: str, agents: "tuple[str, ...]" = (), *, patience: float = 0.0) -> None:
        self.folder = folder
        self._agents = agents
        self._patience = patience

    def name_agent(self, agent_id: object, agent_type: object) -> None:
        """Remember what kind of agent this is. The gateway knows it by its id only."""
        from finestream_hooks.recollection import keep

        if is_word(agent_id) and isinstance(agent_type, str) and agent_type:
            keep(self.folder, AGENTS, str(agent_id), agent_type.split("\n")[0].encode("utf-8", "replace"))

    def agent_type(self, agent_id: object) -> "str | None":
        """Return what kind of agent this is."""
        found = content(f"{self.folder}/{AGENTS}/{agent_id}") if is_word(agent_id) else None
        return found.decode("utf-8", "replace").strip() or None if found else None

    def priority(self, agent: str) -> "str | None":
        """Return the ``streaming_priority`` in the definition of an agent; one of a plugin is called ``plugin:agent``."""
        from finestream_hooks.recollection import priority

        name = agent.rpartition(":")[2]
        return priority(name, self._agents) if is_word(name) else None

    def keep_mended(self, tool_use_id: object, note: bytes) -> None:
        """Remember what was done to the input of a call, until its hook has told the model."""
        from finestream_hooks.recollection import keep

        if is_word(tool_use_id):
            keep(self.folder, MENDED, f"{tool_use_id}.json", note)

    def take_mended(self, tool_use_id: object) -> "dict[str, object] | None":
        """Return what was done to the input of a call, once."""
        path = f"{self.folder}/{MENDED}/{tool_use_id}.json"
        found = content(path) if is_word(tool_use_id) else None
        if found is None or not is_own(self.folder, MENDED):
            return None
        try:
            posix.unlink(path)
            note = parse(found.decode("utf-8", "replace"))
        except (OSError, ValueError):  # another hook was quicker, or the note is torn
            return None
        return note if isinstance(note, dict) else None

    def received(self, tool_use_id: object) -> "str | None":
        """Return the whole text of an input that the gateway has written down, because the client gives its beginning only."""
        from finestream_hooks.recollection import received

        return received(self.folder, tool_use_id)

    def course(self, session: object, tool_use_ids: "list[str]") -> "dict[str, str]":
        """Return the last that hooks have written of each call: that it ``BEGAN``, or that it ``ENDED``; nothing where they saw neither."""
        tool_use_ids = [tool_use_id for tool_use_id in tool_use_ids if is_word(tool_use_id)]
        found = last_of(tail(f"{self.folder}/{EVENTS}", NEAR), session, tool_use_ids)
        if all(found.get(tool_use_id) == ENDED for tool_use_id in tool_use_ids):
            return found
        from finestream_hooks.recollection import pursue

        return pursue(self.folder, session, tool_use_ids, self._patience)

    def failed(self, event: "Mapping[str, object]", tool: object, tool_use_id: object) -> int:
        """Count one more failure in a row, unless this one was counted before; return its number."""
        from finestream_hooks.recollection import stroke

        return stroke(self.folder, FAILURES, _failures(event, tool), _hash(tool_use_id) if tool_use_id else None)

    def begin_anew(self, event: "Mapping[str, object]", tool: object) -> None:
        """The next failure is the first again, and those that were counted keep their numbers."""
        from finestream_hooks.recollection import RESET, stroke

        stroke(self.folder, FAILURES, _failures(event, tool), RESET)

    def succeeded(self, event: "Mapping[str, object]", tool: object) -> None:
        """A call was good: the next failure is the first again."""
        remove(f"{self.folder}/{FAILURES}/{_failures(event, tool)}")

    def forget(self, session: object) -> None:
        """The session is over; what no living one can ask for goes, too."""
        from finestream_hooks.recollection import forget, tidy

        forget(self.folder, FAILURES, f"{_hash(session)}-")
        tidy(self.folder, (AGENTS, MENDED, FAILURES))


def agent_folders(project: str, environment: "Mapping[bytes, bytes]") -> "tuple[str, ...]":
    """Return where agents are defined, in the order in which the client looks for them (facts 3.1)."""
    plugin = environment.get(b"CLAUDE_PLUGIN_ROOT", b"").decode("utf-8", "surrogateescape")
    config = config_folder(environment)
    return tuple(f"{folder}/agents" for folder in (f"{project}/.claude", config, plugin) if folder)


def config_folder(environment: "Mapping[bytes, bytes]") -> str:
    """Return where the client has the user's settings; empty where nothing says so."""
    config, home = (environment.get(name, b"").decode("utf-8", "surrogateescape") for name in (b"CLAUDE_CONFIG_DIR", b"HOME"))
    return config.rstrip("/") or (home and f"{home}/.claude")


def is_word(name: object) -> bool:
    """Say whether ``name`` can be the name of a file and nothing else."""
    if not isinstance(name, str) or not 0 < len(name) <= 200 or name[0] == ".":
        return False
    return name.isascii() and name.replace("-", "a").replace(".", "a").replace("_", "a").isalnum()


def _failures(event: "Mapping[str, object]", tool: object) -> str:
    """Name a row of failures: of one agent with one tool, since the user's last word."""
    return f"{_hash(event.get('session_id'))}-{_hash((event.get('agent_id'), tool, event.get('prompt_id')))}"


def _hash(value: object) -> str:
    """FNV-1a of 64 bits: of the same text the same in every process, which Python's own is not, and no module to import."""
    found = 0xCBF29CE484222325
    for byte in repr(value).encode("utf-8", "replace"):
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


def is_own(folder: str, kind: str) -> bool:
    """Say whether this is a folder of the memory. Git carries links, and what lies behind one is somebody's documents."""
    try:
        parts = (folder.rpartition("/")[0], folder, f"{folder}/{kind}")
        return all(posix.lstat(path).st_mode & KIND == _FOLDER for path in parts)
    except OSError:
        return False


def content(path: str, limit: int = _LONGEST, *, follows: bool = False) -> "bytes | None":
    """Return the beginning of a file, None where there is none. ``follows``: a link, too."""
    try:
        handle = posix.open(path, _READ & ~posix.O_NOFOLLOW if follows else _READ)
    except (OSError, ValueError):
        return None
    try:
        return posix.read(handle, limit)
    except OSError:  # a folder
        return None
    finally:
        posix.close(handle)


def remove(path: str) -> None:
    """Delete a file, where there is one."""
    try:
        posix.unlink(path)
    except OSError:
        pass


def tail(path: str, limit: int) -> bytes:
    """Return the end of a file; what is none, a link or a pipe that somebody has put there, has no end."""
    try:
        handle = posix.open(path, _READ)
    except OSError:
        return b""
    try:
        status = posix.fstat(handle)
        return posix.pread(handle, limit, max(0, status.st_size - limit)) if status.st_mode & KIND == REGULAR else b""
    except OSError:
        return b""
    finally:
        posix.close(handle)


def last_of(lines: bytes, session: object, tool_use_ids: "list[str]") -> "dict[str, str]":
    """Return the last record of each call among ``lines`` that tells of its beginning or its end. A simulated API gives an id again, to
    another session.
    """
    found: dict[str, str] = {}
    wanted = {tool_use_id.encode("utf-8", "replace"): tool_use_id for tool_use_id in tool_use_ids}
    for line in reversed(lines.split(b"\n")) if wanted else ():
        for key in [key for key in wanted if key in line]:
            event = _told(line, session, wanted[key])
            if event:
                found[wanted.pop(key)] = event
        if not wanted:
            break
    return found


def _told(line: bytes, session: object, tool_use_id: str) -> "str | None":
    try:
        record = parse(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):  # torn
        return None
    if not isinstance(record, dict) or (record.get("tool_use_id"), record.get("session_id")) != (tool_use_id, session):
        return None
    event = record.get("event")
    return event if event in (BEGAN, ENDED) else None
