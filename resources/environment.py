"""What the environment says: the ``RECOIL_`` variables, in one place."""

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recoil_assets.domain.errors import InvalidSettingsError
from recoil_assets.domain.setting_faults import setting_problems

_PREFIX = "RECOIL_"


class Environment(BaseSettings):
    """Recoil's environment variables.

    Attributes:
        project: ``RECOIL_PROJECT``, the project directory.
        board_gate: ``RECOIL_BOARD_GATE``, 1 or 0: the approval gate on or off for every episode.
        state_dir: ``RECOIL_STATE_DIR``, what all projects of this user share; not a project's own state.
        webhook_url: ``RECOIL_WEBHOOK_URL``, https, by which providers reach ``recoil webhooks`` from outside.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, env_ignore_empty=True)

    project: Path | None = None
    board_gate: bool | None = None
    state_dir: Path | None = None
    webhook_url: str | None = Field(default=None, pattern=r"^https://\S+$")

    def callback_url(self, provider: str) -> str:
        """Where a provider of that name delivers its webhooks; empty where ``webhook_url`` is not set."""
        return f"{self.webhook_url.rstrip('/')}/{provider}" if self.webhook_url else ""


def read_environment() -> Environment:
    """The environment now; ``InvalidSettingsError`` naming a variable that has an impossible value."""
    try:
        return _environment(
            frozenset(item for item in os.environ.items() if item[0].upper().startswith(_PREFIX))
        )
    except ValidationError as error:
        problems = [
            replace(problem, path=f"RECOIL_{problem.path.upper()}")
            for problem in setting_problems(error, Environment)
        ]
        raise InvalidSettingsError(
            "the environment", problems, cure="correct or unset these variables"
        ) from error


@lru_cache
def _environment(variables: frozenset[tuple[str, str]]) -> Environment:  # noqa: ARG001  what is cached depends on it
    """Read once as long as nothing changes: reading takes two milliseconds, and every opening of a studio asks."""
    return Environment()


def project_root(named: Path | None = None) -> Path:
    """The project directory: as named, else ``RECOIL_PROJECT``, else the nearest one above here, else ``./demo``.

    Where none of these is a project, it is the working directory, for a message about it.
    """
    if named is not None:
        return named
    if (from_environment := read_environment().project) is not None:
        return from_environment
    here = Path.cwd()
    above = next((folder for folder in (here, *here.parents) if (folder / "recoil.toml").is_file()), None)
    demo = here / "demo"
    return above or (demo if (demo / "recoil.toml").is_file() else here)


def state_folder() -> Path:
    """What all projects of this user share: ``RECOIL_STATE_DIR``, else ``recoil`` in the user's state folder."""
    if (named := read_environment().state_dir) is not None:
        return named.absolute()
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "recoil"
