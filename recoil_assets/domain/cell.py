"""Episode keys, batch keys, and the cell they name together.

Dagster accepts any text as a partition key and breaks later on ``|``, commas and newlines, so keys are
checked here, once, before they reach it.
"""

import re
from collections.abc import Collection, Iterable
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


def agreed_cells(names: Iterable[str], episodes: Collection[str]) -> frozenset[Cell]:
    """The cells that a person agreed to pay for, named by key, or by the batch where there is one episode.

    All episodes share the names of their batches: an agreement for one must never hold for another.

    Args:
        episodes: those that the person can have meant.

    Raises:
        UsageError: a batch is named without its episode, and there are several.
    """
    named = list(names)
    loose = [name for name in named if "|" not in name]
    if loose and len(episodes) != 1:
        raise UsageError(
            f"{', '.join(loose)} is in {', '.join(sorted(episodes)) or 'no episode'}: for which of them it may be "
            "paid is not said",
            cure="write EPISODE|BATCH, for example ep_001|BATCH_003",
        )
    return frozenset(Cell.parse(name if "|" in name else f"{next(iter(episodes))}|{name}") for name in named)
