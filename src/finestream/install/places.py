"""Where an installation goes: a project, or the user's own configuration. SHELL: it asks the disk, and writes nothing.

Its one law: what is shared with others names no path of this machine, and what names one is shared with nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from finestream.errors import InstallError
from finestream.install.layout import LOCAL, OUR_FOLDERS, SCRIPTS, SETTINGS, SHARED_FOLDERS


@dataclass(frozen=True)
class Place:
    """``root``: the folder with the settings; ``project``: whose they are, None for the user's own; ``scripts``: as settings name it."""

    root: Path
    project: Path | None
    scripts: str

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings files that are ours to edit there, those first that lead to a server."""
        return (LOCAL, SETTINGS) if self.project else (SETTINGS,)

    def check_links(self) -> None:
        """See to it that what is ours alone lies here: whatever a link there leads to is not ours to write or to clear.

        Raises:
            InstallError: There is a link.
        """
        if self.project and self.root.is_symlink():
            fix = "Make it a folder of this project, or run this in the project that it leads to."
            raise InstallError("this is a link, so everything would go into another folder", fix, path=str(self.root))
        for path in self._only_ours():
            if path.is_symlink():
                fix = "finestream keeps its own files there: remove the link."
                raise InstallError("this is a link, and leads to something that is not ours", fix, path=str(path))

    def _only_ours(self) -> Iterator[Path]:
        """Yield what has to lie here."""
        for name in OUR_FOLDERS:
            yield from (self.root / above for above in PurePosixPath(name).parents if above.name)
            yield self.root / name
            yield from (path for path in (self.root / name).glob("*") if not path.match("*.py"))
        if self.project:  # where the user keeps the agents and commands of all projects is the user's own affair
            yield from (self.root / name for name in SHARED_FOLDERS)

    def shown(self, path: str) -> str:
        """Return a path of it as people are told."""
        return str(self.root / path) if self.project is None else (Path(self.root.name) / path).as_posix()


def project_place(project: Path, environ: Mapping[str, str]) -> Place:
    """Return the place of a project.

    Raises:
        InstallError: Its settings are the user's own.
    """
    root = project / ".claude"
    if root.resolve() == config_folder(environ).resolve():
        fix = "Use --user to install for all projects, or give --project another folder."
        raise InstallError("this is the user's own configuration, not that of a project", fix, path=str(root))
    return Place(root, project, "${CLAUDE_PROJECT_DIR}/.claude/" + SCRIPTS)


def user_place(environ: Mapping[str, str]) -> Place:
    """Return the place of the user's own configuration.

    Raises:
        InstallError: Its path cannot be written into a settings file.
    """
    root = config_folder(environ).absolute()
    check_name(root)
    return Place(root, None, f"{root}/{SCRIPTS}")


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return where the client has the user's settings."""
    given = environ.get("CLAUDE_CONFIG_DIR")
    return Path(given) if given else Path(environ.get("HOME") or Path.home()) / ".claude"


def check_name(path: Path) -> None:
    """See to it that a path can be written into a settings file.

    Raises:
        InstallError: It holds bytes that are no UTF-8.
    """
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        shown = str(path).encode("utf-8", "backslashreplace").decode()
        raise InstallError("the name of this folder is not UTF-8", "JSON cannot hold it: give it another name.", path=shown) from error
