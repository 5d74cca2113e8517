"""Episode keys, batch keys, and the cell they name together.

Dagster accepts any text as a partition key and breaks later on ``|``, commas and newlines, so keys are
checked here, once, before they reach it.
"""

import re
from dataclasses import dataclass

from recoil_assets.domain.errors import UsageError

KEY_PATTERN = re.compile(r"[A-Za-z0-9_]{1,32}")
EPISODE_DIMENSION = "episode"
BATCH_DIMENSION = "shot_batch"


def is_key(text: str) -> bool:
    """Whether ``text`` can be an episode or batch key: 1 to 32 of ``[A-Za-z0-9_]``."""
    return KEY_PATTERN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One episode's batch: the unit that is derived, drawn, approved, paid for and shown."""

    episode: str
    batch: str

    def __post_init__(self) -> None:
        for name, key in (("episode", self.episode), ("batch", self.batch)):
            if not is_key(key):
                raise UsageError(
                    f"{key!r} can not be an {name} key"
                    if name == "episode"
                    else f"{key!r} can not be a batch key",
                    cure="use 1 to 32 letters, digits and underscores",
                )

    @property
    def key(self) -> str:
        """The partition key, dimensions in Dagster's (alphabetical) order: ``ep_001|BATCH_003``."""
        return f"{self.episode}|{self.batch}"

    @classmethod
    def parse(cls, key: str) -> "Cell":
        """The cell of a partition key; ``UsageError`` where it is not one."""
        episode, bar, batch = key.partition("|")
        if not bar:
            raise UsageError(
                f"{key!r} is not a cell", cure="write EPISODE|BATCH, for example ep_001|BATCH_003"
            )
        return cls(episode, batch)

    def __str__(self) -> str:
        return self.key
