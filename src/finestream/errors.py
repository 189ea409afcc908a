"""The error tree. PURE. Its one law: every error says what happened and what to do about it.

FinestreamError
├── SettingsError   a settings file, with its path and line
├── GatewayError    a server or an address
├── JournalError    a log file or folder
├── ArrangementError  what the installation has arranged for the permanent monitor
├── InstallError    a file that we install, or that we install into, with its path
├── ClientError     the Claude Code client
├── ScriptError     a simulator script
└── ExamError       a gateway that sits the exam
"""

from __future__ import annotations


class FinestreamError(Exception):
    """An expected failure: ``message`` says what happened, ``fix`` what the reader can do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    @property
    def place(self) -> str:
        """Where it happened, or an empty string."""
        return ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}\n  {self.fix}"


class SettingsError(FinestreamError):
    """A settings file that cannot be obeyed: ``path`` and ``line`` (counted from 1) point at the cause."""

    def __init__(self, message: str, fix: str, *, path: str, line: int) -> None:
        super().__init__(message, fix)
        self.path = path
        self.line = line

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


class GatewayError(FinestreamError):
    """A server that cannot be started or reached at ``address``."""

    def __init__(self, message: str, fix: str, *, address: str) -> None:
        super().__init__(message, fix)
        self.address = address

    @property
    def place(self) -> str:
        return self.address


class _PathError(FinestreamError):
    def __init__(self, message: str, fix: str, *, path: str) -> None:
        super().__init__(message, fix)
        self.path = path

    @property
    def place(self) -> str:
        return self.path


class JournalError(_PathError):
    """A journal file or folder at ``path`` that cannot be used."""


class ArrangementError(_PathError):
    """A file at ``path`` that the installation has written for the permanent monitor, and that cannot be followed."""


class InstallError(_PathError):
    """A file at ``path`` that cannot be installed, edited or taken out; ``at``: line and column (counted from 1), where they count."""

    def __init__(self, message: str, fix: str, *, path: str, at: tuple[int, int] | None = None) -> None:
        super().__init__(message, fix, path=path)
        self.at = at

    @property
    def place(self) -> str:
        return ":".join(map(str, (self.path, *(self.at or ()))))


class ScriptError(_PathError):
    """A simulator script at ``path`` that cannot be obeyed."""


class ExamError(_PathError):
    """A gateway that cannot sit the exam; what it said about that is in the file at ``path``."""


class ClientError(FinestreamError):
    """The Claude Code client is missing or does not start."""
