"""What hooks remember from one call to the next: small files in the journal's folder. SHELL.

Its one law: what is not there, or cannot be read, is not known, and that is no fault. A name from outside becomes a part of a path only
where it is a plain word.
"""

import posix

from finestream_hooks.jsontext import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

AGENTS, MENDED, FAILURES = "agents", "mended", "failures"
_READ = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_LONGEST = 64 * 2**10
_FRONTMATTER = 16 * 2**10
_STROKE = b"|"


class Memory:
    """The memory of the project with the journal in ``folder``.

    Args:
        agents: Folders of agent definitions, the one that counts first.
    """

    def __init__(self, folder: str, agents: "tuple[str, ...]" = ()) -> None:
        self.folder = folder
        self._agents = agents

    # -- agents ----------------------------------------------------------------------------------------------------------------------------

    def name_agent(self, agent_id: object, agent_type: object) -> None:
        """Remember what kind of agent this is. The gateway knows it by its id only."""
        if is_word(agent_id) and isinstance(agent_type, str) and agent_type:
            self._keep(AGENTS, str(agent_id), agent_type.split("\n")[0].encode("utf-8", "replace"))

    def agent_type(self, agent_id: object) -> "str | None":
        """Return what kind of agent this is."""
        found = _content(f"{self.folder}/{AGENTS}/{agent_id}") if is_word(agent_id) else None
        return found.decode("utf-8", "replace").strip() or None if found else None

    def priority(self, agent: str) -> "str | None":
        """Return the ``streaming_priority`` in the definition of an agent; one of a plugin is called ``plugin:agent``."""
        name = agent.rpartition(":")[2]
        for folder in self._agents if is_word(name) else ():
            text = _content(f"{folder}/{name}.md", _FRONTMATTER)
            if text is not None:
                return _priority(text.decode("utf-8", "replace"))
        return None

    # -- inputs that the gateway has mended ------------------------------------------------------------------------------------------------

    def keep_mended(self, tool_use_id: object, note: bytes) -> None:
        """Remember what was done to the input of a call, until its hook has told the model."""
        if is_word(tool_use_id):
            self._keep(MENDED, f"{tool_use_id}.json", note)

    def take_mended(self, tool_use_id: object) -> "dict[str, object] | None":
        """Return what was done to the input of a call, once."""
        if not is_word(tool_use_id):
            return None
        path = f"{self.folder}/{MENDED}/{tool_use_id}.json"
        found = _content(path)
        if found is None:
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

    def tidy(self) -> None:
        """Forget what no living session can ask for."""
        from finestream_hooks.recollection import tidy

        tidy(self.folder, (AGENTS, MENDED, FAILURES))

    # -- failures in a row -----------------------------------------------------------------------------------------------------------------

    def failed(self, session: object, agent: object, tool: object) -> int:
        """Count one more failure in a row; return how many there are.

        Each is a stroke at the end of a file. The system puts strokes of two hooks one behind the other, so none is lost and no two hooks
        are told the same number.
        """
        name = _failures(session, agent, tool)
        try:
            handle = self._opened(FAILURES, name, posix.O_APPEND)
        except OSError:
            return 1
        try:
            posix.write(handle, _STROKE)
            return posix.lseek(handle, 0, 1)  # this stroke's own place
        except OSError:
            return 1
        finally:
            posix.close(handle)

    def succeeded(self, session: object, agent: object, tool: object) -> None:
        """A call was good: the next failure is the first again."""
        _remove(f"{self.folder}/{FAILURES}/{_failures(session, agent, tool)}")

    def forget(self, session: object) -> None:
        """The session is over."""
        folder = f"{self.folder}/{FAILURES}"
        try:
            names = posix.listdir(folder)
        except OSError:
            return
        for name in names:
            if name.startswith(f"{_hash(session)}-"):
                _remove(f"{folder}/{name}")

    # -- files -----------------------------------------------------------------------------------------------------------------------------

    def _keep(self, kind: str, name: str, content: bytes) -> None:
        try:
            handle = self._opened(kind, name, posix.O_TRUNC)
        except OSError:
            return
        try:
            posix.write(handle, content + b"\n")
        except OSError:
            _remove(f"{self.folder}/{kind}/{name}")
        finally:
            posix.close(handle)

    def _opened(self, kind: str, name: str, flag: int) -> int:
        path = f"{self.folder}/{kind}/{name}"
        flags = posix.O_WRONLY | posix.O_CREAT | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK | flag
        try:
            return posix.open(path, flags, 0o600)
        except FileNotFoundError:
            from finestream_hooks.lines import prepare

            prepare(self.folder)
            try:
                posix.mkdir(f"{self.folder}/{kind}", 0o700)
            except FileExistsError:
                pass
            return posix.open(path, flags, 0o600)


def agent_folders(project: str, environment: "Mapping[bytes, bytes]") -> "tuple[str, ...]":
    """Return where agents are defined, in the order in which the client looks for them (facts 3.1)."""
    names = (b"CLAUDE_CONFIG_DIR", b"HOME", b"CLAUDE_PLUGIN_ROOT")
    config, home, plugin = (environment.get(name, b"").decode("utf-8", "surrogateescape") for name in names)
    config = config or (home and f"{home}/.claude")
    return tuple(f"{folder}/agents" for folder in (f"{project}/.claude", config, plugin) if folder)


def is_word(name: object) -> bool:
    """Say whether ``name`` can be the name of a file and nothing else."""
    if not isinstance(name, str) or not 0 < len(name) <= 200 or name[0] == ".":
        return False
    return name.isascii() and name.replace("-", "_").replace(".", "_").replace("_", "a").isalnum()


def _priority(text: str) -> "str | None":
    """Read one plain line of a frontmatter; the rest of it is the client's."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    for line in lines[1:]:
        if line.rstrip() == "---":
            break
        key, colon, value = line.partition(":")
        if colon and key.rstrip() == "streaming_priority":
            return value.partition(" #")[0].strip().strip("\"'")[:64] or None
    return None


def _failures(session: object, agent: object, tool: object) -> str:
    return f"{_hash(session)}-{_hash((agent, tool))}"


def _hash(value: object) -> str:
    """FNV-1a of 64 bits: of the same text the same in every process, which Python's own is not, and no module to import."""
    found = 0xCBF29CE484222325
    for byte in repr(value).encode("utf-8", "replace"):
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


def _content(path: str, limit: int = _LONGEST) -> "bytes | None":
    try:
        handle = posix.open(path, _READ)
    except OSError:
        return None
    try:
        return posix.read(handle, limit)
    except OSError:  # a folder
        return None
    finally:
        posix.close(handle)


def _remove(path: str) -> None:
    try:
        posix.unlink(path)
    except OSError:
        pass
