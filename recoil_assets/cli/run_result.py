"""What a run of the graph did, as the commands tell it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Awaited:
    """A cell (or episode) that has no result, and what is awaited."""

    stage: str
    partition: str
    what: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """How one Dagster run ended.

    Attributes:
        materialised: (asset, partition) of everything it made.
        awaited: what is blocked, and on what.
        failure: the run's own account of what failed; empty where nothing did.
    """

    run_id: str
    materialised: tuple[tuple[str, str], ...]
    awaited: tuple[Awaited, ...]
    failure: str

    @property
    def failed(self) -> bool:
        """Whether anything failed."""
        return bool(self.failure)
