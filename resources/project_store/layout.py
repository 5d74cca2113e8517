"""Where things are in a project directory. All paths in its files are relative to its root.

Paths that a run asks for with every beat are made once, or put together as text: making and joining path objects costs
more than what is then done with the file (measured).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import ProjectError, RecoilError

SETTINGS_FILE = "recoil.toml"


@dataclass(frozen=True)
class Layout:
    """The folders of one project."""

    root: Path

    @cached_property
    def _made(self) -> dict[str, Path]:
        """Paths that were asked for, by name: a few for every beat of the project."""
        return {}

    def _in_state(self, name: str) -> Path:
        """A path below ``state``, made once."""
        path = self._made.get(name)
        if path is None:
            path = self._made[name] = Path(f"{self.root}/state/{name}")
        return path

    @cached_property
    def settings(self) -> Path:
        """``recoil.toml``."""
        return self.root / SETTINGS_FILE

    @cached_property
    def plans(self) -> Path:
        """Plan files, ``<episode>.json``."""
        return self.root / "plans"

    @cached_property
    def references(self) -> Path:
        """Reference images, ``characters/<char_id>.*`` and ``locations/<location_id>.*``."""
        return self.root / "refs"

    @cached_property
    def state(self) -> Path:
        """Versions, boards, reviews, attempts: small files, written by Recoil alone."""
        return Path(f"{self.root}/state")

    @cached_property
    def media_marker(self) -> Path:
        """Proves that the media folder is the project's own and not an empty mount point."""
        return self.root / "media" / ".recoil-media"

    @cached_property
    def ledger(self) -> Path:
        """The budget ledger."""
        return self.root / "ledger.duckdb"

    @cached_property
    def ops_log(self) -> Path:
        """The operations log."""
        return self.root / "ops.log.jsonl"

    @cached_property
    def dagster_home(self) -> Path:
        """The Dagster instance of the project, where ``DAGSTER_HOME`` names no other."""
        return self.root / ".dagster"

    def roster(self, episode: str) -> Path:
        """The episode's roster file."""
        return self._in_state(f"rosters/{episode}.json")

    def derivation(self, episode: str) -> Path:
        """What the episode's scenes were last cleanly derived from."""
        return self.state / "derivations" / f"{episode}.json"

    def scene(self, cell: Cell) -> Path:
        """The folder of a cell's scene versions."""
        return self._in_state(f"scenes/{cell.episode}/{cell.batch}")

    def flat_scene(self, cell: Cell) -> Path:
        """Where an un-versioned scene file of a production before Recoil is looked for, to be imported as v1."""
        return self.state / "scenes" / f"{cell.episode}_{cell.batch}.json"

    def boards(self, episode: str, shot_set: str) -> Path:
        """The folder of a shot set's boards."""
        return self._in_state(f"boards/{episode}/{shot_set[:24]}")

    def reviews(self, episode: str, shot_set: str) -> Path:
        """The folder of a shot set's reviews."""
        return self._in_state(f"reviews/{episode}/{shot_set[:24]}")

    def primaries(self, episode: str, shot_set: str) -> Path:
        """The folder of a shot set's primary choices."""
        return self._in_state(f"primaries/{episode}/{shot_set[:24]}")

    def take_decisions(self, episode: str, shot_set: str) -> Path:
        """The folder of a shot set's decisions about takes."""
        return self._in_state(f"take_decisions/{episode}/{shot_set[:24]}")

    def run_choices(self, cell: Cell) -> Path:
        """The run configuration a cell's requests were last built with."""
        return Path(f"{self.root}/state/run_choices/{cell.episode}/{cell.batch}.json")

    @cached_property
    def attempts(self) -> Path:
        """The attempt journal."""
        return Path(f"{self.root}/state/attempts")

    @cached_property
    def locks(self) -> Path:
        """Lock files; never deleted."""
        return Path(f"{self.root}/state/locks")

    @cached_property
    def names(self) -> Path:
        """The names of generated files that are somebody's."""
        return self.state / "names"

    def claim(self, relative: str) -> Path:
        """Who may write the generated file of that relative path; never deleted."""
        return Path(f"{self.names}/{digest_of_bytes(relative.encode())[:32]}")

    def seen(self, relative: str) -> Path:
        """What the generated file of that relative path was last found to hold; may be deleted."""
        return self.state / "seen" / digest_of_bytes(relative.encode())[:32]

    @cached_property
    def _top(self) -> Path:
        return self.root.resolve()

    def inside(self, relative: str) -> Path:
        """The absolute path of ``relative``; ``RecoilError`` where it would leave the project."""
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self._top):
            raise RecoilError(
                f"{relative!r} leads outside the project {self.root}", cure="keep files inside the project"
            )
        return path


def find_project(root: Path) -> Layout:
    """The project at ``root``; ``ProjectError`` where there is none."""
    layout = Layout(root.resolve())
    if not layout.settings.is_file():
        raise ProjectError(
            f"there is no Recoil project at {root} (no {SETTINGS_FILE})",
            cure="run 'recoil init DIRECTORY', or name a project with --project or RECOIL_PROJECT",
        )
    return layout
