"""Loading the settings. SHELL: files, environment and command line -> (Settings, warnings).

Precedence, lowest first: the defaults, the user's file, the project's file, the command line. For the upstream alone: the environment's
``ANTHROPIC_BASE_URL`` counts where neither the user's file nor the command line names one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from finestream.errors import GatewayError, SettingsError
from finestream.plainfile import open_plain
from finestream.quantities import address
from finestream.settings import Layer, Settings, override, parse_settings

_LARGEST = 16 * 2**10  # bytes; all keys take one of them, and PyYAML a minute for a megabyte that somebody has made for it
PROJECT_FILE = Path(".claude", "finestream.yaml")


def load_settings(
    project: Path, overrides: Mapping[str, str | None] | None = None, *, environ: Mapping[str, str] | None = None
) -> tuple[Settings, tuple[str, ...]]:
    """Read what the user, the project and the command line ask for.

    Args:
        project: The folder whose ``.claude/finestream.yaml`` counts.
        overrides: From the command line: a key as it is written in the file (``hold.size`` for one of a section), and its text or None.
        environ: Instead of the process's own environment.
    Returns:
        The settings, and warnings to print.
    Raises:
        SettingsError: A file that cannot be read or obeyed.
        GatewayError: ``ANTHROPIC_BASE_URL`` is needed and is no address.
        click.UsageError: A value of the command line that cannot be obeyed.
    """
    environ = os.environ if environ is None else environ
    found = [_read(user_file(environ), trusted=True), _read(project / PROJECT_FILE, trusted=False)]
    settings, warnings = parse_settings([layer for layer in found if layer is not None])
    for key, text in (overrides or {}).items():
        if text is not None:
            settings = _override(settings, key, text)
    if settings.upstream is None and environ.get("ANTHROPIC_BASE_URL"):
        settings = replace(settings, upstream=_upstream_of(environ["ANTHROPIC_BASE_URL"]))
    return settings, warnings


def user_file(environ: Mapping[str, str]) -> Path:
    """Return where the user's own settings are; a relative ``XDG_CONFIG_HOME`` is void by its specification."""
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():
        folder = (Path(environ["HOME"]) if environ.get("HOME") else Path.home()) / ".config"
    return folder / "finestream" / "config.yaml"


def _read(path: Path, *, trusted: bool) -> Layer | None:
    try:
        data = _content(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(
            f"this cannot be read: {error.strerror}", "Make it a readable file, or move it away.", path=str(path), line=1
        ) from error
    try:
        return Layer(str(path), data.decode("utf-8-sig"), trusted)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError("this is not UTF-8 text", "Save the file as UTF-8.", path=str(path), line=line) from error


def _content(path: Path) -> bytes:
    with open_plain(path) as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {_LARGEST // 2**10} KB")
    return data


def _override(settings: Settings, key: str, text: str) -> Settings:
    try:
        return override(settings, key, text)
    except ValueError as error:
        import click  # has been imported by whoever parsed a command line

        raise click.UsageError(f"'{key}' {error}") from None


def _upstream_of(text: str) -> str:
    try:
        return address(text)
    except ValueError as error:
        raise GatewayError(f"ANTHROPIC_BASE_URL {error}", "Set it right, unset it, or give --upstream.", address=text) from None
