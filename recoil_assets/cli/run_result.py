"""What a run of the graph did, as the commands tell it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console

from recoil_assets.cli.output import people, say_line, to_copy


@dataclass(frozen=True, slots=True)
class Awaited:
    """A cell (or episode) that has no result, and what is awaited.

    Attributes:
        said: what its check says: what is awaited, and the cure behind a dash.
    """

    stage: str
    partition: str
    said: str

    @property
    def what(self) -> str:
        """What is awaited, without the cure."""
        what, dash, cure = self.said.rpartition(" — ")
        return what if dash else cure

    @property
    def cure(self) -> str:
        """What to do about it, as a command where there is one; empty where the check says none."""
        _, dash, cure = self.said.rpartition(" — ")
        return to_copy(cure, self.partition) if dash else ""

    def document(self) -> dict[str, str]:
        """For ``--json``."""
        return {"stage": self.stage, "partition": self.partition, "what": self.what, "cure": self.cure}


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


def say_awaited(items: Iterable[Awaited], *, to: Console = people) -> None:
    """Print what is awaited, in the order of the episode. A cure has a line of its own, to be copied whole."""
    for number, item in enumerate(sorted(items, key=lambda item: item.partition)):
        if number == 0:
            say_line("", lead="Awaited", to=to)
        say_line(f" {item.stage}", lead=item.partition, to=to)
        to.print(f"  {to_copy(item.what, item.partition)}")
        if item.cure:
            to.print(f"  cure: {item.cure}")
