"""What a question about a season costs: ``recoil impact`` on 90 episodes of 60 shots, made by the use cases."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from recoil_assets.domain.scene import derive_scene
from recoil_assets.production.impact import Edit, impact_of
from recoil_assets.production.studio import Studio
from tests.support.instant_provider import tiny_png
from tests.support.project import make_project, plan
from tests.support.show import Show, settings

SEASON, PART, FILMED = 90, 30, 3
"""Episodes of the season, of the part that it is measured against, and of those that have takes in each part."""
BATCHES, SHOTS_EACH = 15, 4
REPEATS = 3
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own there

Row = tuple[str, float, str]
"""Name, ratio, and what was compared."""


def measure() -> Iterator[Row]:
    """A repaint of the lead, who is in every shot; plans that are as they were; and both by a part of the season."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        season, part = (_season(Path(folder) / str(count), count) for count in (SEASON, PART))
        with season.studio() as all_of_it, part.studio() as third:
            reading = _seconds(partial(_read, all_of_it))
            for name, ask in (("repaint", _repaint), ("plans", _plans), ("settings", _settings)):
                whole, less = _seconds(partial(ask, all_of_it)), _seconds(partial(ask, third))
                size = f"{SEASON} episodes, {SEASON * BATCHES * SHOTS_EACH} shots: {whole:.2f} s"
                yield (
                    f"impact_{name}",
                    whole / reading,
                    f"{size}; reading rosters and references {reading:.2f} s",
                )
                yield (
                    f"impact_{name}_grows",
                    whole / less * PART / SEASON,
                    f"{size}; {PART} episodes {less:.2f} s",
                )
        for show in (season, part):
            show.close()


def _season(root: Path, episodes: int) -> Show:
    documents = [
        plan(f"ep_{number:03d}", batches=BATCHES, shots_each=SHOTS_EACH) for number in range(1, episodes + 1)
    ]
    show = Show(make_project(root, *documents, settings=settings()))
    (root / "refs" / "locations").mkdir()
    for letter in "ABCDEFGHIJKLMNOP":
        for batch in range(BATCHES):
            path = root / "refs" / "locations" / f"PLACE_{letter}{batch}.png"
            path.write_bytes(tiny_png(batch) + b"\0" * 100)
    for document in documents:
        show.take_in(str(document["episode"]))
    with show.studio() as studio:
        for cell in show.records:
            roster = studio.rosters.get(cell.episode)
            group = roster.group(cell.batch) if roster else None
            assert group is not None
            studio.scenes.derive(cell, derive_scene(cell.episode, cell.batch, group), studio.clock.now())
    filmed = {f"ep_{number:03d}" for number in range(1, FILMED * episodes // PART + 1)}
    show.make(cells=[cell for cell in show.records if cell.episode in filmed])
    return show


def _repaint(studio: Studio) -> int:
    lead = studio.media.path("refs/characters/MARA.png")
    return len(impact_of(studio, Edit(repainted=frozenset([lead]))).episodes)


def _plans(studio: Studio) -> int:
    plans = tuple(studio.plans.read(episode) for episode in studio.plans.episodes())
    return len(impact_of(studio, Edit(plans=plans)).episodes)


def _settings(studio: Studio) -> int:
    return len(impact_of(studio, Edit(settings=True)).episodes)


def _read(studio: Studio) -> int:
    """Every roster, and every reference of every batch, each file once."""
    references = studio.references.as_if_repainted(())
    found = 0
    for episode in studio.rosters.episodes():
        roster = studio.rosters.get(episode)
        assert roster is not None
        for entry in roster.batches:
            for shot in entry.group.shots:
                found += len(references.find("location", shot.location_id))
                found += sum(len(references.find("character", name)) for name in shot.cast)
    return found


def _seconds(work: Callable[[], int]) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return statistics.median(once() for _ in range(REPEATS))
