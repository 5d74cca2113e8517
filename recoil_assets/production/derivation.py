"""The derivation record: which plan an episode's scenes were last cleanly derived from.

It is computed from the state of all cells, since one derivation may be split over runs, and stamped only
while its predicate holds: every batch of the main grouping is at the version the plan asks for, and that is
derived: a version one conformed to is so from when its board is drawn.
"""

from dataclasses import dataclass

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.derivation import DerivationRecord
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.roster import Roster
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Derivation:
    """How far an episode's scenes are derived from its plan, as it was last taken in.

    Attributes:
        pending: what keeps it from being clean, one sentence a batch; empty where it is.
    """

    record: DerivationRecord | None
    pending: tuple[str, ...]


def view_derivation(studio: Studio, episode: str) -> Derivation:
    """Where the episode's derivation stands now, its plan file being what it is. Reads only."""
    derivation = _derived_from_roster(studio, episode)
    if said := plan_not_taken_in(studio, episode):
        return Derivation(None, (said, *derivation.pending))
    return derivation


def plan_not_taken_in(studio: Studio, episode: str) -> str:
    """How the plan file differs from the plan that was taken in last, one sentence; empty where it does not."""
    roster = studio.rosters.get(episode)
    if roster is None:
        return ""
    try:
        plan = studio.plans.read(episode)
    except RecoilError as error:
        return f"its plan can not be read: {error.message}"
    return "" if plan.digest == roster.plan_digest else "its plan file was changed and not taken in since"


def _derived_from_roster(studio: Studio, episode: str) -> Derivation:
    """Where the derivation stands by the plan that was taken in last."""
    roster = studio.rosters.get(episode)
    if roster is None:
        return Derivation(None, (f"{episode} was not taken in yet",))
    scenes: dict[str, str] = {}
    pending = []
    for batch in roster.main_keys:
        group = roster.group(batch)
        assert group is not None, "the roster's own keys have groups"  # noqa: S101
        cell = Cell(episode, batch)
        manifest = studio.scenes.manifest(cell)
        planned = planned_scene(studio, cell, group, manifest).digest
        if manifest is None:
            pending.append(f"{batch} is not derived")
        elif manifest.active_version.digest != planned:
            candidate = manifest.candidate(planned)
            waits = f"v{candidate.number} waits" if candidate else "the plan's scene is not derived"
            pending.append(f"{batch} is at v{manifest.active}, {waits}")
        elif manifest.active_version.derivation == "not_derived":
            pending.append(f"{batch} is at v{manifest.active}, whose board is not drawn yet")
        else:
            scenes[batch] = planned
    if pending:
        return Derivation(None, tuple(pending))
    return Derivation(_record(studio, roster, scenes), ())


def stamp_derivation(studio: Studio, episode: str) -> Derivation:
    """Keep the record where the episode is cleanly derived, and another one than was kept; else nothing."""
    derivation = _derived_from_roster(studio, episode)
    if derivation.record is None:
        return derivation
    kept = studio.derivations.get(episode)
    if kept is None or kept.digest != derivation.record.digest:
        studio.derivations.put(derivation.record)
        studio.note("scenes_derived", episode=episode, plan=derivation.record.plan_digest)
    return derivation


def _record(studio: Studio, roster: Roster, scenes: dict[str, str]) -> DerivationRecord:
    shots = [shot for entry in roster.batches if not entry.is_coverage for shot in entry.group.shots]
    return DerivationRecord(
        episode=roster.episode,
        plan_digest=roster.plan_digest,
        grouping=roster.grouping,
        scenes=scenes,
        scenes_digest=digest_of(scenes),
        script_hashes={shot.shot_id: shot.source_text_hash for shot in shots},
        stamped_at=studio.clock.now(),
    )
