"""What a command derived: for every batch what its derivation came to, and what keeps the episode from being clean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recoil_assets.cli.output import people, say_table
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.derivation import told
from recoil_assets.domain.scene import SceneManifest
from recoil_assets.production.derivation import view_derivation
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Derived:
    """A table row for every batch that was derived, and what is pending in the episode, one sentence a batch."""

    episode: str
    rows: tuple[dict[str, object], ...]
    pending: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """For ``--json``."""
        return {"derived": list(self.rows), "pending": list(self.pending)}

    def show(self) -> None:
        """For people."""
        say_table("Derived", self.rows, empty="nothing was derived")
        people.print(f"{self.episode}: {'; '.join(self.pending) or 'cleanly derived from its plan'}")


def versions_before(studio: Studio, episode: str) -> Mapping[Cell, SceneManifest]:
    """The versions of every batch ever named, as they are before the command derives."""
    roster = studio.rosters.get(episode)
    cells = [Cell(episode, batch) for batch in (roster.known_shots() if roster else ())]
    found = {cell: studio.scenes.manifest(cell) for cell in cells}
    return {cell: manifest for cell, manifest in found.items() if manifest is not None}


def derived_since(
    studio: Studio, episode: str, before: Mapping[Cell, SceneManifest], partitions: Iterable[str]
) -> Derived:
    """What the derivation of the cells named by ``partitions`` came to, in story order."""
    roster, named = studio.rosters.get(episode), set(partitions)
    rows: list[dict[str, object]] = []
    for entry in roster.batches if roster else ():
        cell = Cell(episode, entry.batch)
        after = studio.scenes.manifest(cell)
        if cell.key not in named or after is None:
            continue
        earlier = before.get(cell)
        new = [f"v{version.number}" for version in after.versions[len(earlier.versions) if earlier else 0 :]]
        rows.append(
            {
                "cell": cell.key,
                "active": f"v{after.active}",
                "new": ", ".join(new) or "none",
                "outcome": told(earlier, after, planned_scene(studio, cell, entry.group, after).digest),
            }
        )
    return Derived(episode, tuple(rows), view_derivation(studio, episode).pending)
