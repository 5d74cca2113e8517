"""What a run of the graph did, as the commands tell it."""

from collections.abc import Iterable
from dataclasses import dataclass

from recoil_assets.cli.output import people, say_line, to_copy


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


def say_awaited(items: Iterable[Awaited]) -> None:
    """Print what is awaited, in the order of the episode. A cure has a line of its own, to be copied whole."""
    for number, item in enumerate(sorted(items, key=lambda item: item.partition)):
        if number == 0:
            say_line("", lead="Awaited")
        say_line(f" {item.stage}", lead=item.partition)
        what, dash, cure = item.what.rpartition(" — ")
        people.print(to_copy(f"  {what}\n  cure: {cure}" if dash else f"  {cure}"))
