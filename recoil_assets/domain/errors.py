"""The error tree. Every message says what was attempted, what was found, and the cure.

Exit codes follow the command line's contract: 1 failed, 2 wrong usage, 3 blocked (a person is awaited).
"""

from collections.abc import Sequence
from dataclasses import dataclass


class RecoilError(Exception):
    """Anything Recoil refuses or fails to do, said so that a person can act on it.

    Args:
        message: what was attempted and what was found.
        cure: what the reader can do about it; empty where the message says it already.
    """

    exit_code = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}\n  cure: {self.cure}" if self.cure else self.message


class UsageError(RecoilError):
    """The request itself is wrong: a name that does not exist, an option out of range."""

    exit_code = 2


class BlockedError(RecoilError):
    """Nothing is broken; a person has to decide something first.

    Args:
        reason: the named reason, one word with underscores (``board_proposed``, ``cap_reached``, ...).
    """

    exit_code = 3

    def __init__(self, reason: str, message: str, *, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.reason = reason


class ProjectError(RecoilError):
    """The project directory is missing, unreadable, or not a project."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes:
        path: its place: a JSON path, or a key.
        line: its line in the file, from 1; 0 where that is not known.
    """

    path: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"

    @property
    def place(self) -> str:
        """Where it is: ``$.shots[2].duration_s (line 31)``."""
        return f"{self.path} (line {self.line})" if self.line else self.path


class InvalidInputError(RecoilError):
    """An input document is refused. All its problems are listed, not the first."""

    def __init__(self, what: str, problems: Sequence[Problem], *, cure: str) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{what} has {count} problem{'' if count == 1 else 's'}:\n{listed}", cure=cure)


class InvalidPlanError(InvalidInputError):
    """A plan is refused; nothing was written."""


class InvalidSceneFileError(InvalidInputError):
    """A flat scene file is refused; nothing was imported."""


class InvalidSettingsError(InvalidInputError):
    """``recoil.toml``, the environment or a run configuration is refused."""

    exit_code = 2


class PayloadBuildError(RecoilError):
    """A beat's request can not be built. Holds no money and uses up no attempt."""


class SceneVersionConflictError(RecoilError):
    """Someone else moved the active version in the meantime; nothing was changed."""


class LedgerBusyError(RecoilError):
    """Another process holds the ledger; nothing was booked."""


class LedgerError(RecoilError):
    """The ledger can not be trusted or opened; nothing was booked."""


class ProviderError(RecoilError):
    """A provider refused or failed."""
